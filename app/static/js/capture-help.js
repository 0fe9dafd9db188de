// Help with a photo before it is sent: blurred, dark, bright, small, or changed by a filter as far as can be told.
// The thresholds come from the server (app/domain/practice/photo_help.py), which measures again; nothing is stopped here.

const BLACK = 12;
const WHITE = 250;
const FULL_COLOR = 235;
const COLORED = 90;
const GRAIN_SIDE = 512;
const LAPLACIAN = [0, 1, 0, 1, -4, 1, 0, 1, 0];
const GRAIN = [1, -2, 1, -2, 4, -2, 1, -2, 1];

function canvasOf(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  return { context, data: () => context.getImageData(0, 0, width, height).data };
}

/** Luminance of every pixel, as Pillow computes it. */
function grayOf(data) {
  const gray = new Uint8ClampedArray(data.length / 4);
  for (let at = 0; at < gray.length; at += 1) {
    gray[at] = (data[at * 4] * 19595 + data[at * 4 + 1] * 38470 + data[at * 4 + 2] * 7471) >> 16;
  }
  return gray;
}

/** What a 3 x 3 kernel answers at every inner pixel, around 128 and within a byte, as on the server. */
function* filtered(gray, width, height, kernel) {
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      let sum = 128;
      for (let k = 0; k < 9; k += 1) sum += kernel[k] * gray[(y + Math.floor(k / 3) - 1) * width + x + (k % 3) - 1];
      yield Math.max(0, Math.min(255, sum));
    }
  }
}

function variance(values) {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    count += 1;
    sum += value;
    squares += value * value;
  }
  return count ? squares / count - (sum / count) ** 2 : 0;
}

function grainOf(bitmap, scale) {
  const side = Math.floor(Math.min(GRAIN_SIDE, bitmap.width * scale, bitmap.height * scale));
  if (side < 16) return undefined;
  const { context, data } = canvasOf(side, side);
  const taken = side / scale;
  context.drawImage(bitmap, (bitmap.width - taken) / 2, (bitmap.height - taken) / 2, taken, taken, 0, 0, side, side);
  let sum = 0;
  let count = 0;
  for (const value of filtered(grayOf(data()), side, side, GRAIN)) {
    sum += Math.abs(value - 128);
    count += 1;
  }
  return (Math.sqrt(Math.PI / 2) / 6) * (sum / count);
}

/** The figures of a decoded picture, by the names that the rules use. */
export function measure(bitmap, { edge, grain }) {
  const long = Math.max(bitmap.width, bitmap.height);
  const scale = Math.min(1, edge / long);
  const width = Math.max(3, Math.round(bitmap.width * scale));
  const height = Math.max(3, Math.round(bitmap.height * scale));
  const { context, data } = canvasOf(width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  const pixels = data();
  const gray = grayOf(pixels);
  const found = { sum: 0, shadows: 0, highlights: 0, vivid: 0 };
  for (let at = 0; at < gray.length; at += 1) {
    found.sum += gray[at];
    if (gray[at] <= BLACK) found.shadows += 1;
    if (gray[at] >= WHITE) found.highlights += 1;
    const high = Math.max(pixels[at * 4], pixels[at * 4 + 1], pixels[at * 4 + 2]);
    const low = Math.min(pixels[at * 4], pixels[at * 4 + 1], pixels[at * 4 + 2]);
    if (high >= COLORED && ((high - low) * 255) / high >= FULL_COLOR) found.vivid += 1;
  }
  return {
    edge: long,
    sharpness: variance(filtered(gray, width, height, LAPLACIAN)),
    exposure: found.sum / gray.length / 255,
    shadows: found.shadows / gray.length,
    highlights: found.highlights / gray.length,
    vivid: found.vivid / gray.length,
    noise: grainOf(bitmap, Math.min(1, grain / long)),
  };
}

/** The codes of the rules that the figures break, each once. */
export function judge(figures, rules) {
  const broken = rules.filter(({ figure, side, value }) => {
    const found = figures[figure];
    return found !== undefined && (side === "below" ? found < value : found > value);
  });
  const codes = new Set(broken.map(({ code }) => code));
  if (codes.has("dark")) codes.delete("blurred"); // edges are weak in the dark, however sharp they are
  if (codes.has("dark") || codes.has("blurred")) codes.delete("smooth");
  return [...codes];
}

/** What could be better about a file or bitmap; nothing when this browser cannot decode it (HEIC in most). */
export async function inspect(fileOrBitmap, help) {
  let bitmap = fileOrBitmap;
  try {
    if (fileOrBitmap instanceof Blob) bitmap = await createImageBitmap(fileOrBitmap, { imageOrientation: "from-image" });
    const figures = measure(bitmap, help);
    return { codes: judge(figures, help.rules), figures };
  } catch {
    return { codes: [], figures: {} };
  } finally {
    if (fileOrBitmap instanceof Blob) bitmap.close?.();
  }
}

/** Show help in the place of a photo until the server, which measures again, draws that place anew. */
function show(place, codes, words) {
  place.querySelector("[data-photo-help]")?.remove();
  if (!codes.length) return;
  const list = document.createElement("ul");
  list.className = "photo-help small muted";
  list.dataset.photoHelp = "";
  for (const code of codes) {
    const item = document.createElement("li");
    item.textContent = words[code];
    list.append(item);
  }
  place.append(list);
  const status = document.querySelector("[data-said]");
  if (status) status.textContent = codes.map((code) => words[code]).join(" ");
}

const form = document.querySelector("form[data-help]");
if (form) {
  const help = JSON.parse(form.dataset.help);
  // While capturing: the field's own listener empties it, because the photo is on its way by then.
  form.addEventListener(
    "change",
    async ({ target }) => {
      const [file] = target.type === "file" ? target.files : [];
      const place = file?.type.startsWith("image/") ? form.querySelector(`[data-place="${target.dataset.slot}"]`) : null;
      if (place) show(place, (await inspect(file, help)).codes, help.words);
    },
    true,
  );
}
