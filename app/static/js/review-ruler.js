// A ruler over the photo: two ends that are dragged or moved by arrow keys; says its length, in millimeters once it knows one.
import { pointIn } from "./pins.js";

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SVG = "http://www.w3.org/2000/svg";
const clamp = (value) => Math.min(1, Math.max(0, value));

/** @param {HTMLFormElement} root */
export function ruler(root) {
  const bar = root.querySelector("[data-ruler-bar]");
  const words = bar.querySelector("[data-ruler-words]");
  const known = bar.querySelector("[data-ruler-mm]");
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("class", "pins ruler");
  const line = document.createElementNS(SVG, "line");
  layer.append(line);
  const ends = [{ x: 0.3, y: 0.5 }, { x: 0.7, y: 0.5 }];
  let shot = null;
  // Millimeters that the width of a photo is long; each photo has its own distance.
  const scales = new Map();

  const marks = ends.map((end, place) => {
    const mark = document.createElementNS(SVG, "circle");
    mark.setAttribute("r", "9");
    mark.setAttribute("class", "ruler-end");
    mark.setAttribute("tabindex", "0");
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-label", words.dataset.end.replace("{n}", String(place + 1)));
    mark.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      const by = event.shiftKey ? 0.02 : 0.002;
      to(end, { x: end.x + move[0] * by, y: end.y + move[1] * by });
    });
    mark.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      mark.focus({ preventScroll: true });
      mark.setPointerCapture(event.pointerId);
    });
    mark.addEventListener("pointermove", (event) => {
      if (mark.hasPointerCapture(event.pointerId)) to(end, pointIn(shot.image, event));
    });
    mark.addEventListener("click", (event) => event.stopPropagation());
    layer.append(mark);
    return mark;
  });

  function to(end, point) {
    end.x = clamp(point.x);
    end.y = clamp(point.y);
    draw();
  }

  /** The length in widths of the photo, its height counted in widths as well. */
  function length() {
    const ratio = shot.image.height / shot.image.width;
    return Math.hypot(ends[1].x - ends[0].x, (ends[1].y - ends[0].y) * ratio);
  }

  function draw() {
    const at = (end) => [`${(end.x * 100).toFixed(3)}%`, `${(end.y * 100).toFixed(3)}%`];
    ends.forEach((end, place) => {
      const [x, y] = at(end);
      marks[place].setAttribute("cx", x);
      marks[place].setAttribute("cy", y);
      line.setAttribute(`x${place + 1}`, x);
      line.setAttribute(`y${place + 1}`, y);
    });
    const scale = scales.get(shot.id);
    const number = (value, digits) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: digits });
    words.textContent = scale
      ? words.dataset.mm.replace("{n}", number(length() * scale, 1))
      : words.dataset.share.replace("{n}", number(length() * 100, 1));
  }

  known.addEventListener("input", () => {
    const mm = Number(known.value);
    if (mm > 0 && length() > 0) scales.set(shot.id, mm / length());
    else scales.delete(shot.id);
    draw();
  });

  return {
    /** Lay the ruler on a photo, or take it away with null. */
    on(next) {
      shot = next;
      bar.hidden = !shot;
      layer.remove();
      if (!shot) return;
      known.value = "";
      shot.box.append(layer);
      draw();
    },
  };
}
