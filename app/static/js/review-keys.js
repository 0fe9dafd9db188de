// Single keys. They never fire while somebody types, and can be turned off (WCAG 2.1.4); the choice stays on the device.

const STORE = "vermilion:single-keys";
const TYPING = "textarea, select, input:not([type=radio]):not([type=checkbox]):not([type=button]):not([type=submit]), [contenteditable]";

const stored = () => {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
};

const keep = (on) => {
  try {
    if (on) localStorage.removeItem(STORE);
    else localStorage.setItem(STORE, "off");
  } catch {
    /* Storage is blocked: the choice lasts for this page. */
  }
};

/** True when a key press belongs to a field, a dialog or the browser. */
export function isTyping(event) {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.target instanceof Element && (event.target.matches(TYPING) || event.target.closest("dialog[open]") !== null);
}

/**
 * Call `actions[key]` when its key is pressed on the page; letters in either case.
 * @param {Record<string, () => void>} actions by KeyboardEvent.key in lower case
 * @param {HTMLInputElement|null} toggle the box that turns single keys off
 */
export function singleKeys(actions, toggle = null) {
  let on = stored();
  if (toggle) {
    toggle.checked = on;
    toggle.addEventListener("change", () => {
      on = toggle.checked;
      keep(on);
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
