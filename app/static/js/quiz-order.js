// Ordering: arrows beside the numbers. Whatever is used, the numbers stay 1 to n, each once. Without script the
// numbers alone do it. A case may hold several such lists. Markup: quizzes/_answer.html, ordering().

const lists = [...document.querySelectorAll("[data-order]")];
const entriesOf = (list) => [...list.querySelectorAll("[data-entry]")];
const numberOf = (entry) => entry.querySelector("select");

function renumber(list) {
  const all = entriesOf(list);
  all.forEach((entry, index) => {
    numberOf(entry).value = String(index + 1);
    entry.querySelector('[data-move="-1"]').disabled = index === 0;
    entry.querySelector('[data-move="1"]').disabled = index === all.length - 1;
  });
}

function place(list, entry, index, focus) {
  const others = entriesOf(list).filter((other) => other !== entry);
  const to = Math.max(0, Math.min(index, others.length));
  if (to < others.length) others[to].before(entry);
  else others.at(-1).after(entry);
  renumber(list);
  for (const other of entriesOf(list)) other.classList.toggle("moved", other === entry);
  // Moving the line in the page drops the focus; at an end the arrow that was pressed is off, so take its twin.
  (focus.disabled ? entry.querySelector("[data-move]:not(:disabled)") : focus).focus();
  const words = list.dataset.moved.replace("{n}", String(to + 1)).replace("{m}", String(others.length + 1));
  beside(list, "[data-order-says]").textContent = words.replace("{text}", entry.querySelector("[data-text]").textContent);
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

/** The words that belong to a list stand next to it, in the same parent. */
function beside(list, selector) {
  return list.parentElement.querySelector(selector);
}

/** Put the lines into the order of their numbers, for example after an answer was restored. */
export function sortByNumber() {
  for (const list of lists) {
    if (entriesOf(list).some((entry) => !numberOf(entry).value)) continue;
    list.append(...entriesOf(list).sort((a, b) => Number(numberOf(a).value) - Number(numberOf(b).value)));
    renumber(list);
  }
}

for (const list of lists) {
  const all = entriesOf(list);
  for (const moves of list.querySelectorAll("[data-moves]")) moves.hidden = false;
  beside(list, "[data-order-how]").hidden = false;
  all[0].querySelector('[data-move="-1"]').disabled = true;
  all.at(-1).querySelector('[data-move="1"]').disabled = true;

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const entry = button.closest("[data-entry]");
    place(list, entry, entriesOf(list).indexOf(entry) + Number(button.dataset.move), button);
  });

  list.addEventListener("change", (event) => {
    if (!event.target.matches("select")) return;
    event.stopPropagation();
    const chosen = Number(event.target.value);
    const entry = event.target.closest("[data-entry]");
    // Taking a number away gives it its old place back: an order is whole or not given at all.
    place(list, entry, chosen ? chosen - 1 : entriesOf(list).indexOf(entry), event.target);
  });
}
