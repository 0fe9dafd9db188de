// Pins on a photo, drawn as macros/photo.html draws them, and where a pointer is in the picture.

const SVG = "http://www.w3.org/2000/svg";
const LOOKS = { praise: "pin--good", m: "pin--fix", M: "pin--fix", C: "pin--fix" };

const make = (name, attributes) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

/**
 * Make a pin; append it to the photo's `[data-pins]` layer (see pinLayer).
 * @param {{number: number, x: number, y: number, severity?: string, label: string, href?: string}} pin x and y in 0..1
 * @returns {SVGSVGElement}
 */
export function pinElement({ number, x, y, severity = "", label, href = `#pin-${number}` }) {
  const turned = y < 0.1;
  const place = make("svg", { x: `${(x * 100).toFixed(2)}%`, y: `${(y * 100).toFixed(2)}%`, width: 1, height: 1, overflow: "visible" });
  const link = make("a", { class: `pin ${LOOKS[severity] ?? ""}`.trim(), href, "aria-label": label });
  const drop = make("g", turned ? { transform: "scale(1 -1)" } : {});
  drop.append(
    make("circle", { class: "area", cx: 0, cy: -21, r: 22 }),
    make("path", { class: "drop", d: "M0 0C-3-5-17-11-17-21a17 17 0 1 1 34 0C17-11 3-5 0 0Z" }),
  );
  const text = make("text", { x: 0, y: turned ? 21 : -21 });
  text.textContent = String(number);
  link.append(drop, text);
  place.append(link);
  return place;
}

/**
 * The layer that holds the pins of a photo; made when the photo had none.
 * @param {HTMLElement} photo a [data-photo] element
 */
export function pinLayer(photo) {
  const found = photo.querySelector("[data-pins]");
  if (found) return found;
  const layer = make("svg", { class: "pins", width: "100%", height: "100%", "data-pins": "" });
  photo.append(layer);
  return layer;
}

/**
 * Where a pointer event is in an element.
 * @param {Element} element
 * @param {{clientX: number, clientY: number}} event
 * @returns {{x: number, y: number}} in 0..1, rounded to four places
 */
export function pointIn(element, event) {
  const box = element.getBoundingClientRect();
  const share = (value, size) => Math.round(Math.min(1, Math.max(0, value / size)) * 10000) / 10000;
  return { x: share(event.clientX - box.left, box.width), y: share(event.clientY - box.top, box.height) };
}
