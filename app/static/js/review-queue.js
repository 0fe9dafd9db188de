// The queue: J and K move along the buttons of the rows, Enter is the browser's own; rows say by themselves who took them.
import { getJSON } from "./http.js";
import { singleKeys } from "./review-keys.js";
import { prefetch } from "./review-next.js";
import "./review-undo.js";

const EVERY_MS = 20000;
const board = document.querySelector("[data-queue]");
const actions = () => [...document.querySelectorAll("[data-row-action]")].filter((button) => button.offsetParent);
const hint = document.querySelector("[data-queue-keys]");

function move(step) {
  const all = actions();
  const here = all.indexOf(document.activeElement);
  const next = here === -1 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step));
  all[next]?.focus();
}

if (actions().length && !("noKeys" in board.dataset)) {
  if (hint) hint.hidden = false;
  singleKeys({ j: () => move(1), k: () => move(-1) });
}

/* --- who holds what, while the page stays open --- */

const rows = [...document.querySelectorAll("[data-piece]")];

function tell(row, words, free) {
  const place = row.querySelector("[data-holder]");
  if (place.textContent !== words) place.textContent = words;
  const take = row.querySelector("[data-take]");
  if (take) take.hidden = !free;
}

async function look() {
  if (document.visibilityState === "hidden" || !rows.length) return;
  const ids = rows.map((row) => row.dataset.piece).join(",");
  const { held, gone } = await getJSON(`${board.dataset.holders}?ids=${ids}`, { retries: 0 });
  for (const row of rows) {
    const id = row.dataset.piece;
    if (gone.includes(id)) tell(row, board.dataset.gone, false);
    else tell(row, held[id] ?? "", !held[id]);
  }
}

setInterval(() => look().catch(() => {}), EVERY_MS);
document.addEventListener("visibilitychange", () => look().catch(() => {}));
prefetch(board.dataset.next);
