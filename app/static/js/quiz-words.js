// How many words an essay has, while it is written. Without script the number is that of the last save.

const line = document.querySelector("[data-words-line]");

/** Count again, for example after an answer was restored. */
export function recount() {
  if (!line) return;
  const count = document.querySelector("[data-counted]").value.split(/\s+/).filter(Boolean).length;
  const { text, min, max } = line.dataset;
  line.textContent = text.replace("{n}", String(count)).replace("{min}", min).replace("{max}", max);
  line.classList.toggle("warn", count > Number(max));
}

if (line) document.querySelector("[data-counted]").addEventListener("input", recount);
recount();
