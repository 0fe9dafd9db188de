// Single keys. They never fire while somebody types, and can be turned off (WCAG 2.1.4); the choice is kept with the person.
import { postForm } from "./http.js";

const TYPING = "textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=button]):not([type=submit]), [contenteditable]";

/**
 * Keep how a person likes to review.
 * @param {string} url
 * @param {{single_keys: boolean, goes_on: boolean}} setting
 */
export function keepSetting(url, setting) {
  const data = new FormData();
  for (const [name, on] of Object.entries(setting)) if (on) data.append(name, "1");
  // A choice that gets lost on the way is made again at the next page; nothing of the review depends on it.
  postForm(url, data, { quiet: true }).catch(() => {});
}

/** True when a key press belongs to a field, a dialog or the browser. */
export function isTyping(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.target instanceof Element && (event.target.matches(TYPING) || event.target.closest("dialog[open]") !== null);
}

/**
 * Call `actions[key]` when its key is pressed on the page; letters in either case.
 * @param {Record<string, () => void>} actions by KeyboardEvent.key in lower case
 * @param {{on: boolean, toggle?: HTMLInputElement|null, changed?: () => void}} how on at first; a box that turns them off
 */
export function singleKeys(actions, { on = true, toggle = null, changed = () => {} } = {}) {
  if (toggle) {
    toggle.checked = on;
    toggle.addEventListener("change", () => {
      on = toggle.checked;
      changed();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (!on || isTyping(event)) return;
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
