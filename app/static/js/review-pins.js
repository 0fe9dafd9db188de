// Pins: the rows of the list are the truth (their fields are what is saved); the pins on the photos are drawn from them.
import { pinElement, pinLayer, pointIn } from "./pins.js";

const LOOKS = { praise: "pinnum--good", m: "pinnum--fix", M: "pinnum--fix", C: "pinnum--fix" };
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SMALL = 0.005;
const LARGE = 0.05;
const AREA = 0.15;
const SVG = "http://www.w3.org/2000/svg";

/** A box or an oval around the middle of a pin; it is decoration, the pin says what it is. */
function areaElement({ shape, x, y, w, h }) {
  const area = document.createElementNS(SVG, shape === "box" ? "rect" : "ellipse");
  const set = (name, share) => area.setAttribute(name, `${(share * 100).toFixed(2)}%`);
  area.setAttribute("class", "pin-area");
  if (shape === "box") {
    set("x", x - w / 2);
    set("y", y - h / 2);
    set("width", w);
    set("height", h);
  } else {
    set("cx", x);
    set("cy", y);
    set("rx", w / 2);
    set("ry", h / 2);
  }
  return area;
}

const clamp = (value) => Math.min(1, Math.max(0, Math.round(value * 10000) / 10000));

/** One row of the list and its pin. */
class Pin {
  constructor(row) {
    this.row = row;
    this.key = row.dataset.pin;
    this.form = row.querySelector("[data-pin-form]");
    this.defect = row.querySelector("[data-pin-defect]");
    this.criterion = row.querySelector("[data-pin-criterion]");
    this.text = row.querySelector("[data-pin-text]");
    this.shape = row.querySelector("[data-pin-shape]");
    this.canned = row.querySelector("[data-canned]");
    this.mark = null;
    this.area = null;
  }

  field(name) {
    return this.row.querySelector(`[name="pin.${this.key}.${name}"]`);
  }

  get photo() {
    return this.field("photo").value;
  }

  set photo(id) {
    this.field("photo").value = id;
  }

  get place() {
    return { x: Number(this.field("x").value) / 100, y: Number(this.field("y").value) / 100 };
  }

  set place({ x, y }) {
    this.field("x").value = (clamp(x) * 100).toFixed(2);
    this.field("y").value = (clamp(y) * 100).toFixed(2);
  }

  get isArea() {
    return this.shape.value !== "point";
  }

  get extent() {
    return { shape: this.shape.value, w: Number(this.field("w").value) / 100, h: Number(this.field("h").value) / 100 };
  }

  set extent({ w, h }) {
    this.field("w").value = (Math.max(0.01, clamp(w)) * 100).toFixed(2);
    this.field("h").value = (Math.max(0.01, clamp(h)) * 100).toFixed(2);
  }

  get code() {
    return this.defect.selectedOptions[0]?.dataset ?? {};
  }

  get severity() {
    return this.code.severity ?? "";
  }

  get isEmpty() {
    return !this.defect.value && !this.text.value.trim();
  }

  /** Bring the words of the row in line with its fields. */
  tell(noteWord) {
    const title = this.code.title || noteWord;
    const chosen = this.criterion.value ? this.criterion.selectedOptions[0].textContent : "";
    this.row.querySelector("[data-pin-title]").textContent = title;
    const tag = this.row.querySelector("[data-pin-tag]");
    tag.textContent = chosen;
    tag.hidden = !chosen;
    const words = this.row.querySelector("[data-pin-words]");
    words.textContent = this.text.value.trim();
    words.hidden = !words.textContent;
    this.row.querySelector("[data-pin-number]").className = `pinnum ${LOOKS[this.severity] ?? ""}`.trim();
    const fix = this.row.querySelector("[data-pin-fix]");
    fix.hidden = !this.code.fix || this.text.value.includes(this.code.fix);
    fix.querySelector("span").textContent = this.code.fix ?? "";
    for (const field of this.row.querySelectorAll("[data-pin-extent]")) field.hidden = !this.isArea;
    return chosen ? `${title}, ${chosen}` : title;
  }
}

/**
 * @param {HTMLFormElement} root
 * @param {ReturnType<import("./review-zoom.js").photos>} photos
 * @param {{changed: () => void, say: (words: string) => void, criterion: () => string,
 *   opened: (pin: {canned: HTMLElement}) => void}} on
 */
export function pinboard(root, photos, on) {
  const list = root.querySelector("[data-pin-list]");
  const template = root.querySelector("[data-pin-template]");
  const stage = root.querySelector("[data-stage]");
  const words = root.dataset;
  let pins = [];
  let open = null;
  let fresh = null;
  let counter = 0;

  function adopt(row) {
    const pin = new Pin(row);
    for (const part of row.querySelectorAll("[data-pin-tools], [data-pin-done]")) part.hidden = false;
    row.addEventListener("click", (event) => clicked(pin, event));
    row.addEventListener("input", (event) => edited(pin, event.target));
    row.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && open === pin) {
        event.preventDefault();
        close();
      }
    });
    pins.push(pin);
    return pin;
  }

  function clicked(pin, event) {
    if (event.target.closest("[data-pin-delete]")) remove(pin);
    else if (event.target.closest("[data-pin-close]")) close();
    else if (event.target.closest("[data-pin-edit]")) edit(pin);
    else if (event.target.closest("[data-pin-fix] button")) {
      pin.text.value = [pin.text.value.trim(), pin.code.fix].filter(Boolean).join("\n");
      pin.text.focus();
      edited(pin, pin.text);
    }
  }

  function edited(pin, field) {
    if (field === pin.defect) {
      const wanted = pin.code.criterion;
      if ([...pin.criterion.options].some((option) => option.value && option.value === wanted)) pin.criterion.value = wanted;
      if (pin.severity === "C") flag(pin);
    }
    // A shape without a size gets one that is easily seen; its size stays in the fields of a point, unused.
    if (field === pin.shape && pin.isArea && !(pin.extent.w > 0 && pin.extent.h > 0)) pin.extent = { w: AREA, h: AREA };
    if (field !== pin.text) fresh = null;
    draw();
    if (pin === open && (field === pin.defect || field === pin.criterion)) on.opened(pin);
    on.changed();
  }

  /** A critical code raises its flag, with this pin as evidence unless there is other evidence. */
  function flag(pin) {
    const box = root.querySelector(`[name="flag.${CSS.escape(pin.defect.value)}"]`);
    if (!box || box.checked) return;
    box.checked = true;
    box.closest("details").open = true;
    const evidence = box.closest("[data-flag]").querySelector("[data-evidence]");
    if (!evidence.value) evidence.value = `pin.${pin.key}`;
    on.say(words.flagged);
  }

  /** Draw everything anew: numbers, rows, pins on photos, choices of evidence. */
  function draw() {
    const focused = pins.find((pin) => pin.mark?.contains(document.activeElement));
    for (const layer of root.querySelectorAll("[data-pins]")) layer.replaceChildren();
    const counts = new Map();
    pins.forEach((pin, index) => {
      const number = index + 1;
      pin.row.id = `pin-${number}`;
      pin.row.querySelector("[data-pin-number]").textContent = String(number);
      const title = pin.tell(words.noteWord);
      pin.row.classList.toggle("on", pin === open);
      const shot = photos.find(pin.photo);
      if (!shot) return;
      counts.set(shot.id, (counts.get(shot.id) ?? 0) + 1);
      const label = `${words.pinWord} ${number}, ${title}. ${words.pinHelp}`;
      pin.mark = pinElement({ number, ...pin.place, severity: pin.severity, label });
      listen(pin, shot);
      if (pin.isArea) outline(pin, shot);
      pinLayer(shot.box).append(pin.mark);
    });
    photos.count(counts);
    for (const group of root.querySelectorAll("[data-pin-options]")) offer(group);
    root.querySelector("[data-pins-empty]").hidden = pins.length > 0;
    if (focused?.mark) focusMark(focused);
  }

  function outline(pin, shot) {
    pin.area?.remove();
    pin.area = areaElement({ ...pin.place, ...pin.extent });
    pinLayer(shot.box).prepend(pin.area);
  }

  function offer(group) {
    const select = group.closest("select");
    const chosen = select.value;
    group.replaceChildren(...pins.map((pin, index) => new Option(`${words.pinWord} ${index + 1}`, `pin.${pin.key}`)));
    select.value = [...select.options].some((option) => option.value === chosen) ? chosen : "";
  }

  const link = (pin) => pin.mark.querySelector("a");
  const focusMark = (pin) => link(pin).focus({ preventScroll: true });

  function listen(pin, shot) {
    const mark = link(pin);
    mark.setAttribute("role", "button");
    if (pin === open) mark.classList.add("on");
    mark.addEventListener("click", (event) => {
      event.preventDefault();
      if (!pin.dragged) edit(pin);
    });
    mark.addEventListener("keydown", (event) => key(pin, shot, event));
    mark.addEventListener("focus", () => shot.reveal(pin.place));
    mark.addEventListener("pointerdown", (event) => drag(pin, shot, event));
  }

  function key(pin, shot, event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = MOVES[event.key];
    if (move) {
      const by = event.shiftKey ? LARGE : SMALL;
      moveTo(pin, { x: pin.place.x + move[0] * by, y: pin.place.y + move[1] * by });
      shot.reveal(pin.place);
    } else if (pin.isArea && "+=-".includes(event.key)) {
      const factor = event.key === "-" ? 1 / 1.15 : 1.15;
      pin.extent = { w: pin.extent.w * factor, h: pin.extent.h * factor };
      outline(pin, shot);
      on.changed();
    } else if (event.key === "Enter" || event.key === " ") edit(pin);
    else if (event.key === "Delete" || event.key === "Backspace") remove(pin);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function moveTo(pin, point) {
    const turned = pin.place.y < 0.1;
    pin.place = point;
    // The drop hangs below its point near the top edge, so crossing that line needs a new drawing.
    if (turned !== pin.place.y < 0.1) draw();
    else {
      pin.mark.setAttribute("x", `${pin.field("x").value}%`);
      pin.mark.setAttribute("y", `${pin.field("y").value}%`);
      if (pin.isArea) outline(pin, photos.find(pin.photo));
    }
    on.changed();
  }

  function drag(pin, shot, event) {
    if (event.button !== 0) return;
    const begun = pointIn(shot.image, event);
    const from = pin.place;
    pin.dragged = false;
    const move = (next) => {
      const point = pointIn(shot.image, next);
      if (!pin.dragged && Math.hypot(point.x - begun.x, point.y - begun.y) < 0.006) return;
      pin.dragged = true;
      moveTo(pin, { x: from.x + point.x - begun.x, y: from.y + point.y - begun.y });
    };
    const end = () => {
      removeEventListener("pointermove", move);
      // The click that ends a drag must not open the fields.
      setTimeout(() => (pin.dragged = false));
    };
    event.preventDefault();
    focusMark(pin);
    addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) addEventListener(name, end, { once: true });
  }

  const isFresh = (shot) => fresh !== null && fresh.isEmpty && fresh.photo === shot.id;

  function add(shot, point) {
    close();
    photos.show(shot);
    photos.plain();
    counter += 1;
    const key = `n${counter}${Date.now().toString(36)}`;
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll("__key__", key).replaceAll("__number__", String(pins.length + 1));
    const row = holder.content.firstElementChild;
    list.append(row);
    const pin = adopt(row);
    pin.photo = shot.id;
    pin.place = point;
    pin.criterion.value = on.criterion();
    fresh = pin;
    draw();
    on.changed();
    return pin;
  }

  function remove(pin, said = words.pinGone) {
    if (open === pin) shut();
    if (fresh === pin) fresh = null;
    pins = pins.filter((one) => one !== pin);
    const shot = photos.find(pin.photo);
    pin.row.remove();
    draw();
    on.changed();
    on.say(said);
    shot?.box.focus({ preventScroll: true });
  }

  /** Open the fields of a pin, over its photo where there is room. */
  function edit(pin) {
    if (open && open !== pin) close();
    const shot = photos.find(pin.photo);
    photos.show(shot);
    open = pin;
    fresh = null;
    draw();
    const box = shot.box.getBoundingClientRect();
    const base = stage.getBoundingClientRect();
    shot.reveal(pin.place);
    const spot = pin.mark.getBoundingClientRect();
    pin.form.classList.add("composer");
    pin.form.style.setProperty("--x", `${Math.round(spot.left - base.left)}px`);
    pin.form.style.setProperty("--y", `${Math.round(Math.min(spot.bottom, box.bottom) - base.top)}px`);
    on.opened(pin);
    pin.defect.focus();
    pin.form.scrollIntoView({ block: "nearest" });
  }

  function shut() {
    open.form.classList.remove("composer");
    open = null;
  }

  function close() {
    if (!open) return;
    const pin = open;
    shut();
    if (pin.isEmpty) {
      remove(pin, words.emptyPin);
      return;
    }
    draw();
    focusMark(pin);
  }

  for (const row of list.querySelectorAll("[data-pin]")) adopt(row);
  draw();

  return {
    close,
    /** Put a pin into the middle of what is seen; a click or arrow keys then move it. */
    addAtCenter() {
      const shot = photos.current;
      const pin = isFresh(shot) ? fresh : add(shot, shot.center());
      shot.box.scrollIntoView({ block: "nearest" });
      focusMark(pin);
    },
    /** A click on a photo: the pin that was just put down goes there, else a new one. */
    tap(shot, point) {
      const pin = isFresh(shot) ? fresh : add(shot, point);
      moveTo(pin, point);
      edit(pin);
    },
    /** Shift and drag on a photo: a pin with a box. */
    frame(shot, from, to) {
      const pin = add(shot, { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 });
      pin.shape.value = "box";
      pin.extent = { w: Math.abs(to.x - from.x), h: Math.abs(to.y - from.y) };
      draw();
      on.changed();
      edit(pin);
    },
    /** Take the last pin away; false when there is none. */
    undo() {
      const last = pins.at(-1);
      if (last) remove(last);
      return Boolean(last);
    },
    /** The pin whose fields are open or that has the focus, else the one that was just put down. */
    get atHand() {
      return open ?? pins.find((pin) => pin.mark?.contains(document.activeElement)) ?? fresh;
    },
  };
}
