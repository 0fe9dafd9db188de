// Messages: a way to dismiss those the server printed, and a way for scripts to add one.
const region = document.querySelector("[data-flashes]");

function addDismiss(note) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "flash-x no-print";
  button.textContent = "\u00d7";
  button.setAttribute("aria-label", region.dataset.dismissLabel || "Dismiss");
  button.addEventListener("click", () => {
    const next = note.nextElementSibling?.querySelector(".flash-x") ?? document.getElementById("main");
    note.remove();
    next?.focus();
  });
  note.append(button);
}

for (const note of document.querySelectorAll("[data-flashes] > .flash")) addDismiss(note);

/**
 * Show a message at the top of the page; the region is a live region, so it is also read out.
 * @param {string} text what happened, as a sentence
 * @param {"info"|"ok"|"warn"|"bad"} kind
 */
export function announce(text, kind = "info") {
  if (!region) return;
  const note = document.createElement("div");
  note.className = `note note--${kind} flash`;
  const words = document.createElement("p");
  words.className = "grow";
  words.textContent = text;
  note.append(words);
  addDismiss(note);
  region.append(note);
}
