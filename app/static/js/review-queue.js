// The queue: J and K move along the buttons of the rows, Enter is the browser's own.
import { singleKeys } from "./review-keys.js";

const actions = [...document.querySelectorAll("[data-row-action]")];
const hint = document.querySelector("[data-queue-keys]");

function move(step) {
  const here = actions.indexOf(document.activeElement);
  const next = here === -1 ? (step > 0 ? 0 : actions.length - 1) : Math.min(actions.length - 1, Math.max(0, here + step));
  actions[next]?.focus();
}

if (actions.length) {
  if (hint) hint.hidden = false;
  singleKeys({ j: () => move(1), k: () => move(-1) });
}
