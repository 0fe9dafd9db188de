// Ordering: arrows beside the numbers. Whatever is used, the numbers stay 1 to n, each once. Without script the
// numbers alone do it. Markup: quizzes/_answer.html, ordering().

const list = document.querySelector("[data-order]");
const entries = () => [...list.querySelectorAll("[data-entry]")];
const numberOf = (entry) => entry.querySelector("select");

function renumber() {
  const all = entries();
  all.forEach((entry, index) => {
    numberOf(entry).value = String(index + 1);
    entry.querySelector('[data-move="-1"]').disabled = index === 0;
    entry.querySelector('[data-move="1"]').disabled = index === all.length - 1;
  });
}

function place(entry, index, focus) {
  const others = entries().filter((other) => other !== entry);
  const to = Math.max(0, Math.min(index, others.length));
  if (to < others.length) others[to].before(entry);
  else others.at(-1).after(entry);
  renumber();
  for (const other of entries()) other.classList.toggle("moved", other === entry);
  // Moving the line in the page drops the focus; at an end the arrow that was pressed is off, so take its twin.
  (focus.disabled ? entry.querySelector("[data-move]:not(:disabled)") : focus).focus();
  const words = list.dataset.moved.replace("{n}", String(to + 1)).replace("{m}", String(others.length + 1));
  document.querySelector("[data-order-says]").textContent = words.replace("{text}", entry.querySelector("[data-text]").textContent);
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Put the lines into the order of their numbers, for example after an answer was restored. */
export function sortByNumber() {
  if (!list || entries().some((entry) => !numberOf(entry).value)) return;
  list.append(...entries().sort((a, b) => Number(numberOf(a).value) - Number(numberOf(b).value)));
  renumber();
}

if (list) {
  const all = entries();
  for (const moves of list.querySelectorAll("[data-moves]")) moves.hidden = false;
  document.querySelector("[data-order-how]").hidden = false;
  all[0].querySelector('[data-move="-1"]').disabled = true;
  all.at(-1).querySelector('[data-move="1"]').disabled = true;

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const entry = button.closest("[data-entry]");
    place(entry, entries().indexOf(entry) + Number(button.dataset.move), button);
  });

  list.addEventListener("change", (event) => {
    if (!event.target.matches("select")) return;
    event.stopPropagation();
    const chosen = Number(event.target.value);
    const entry = event.target.closest("[data-entry]");
    // Taking a number away gives it its old place back: an order is whole or not given at all.
    place(entry, chosen ? chosen - 1 : entries().indexOf(entry), event.target);
  });
}
