// Shows how far a calculation is, and loads the page anew when it is done. Without this file, reloading does the same.
import { getJSON } from "./http.js";

const EVERY_MS = 2000;
const LONGEST_MS = 30000;
const meter = document.querySelector("[data-progress]");

async function look(pause) {
  let next = EVERY_MS;
  try {
    const answer = await getJSON(meter.dataset.progress, { quiet: true, retries: 0 });
    if (answer.state === "idle") {
      location.reload();
      return;
    }
    meter.max = answer.total || 1;
    meter.value = answer.done;
  } catch {
    next = Math.min(pause * 2, LONGEST_MS);
  }
  setTimeout(look, next, next);
}

if (meter) setTimeout(look, EVERY_MS, EVERY_MS);
