// Another photo beside the current one, zoomed and moved together with it; or over it, with a slider.
import { Shot } from "./review-zoom.js";

/**
 * @param {HTMLFormElement} root
 * @param {ReturnType<import("./review-zoom.js").photos>} views
 */
export function comparing(root, views) {
  const bar = root.querySelector("[data-cmp]");
  const choice = bar.querySelector("[data-cmp-with]");
  const stage = root.querySelector("[data-cmp-stage]");
  const figure = stage.querySelector("[data-cmp-pane]");
  const cut = bar.querySelector("[data-cmp-cut]");
  const range = bar.querySelector("[data-cmp-range]");
  const tool = root.querySelector('[data-tool="compare"]');
  const pane = new Shot(figure, "", () => {});
  const over = document.createElement("img");
  over.className = "over";
  over.alt = "";
  over.draggable = false;
  let on = false;
  let mode = "side";

  /** The same place of an earlier try first, else the blank skin or whatever else there is. */
  function suggest() {
    const options = [...choice.options];
    const slot = views.current.figure.dataset.slot;
    const earlier = options.find((option) => "earlier" in option.dataset && option.dataset.slot === slot);
    const other = options.find((option) => option.dataset.slot !== slot);
    return (earlier ?? other ?? options[0]).index;
  }

  function load() {
    const option = choice.selectedOptions[0];
    for (const image of [pane.image, over]) image.src = option.value;
    pane.image.width = Number(option.dataset.width);
    pane.image.height = Number(option.dataset.height);
    figure.querySelector("[data-cmp-name]").textContent = option.textContent;
  }

  function draw() {
    const side = on && mode === "side";
    bar.hidden = !on;
    stage.classList.toggle("is-side", side);
    figure.hidden = !side;
    figure.classList.toggle("on", side);
    range.hidden = mode !== "slider";
    tool.setAttribute("aria-pressed", String(on));
    over.remove();
    views.current.follower = side ? pane : null;
    pane.follower = side ? views.current : null;
    if (on && mode === "slider") views.current.image.after(over);
    over.style.setProperty("--cut", `${cut.value}%`);
    if (side) views.current.lead();
    for (const button of bar.querySelectorAll("[data-cmp-mode]")) button.setAttribute("aria-pressed", String(button.dataset.cmpMode === mode));
  }

  function toggle() {
    on = !on;
    if (on) {
      choice.selectedIndex = suggest();
      load();
    } else views.current.follower = null;
    draw();
  }

  choice.addEventListener("change", load);
  cut.addEventListener("input", () => over.style.setProperty("--cut", `${cut.value}%`));
  bar.addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-cmp-mode]")?.dataset.cmpMode;
    if (!wanted) return;
    mode = wanted;
    draw();
  });
  tool.addEventListener("click", toggle);
  views.onShow((before) => {
    if (before) before.follower = null;
    if (on) draw();
  });
  return { toggle };
}
