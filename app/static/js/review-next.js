// Fetches the photos of the piece that comes next while nobody waits, so that it is there when its page opens.
import { getJSON } from "./http.js";

const CALM_MS = 400;
const kept = [];

/**
 * Fetch ahead; nothing happens when that fails, or where people save data.
 * @param {string|undefined} url answers {photos: [[medium, small], ...]}
 */
export function prefetch(url) {
  if (!url || navigator.connection?.saveData) return;
  setTimeout(async () => {
    const { photos } = await getJSON(url, { retries: 0 }).catch(() => ({ photos: [] }));
    for (const address of photos.flat()) {
      const image = new Image();
      image.src = address;
      kept.push(image);
    }
  }, CALM_MS);
}
