// Before and after: without script two pictures side by side; here one over the other, with a range field.
for (const box of document.querySelectorAll("[data-compare]")) {
  const range = document.getElementById(box.dataset.compare);
  if (!range) continue;
  const field = range.closest("[data-compare-field]");
  const move = () => box.style.setProperty("--x", `${range.value}%`);

  box.classList.add("is-on");
  field.hidden = false;
  range.addEventListener("input", move);
  move();

  const drag = (event) => {
    const area = box.getBoundingClientRect();
    range.value = String(Math.round(((event.clientX - area.left) / area.width) * 100));
    move();
  };
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    box.setPointerCapture(event.pointerId);
    drag(event);
  });
  box.addEventListener("pointermove", (event) => {
    if (box.hasPointerCapture(event.pointerId)) drag(event);
  });
}
