// A lesson page: keeps the ticks of the bench checklist on this device and offers to print.
const article = document.querySelector("[data-lesson]");
const boxes = [...article.querySelectorAll(".task-list input[type=checkbox]")];
const key = `vermilion:bench:${article.dataset.lesson}`;

// Storage may be switched off or full: then the checklist works all the same and is only not remembered.
const recall = () => {
  try {
    return new Set(JSON.parse(localStorage.getItem(key) ?? "[]"));
  } catch {
    return null;
  }
};

const keep = () => {
  const ticked = boxes.flatMap((box, index) => (box.checked ? [index] : []));
  try {
    localStorage.setItem(key, JSON.stringify(ticked));
  } catch {
    article.querySelector("[data-bench-note]").hidden = true;
  }
};

const ticked = recall();
if (boxes.length && ticked) {
  boxes.forEach((box, index) => {
    box.checked = ticked.has(index);
    box.addEventListener("change", keep);
  });
  article.querySelector("[data-bench-note]").hidden = false;
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
