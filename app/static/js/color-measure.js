// Drag over the photo instead of typing percents; the fields stay the truth, and the form asks the server.

const SVG = "http://www.w3.org/2000/svg";
const LEAST = 0.6;

const stage = document.querySelector("[data-measure]");
const form = document.querySelector("[data-measure-form]");
if (stage && form) start();

function start() {
  const { width, height } = stage.viewBox.baseVal;
  const tools = document.querySelector("[data-measure-tools]");
  const hint = form.querySelector("[data-measure-hint]");
  let draws = "area";
  let from = null;

  tools.hidden = false;
  hint.textContent = hint.dataset.measureHint;
  stage.classList.add("is-live");
  tools.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-draw]");
    if (!chosen) return;
    draws = chosen.dataset.draw;
    for (const button of tools.querySelectorAll("[data-draw]")) button.setAttribute("aria-pressed", String(button === chosen));
  });

  const field = (name) => form.elements.namedItem(name);

  /** A point of the photo in percent, from a pointer event. */
  function point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(stage.getScreenCTM().inverse());
    const clamp = (value) => Math.min(100, Math.max(0, value));
    return { x: clamp((at.x / width) * 100), y: clamp((at.y / height) * 100) };
  }

  function write(values) {
    for (const [name, value] of Object.entries(values)) field(name).value = value.toFixed(2);
  }

  function draw(name, look, attributes) {
    stage.querySelector(`.${look}`)?.remove();
    const shape = document.createElementNS(SVG, name);
    shape.setAttribute("class", look);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, String(value));
    stage.append(shape);
  }

  function show(to) {
    if (draws === "line") {
      write({ x1: from.x, y1: from.y, x2: to.x, y2: to.y });
      draw("line", "measure-line", {
        x1: (from.x * width) / 100, y1: (from.y * height) / 100, x2: (to.x * width) / 100, y2: (to.y * height) / 100,
      });
      return;
    }
    const x = Math.min(from.x, to.x);
    const y = Math.min(from.y, to.y);
    const w = Math.abs(from.x - to.x);
    const h = Math.abs(from.y - to.y);
    write({ x, y, w, h });
    const box = { x: (x * width) / 100, y: (y * height) / 100, w: (w * width) / 100, h: (h * height) / 100 };
    if (field("shape").value === "rectangle") draw("rect", "measure-area", { x: box.x, y: box.y, width: box.w, height: box.h });
    else draw("ellipse", "measure-area", { cx: box.x + box.w / 2, cy: box.y + box.h / 2, rx: box.w / 2, ry: box.h / 2 });
  }

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = point(event);
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (from) show(point(event));
  });
  stage.addEventListener("pointerup", (event) => {
    if (!from) return;
    const to = point(event);
    const moved = Math.hypot(to.x - from.x, to.y - from.y) > LEAST;
    if (moved) show(to);
    from = null;
    if (moved) form.requestSubmit();
  });
  stage.addEventListener("pointercancel", () => (from = null));
}
