// The photos of a piece: one at a time, zoomed and moved by wheel, fingers, drag, buttons and keys.
//
// A photo's place is three custom properties on its box: --z (scale) and --px, --py (offset of its corner in pixels).
// Pins grow apart with the photo and keep their size, so they stay on the same skin.

import { ruler } from "./review-ruler.js";

const STEP = 1.5;
const MOST = 12;
const NUDGE = 60;
const SVG = "http://www.w3.org/2000/svg";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function guide() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "guide");
  svg.setAttribute("viewBox", "0 0 400 300");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M200 0V300M0 150H400M120 90H280M120 210H280");
  svg.append(path);
  return svg;
}

/**
 * One photo that can be zoomed. `tapped(point)` is called for a click or tap that was no drag, x and y in 0..1;
 * `drawn(from, to)` for a drag with Shift. A `follower` is another photo that shows the same part.
 */
export class Shot {
  constructor(figure, help, tapped, drawn = () => {}) {
    this.id = figure.dataset.shot;
    this.label = figure.dataset.label;
    this.figure = figure;
    this.box = figure.querySelector("[data-photo]");
    this.image = this.box.querySelector("img");
    this.tapped = tapped;
    this.drawn = drawn;
    this.follower = null;
    this.view = { z: 1, x: 0, y: 0 };
    this.fingers = new Map();
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "group");
    this.box.setAttribute("aria-label", `${this.label}. ${help}`.trim());
    this.image.draggable = false;
    this.image.after(guide());
    this.listen();
  }

  listen() {
    const { box } = this;
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    box.addEventListener("pointerdown", (event) => this.down(event));
    box.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) box.addEventListener(name, (event) => this.up(event));
    box.addEventListener("click", (event) => this.click(event));
    box.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.set(this.view)).observe(box);
  }

  /** Where a pointer is on the photo, in 0..1 of the photo itself whatever its zoom. */
  point({ clientX, clientY }) {
    const box = this.box.getBoundingClientRect();
    const { z, x, y } = this.view;
    const share = (value, size) => Math.round(clamp(value / (size * z), 0, 1) * 10000) / 10000;
    const point = { x: share(clientX - box.left - x, box.width), y: share(clientY - box.top - y, box.height) };
    return this.isMirrored ? { ...point, x: Math.round((1 - point.x) * 10000) / 10000 } : point;
  }

  /** The middle of what is seen of the photo. */
  center() {
    const box = this.box.getBoundingClientRect();
    return this.point({ clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 });
  }

  get isMirrored() {
    return this.box.classList.contains("is-mirror");
  }

  set({ z, x, y }) {
    const { width, height } = this.box.getBoundingClientRect();
    z = clamp(z, 1, MOST);
    this.view = { z, x: clamp(x, width - width * z, 0), y: clamp(y, height - height * z, 0) };
    this.box.style.setProperty("--z", String(this.view.z));
    this.box.style.setProperty("--px", `${this.view.x}px`);
    this.box.style.setProperty("--py", `${this.view.y}px`);
    this.box.classList.toggle("is-zoomed", z > 1);
    // A closer look wants as many pixels as it shows, up to all that the photo has.
    if (z > 1) this.image.sizes = `${Math.ceil(width * z)}px`;
    this.lead();
  }

  /** Show the same part in the photo that follows; its box may be of another size. */
  lead() {
    const other = this.follower;
    const own = this.box.getBoundingClientRect();
    if (!other || !own.width || !own.height) return;
    const box = other.box.getBoundingClientRect();
    if (!box.width) return;
    const back = other.follower;
    other.follower = null;
    other.set({ z: this.view.z, x: (this.view.x / own.width) * box.width, y: (this.view.y / own.height) * box.height });
    other.follower = back;
  }

  /** Zoom by a factor, keeping the skin under a spot (in pixels of the box; its middle by default) where it is. */
  zoom(factor, spot = null) {
    const { width, height } = this.box.getBoundingClientRect();
    const at = spot ?? { x: width / 2, y: height / 2 };
    const z = clamp(this.view.z * factor, 1, MOST);
    const grow = z / this.view.z;
    this.set({ z, x: at.x - (at.x - this.view.x) * grow, y: at.y - (at.y - this.view.y) * grow });
  }

  pan(dx, dy) {
    this.set({ z: this.view.z, x: this.view.x + dx, y: this.view.y + dy });
  }

  /** Move the photo so that a point of it can be seen. */
  reveal({ x, y }) {
    const { width, height } = this.box.getBoundingClientRect();
    const at = { x: this.view.x + x * width * this.view.z, y: this.view.y + y * height * this.view.z };
    const edge = 50;
    const needed = (value, size) => (value < edge ? edge - value : value > size - edge ? size - edge - value : 0);
    this.pan(needed(at.x, width), needed(at.y, height));
  }

  wheel(event) {
    // Without Ctrl the wheel scrolls the page, unless the photo is zoomed and there is something to look at.
    if (!(event.ctrlKey || event.metaKey || this.view.z > 1)) return;
    event.preventDefault();
    const box = this.box.getBoundingClientRect();
    const factor = Math.exp(-clamp(event.deltaY, -100, 100) / 250);
    this.zoom(factor, { x: event.clientX - box.left, y: event.clientY - box.top });
  }

  down(event) {
    if (event.button !== 0 || event.target.closest(".pin, .ruler-end")) return;
    if (event.shiftKey) {
      this.frame(event);
      return;
    }
    this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.fingers.size === 1) this.start = { x: event.clientX, y: event.clientY, moved: false };
    if (this.view.z > 1 || this.fingers.size > 1) this.box.setPointerCapture(event.pointerId);
  }

  /** Shift and drag: draw an area. What is drawn is shown when the pin is there. */
  frame(event) {
    event.preventDefault();
    const from = this.point(event);
    this.start = { x: event.clientX, y: event.clientY, moved: false };
    const end = (next) => {
      const to = this.point(next);
      if (Math.abs(to.x - from.x) < 0.01 || Math.abs(to.y - from.y) < 0.01) return;
      this.start.moved = true; // the click that follows must not put down another pin
      this.drawn(from, to);
    };
    addEventListener("pointerup", end, { once: true });
  }

  move(event) {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return;
    const next = { x: event.clientX, y: event.clientY };
    if (Math.hypot(next.x - this.start.x, next.y - this.start.y) > 5) this.start.moved = true;
    if (this.fingers.size === 2) this.pinch(event.pointerId, finger, next);
    else if (this.start.moved && this.view.z > 1) {
      this.box.classList.add("is-dragged");
      this.pan(next.x - finger.x, next.y - finger.y);
    }
    this.fingers.set(event.pointerId, next);
  }

  pinch(id, before, after) {
    const other = [...this.fingers].find(([key]) => key !== id)[1];
    const box = this.box.getBoundingClientRect();
    const apart = (finger) => Math.hypot(finger.x - other.x, finger.y - other.y) || 1;
    this.start.moved = true;
    this.zoom(apart(after) / apart(before), { x: (after.x + other.x) / 2 - box.left, y: (after.y + other.y) / 2 - box.top });
    this.pan((after.x - before.x) / 2, (after.y - before.y) / 2);
  }

  up(event) {
    if (this.fingers.delete(event.pointerId)) this.box.classList.remove("is-dragged");
  }

  // Not at pointerup: after a tap its click would land on whatever the tap made appear.
  click(event) {
    if (event.target.closest(".pin, .ruler-end") || this.start?.moved) return;
    this.tapped(this.point(event));
  }

  key(event) {
    if (event.target !== this.box || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowLeft: [NUDGE, 0], ArrowRight: [-NUDGE, 0], ArrowUp: [0, NUDGE], ArrowDown: [0, -NUDGE] }[event.key];
    if (!by || this.view.z === 1) return;
    event.preventDefault();
    this.pan(...by);
  }
}

/**
 * Show the photos of the workspace one at a time.
 * @param {HTMLElement} root the form
 * @param {(shot: Shot, point: {x: number, y: number}) => void} tapped
 * @param {(shot: Shot, from: {x: number, y: number}, to: {x: number, y: number}) => void} drawn
 */
export function photos(root, tapped, drawn) {
  const help = root.querySelector("[data-stage]").dataset.photoHelp;
  const figures = [...root.querySelectorAll("[data-shot]")];
  const shots = figures.map((figure) => {
    const shot = new Shot(figure, help, (point) => tapped(shot, point), (from, to) => drawn(shot, from, to));
    return shot;
  });
  const tools = root.querySelector("[data-photo-tools]");
  const links = [...root.querySelectorAll("[data-show]")];
  let current = shots[Math.max(0, figures.findIndex((figure) => "first" in figure.dataset))];

  const measure = ruler(root);
  const watchers = [];
  let isMeasured = false;

  function show(shot) {
    const before = current;
    current = shot;
    for (const one of shots) one.figure.classList.toggle("on", one === shot);
    for (const link of links) {
      if (link.dataset.show === shot.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    root.querySelector("[data-photo-name]").textContent = shot.label;
    root.querySelector("[data-photo-place]").textContent = `${shots.indexOf(shot) + 1} / ${shots.length}`;
    press("mirror", shot.box.classList.contains("is-mirror"));
    press("guide", shot.box.classList.contains("is-guide") || isMeasured);
    if (isMeasured) measure.on(shot);
    for (const watcher of watchers) watcher(before === shot ? null : before);
  }

  /** Nothing, the midline, the ruler, nothing again. */
  function guideOn() {
    const hadLines = current.box.classList.contains("is-guide");
    const next = isMeasured ? "" : hadLines ? "ruler" : "lines";
    current.box.classList.toggle("is-guide", next === "lines");
    isMeasured = next === "ruler";
    measure.on(isMeasured ? current : null);
    press("guide", next !== "");
  }

  function hide() {
    const hidden = root.classList.toggle("hides-pins");
    press("hide", hidden);
  }

  const press = (tool, on) => tools.querySelector(`[data-tool="${tool}"]`).setAttribute("aria-pressed", String(on));

  function flip(tool, name) {
    press(tool, current.box.classList.toggle(name));
  }

  const api = {
    get current() {
      return current;
    },
    find: (id) => shots.find((shot) => shot.id === id),
    show,
    step: (by) => show(shots[(shots.indexOf(current) + by + shots.length) % shots.length]),
    zoomIn: () => current.zoom(STEP),
    zoomOut: () => current.zoom(1 / STEP),
    toggleZoom: () => (current.view.z > 1 ? current.set({ z: 1, x: 0, y: 0 }) : current.zoom(2.5)),
    guide: guideOn,
    hide,
    /** Called with the photo that was shown before whenever another one is shown. */
    onShow: (watcher) => watchers.push(watcher),
    mirror: () => flip("mirror", "is-mirror"),
    plain() {
      if (current.isMirrored) api.mirror();
    },
    /** Write how many pins each photo has on its thumbnail. */
    count(numbers) {
      for (const link of links) {
        const number = numbers.get(link.dataset.show) ?? 0;
        link.classList.toggle("has-pins", number > 0);
        link.dataset.count = String(number);
      }
    },
  };
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]")?.dataset.tool;
    ({ previous: () => api.step(-1), next: () => api.step(1), guide: api.guide, mirror: api.mirror, hide: api.hide, in: api.zoomIn, out: api.zoomOut })[tool]?.();
  });
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(api.find(link.dataset.show));
    });
  }
  show(current);
  return api;
}
