// The places for photos on the page of a draft: a chosen photo is made smaller, kept on this device and sent in parts,
// each shown in its place with the truth about it until the server draws the place anew.
import { announce } from "./flash.js";
import { getJSON, postForm } from "./http.js";
import { add, all, drop, resume, retry } from "./upload-queue.js";
import { sha256, shrink } from "./upload-shrink.js";

const MEGABYTE = 1024 * 1024;
const SPEED_MS = 20000;

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_match, name) => values[name] ?? "");
const megabytes = (bytes) => (Math.ceil((bytes * 10) / MEGABYTE) / 10).toLocaleString();

/** Bytes per second over the last while, cuts of the connection included. */
class Speed {
  constructor() {
    this.marks = [];
  }

  note(bytes) {
    this.marks.push([performance.now(), bytes]);
    while (this.marks.length > 2 && this.marks[0][0] < performance.now() - SPEED_MS) this.marks.shift();
  }

  get perSecond() {
    const [first, last] = [this.marks[0], this.marks.at(-1)];
    return !first || last[0] - first[0] < 1500 ? 0 : (1000 * (last[1] - first[1])) / (last[0] - first[0]);
  }
}

/** What one photo shows while it is on its way. */
class Tile {
  constructor(place, record, words) {
    this.place = place;
    this.words = words;
    const fragment = document.getElementById("sending").content.cloneNode(true);
    this.box = document.createElement("div");
    this.box.append(fragment);
    this.box.querySelector("[data-name]").textContent = record.name;
    this.box.querySelector("[data-label]").textContent = place.dataset.label;
    this.picture = this.box.querySelector("img");
    this.picture.addEventListener("load", () => (this.picture.hidden = false));
    this.picture.src = URL.createObjectURL(record.blob);
    place.prepend(this.box);
  }

  progress(share) {
    this.box.querySelector("progress").value = share;
    this.say(`${Math.round(share * 100)}%`);
  }

  say(text) {
    this.box.querySelector("[data-share]").textContent = text;
  }

  /** Show a reason (or none) with what can be done about it. */
  trouble(reason, { mayRetry = false, isOver = false } = {}) {
    this.box.querySelector(".shot").classList.toggle("is-failed", isOver);
    this.box.querySelector("[data-failed]").hidden = reason === "";
    this.box.querySelector("[data-reason]").textContent = reason;
    this.box.querySelector("[data-retry]").hidden = !mayRetry;
    this.box.querySelector("progress").hidden = isOver;
    if (isOver) this.say("");
  }

  remove() {
    URL.revokeObjectURL(this.picture.src);
    this.box.remove();
  }
}

/** The line that says how all of them stand. */
class Line {
  constructor(element, words) {
    Object.assign(this, { element, words, speed: new Speed(), arrived: 0, total: 0, sent: new Map() });
  }

  note(detail) {
    const { key, state, bytes } = detail;
    if (state === "sending") {
      this.sent.set(key, bytes);
      this.speed.note([...this.sent.values()].reduce((sum, one) => sum + one, 0));
    }
    if (state === "saved") this.arrived += 1;
    if (state === "dropped") this.sent.delete(key);
  }

  show(left) {
    const { words } = this;
    const open = left.filter((job) => job.state !== "refused");
    this.element.hidden = false;
    if (!open.length) {
      this.element.textContent = this.arrived ? words.sayAllSaved : "";
      this.element.hidden = this.element.textContent === "";
      [this.arrived, this.speed] = [0, new Speed()];
      this.sent.clear();
      return;
    }
    const now = open.find((job) => job.state === "sending");
    if (!now) {
      this.element.textContent = fill(open.every((job) => job.isKept) ? words.sayKept : words.sayHeld, { n: open.length });
      return;
    }
    const size = open.reduce((sum, job) => sum + job.blob.size, 0);
    const done = open.reduce((sum, job) => sum + (this.sent.get(job.key) ?? 0), 0);
    const facts = { n: this.arrived + 1, all: this.arrived + open.length, done: megabytes(done), size: megabytes(size) };
    this.element.textContent = fill(words.saySendingBytes, facts) + this.timeLeft(size - done);
  }

  timeLeft(bytes) {
    const { perSecond } = this.speed;
    if (perSecond <= 0) return "";
    const seconds = Math.ceil(bytes / perSecond / 5) * 5;
    if (seconds < 90) return ` ${fill(this.words.saySeconds, { n: Math.max(5, seconds) })}`;
    return ` ${fill(this.words.sayMinutes, { n: Math.ceil(seconds / 60) })}`;
  }
}

/** Wire the places of a form; `view` puts the server's answers on the page, `readOut` has something read out. */
export function photos(form, view, readOut) {
  const words = form.dataset;
  const tiles = new Map();
  const line = new Line(form.querySelector("[data-upload-line]"), words);
  const mine = () => all().filter((record) => record.entry === words.entry);
  let preparing = 0;

  const hide = (place, replaces) => {
    const own = replaces && place.querySelector(`[data-replaces="${replaces}"]`)?.closest(".shot");
    const hidden = replaces ? own : place.querySelector("label.shot");
    if (!hidden) return;
    hidden.hidden = true;
    hidden.dataset.waits = "";
  };

  const show = (place, record) => {
    const slot = place.dataset.place;
    view.sending.set(slot, (view.sending.get(slot) ?? 0) + 1);
    hide(place, record.replaces);
    const tile = new Tile(place, record, words);
    tiles.set(record.key, tile);
    tile.box.querySelector("[data-retry]").onclick = () => retry(record.key);
    tile.box.querySelector("[data-dismiss]").onclick = () => {
      drop(record.key);
      done(record.key);
      place.querySelector("input")?.focus();
    };
    return tile;
  };

  const done = (key) => {
    const tile = tiles.get(key);
    if (!tile) return;
    tiles.delete(key);
    tile.remove();
    const { place } = tile;
    const left = (view.sending.get(place.dataset.place) ?? 1) - 1;
    view.sending.set(place.dataset.place, left);
    view.forget(place.dataset.place);
    if (left === 0) for (const hidden of place.querySelectorAll("[data-waits]")) hidden.hidden = false;
  };

  const refresh = async () => {
    try {
      view.show(await getJSON(words.status));
    } catch {
      // The next change or upload asks again; what the page shows is old at worst.
    }
  };

  const said = new Map();
  const trouble = (key, tile, reason, options) => {
    tile.trouble(reason, options);
    if (reason && said.get(key) !== reason) readOut(reason);
    said.set(key, reason);
  };

  const heard = {
    kept: (_detail, tile) => {
      tile.trouble("");
      tile.say(words.sayWaits);
    },
    sending: ({ bytes, total, key }, tile) => {
      trouble(key, tile, "");
      tile.progress(total ? bytes / total : 0);
    },
    waiting: ({ isKept }, tile) => tile.say(isKept ? words.sayKeptShort : words.sayWaits),
    "signed-out": ({ key }, tile) => trouble(key, tile, words.saySignedOutPhoto, { mayRetry: true }),
    full: ({ key, error }, tile) => trouble(key, tile, error.message, { mayRetry: true }),
    refused: ({ key, error }, tile) => trouble(key, tile, error.message, { mayRetry: error.status >= 500 || error.status === 404, isOver: true }),
    saved: ({ key }) => {
      done(key);
      refresh();
    },
    dropped: ({ key }) => done(key),
  };
  document.addEventListener("vermilion:upload", ({ detail }) => {
    if (detail.entry !== words.entry) return;
    const tile = tiles.get(detail.key);
    if (tile) heard[detail.state]?.(detail, tile);
    line.note(detail);
    line.show(mine());
  });

  const tooLarge = (blob, name) => {
    const isVideo = blob.type.startsWith("video/");
    const limit = Number(isVideo ? words.maxVideoBytes : words.maxBytes);
    return blob.size > limit ? fill(isVideo ? words.sayLargeVideo : words.sayLarge, { name, size: megabytes(blob.size) }) : "";
  };

  const take = async (place, file, replaces) => {
    const slot = place.dataset.place;
    const record = { key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`, entry: words.entry, target: words.uploads };
    Object.assign(record, { slot, replaces: replaces ?? "", label: place.dataset.label, name: file.name, blob: file, url: "", at: Date.now() });
    const tile = show(place, record);
    tile.say(words.sayPreparing);
    preparing += 1;
    try {
      Object.assign(record, await shrink(file, Number(words.longEdge)));
      const reason = tooLarge(record.blob, file.name);
      if (reason) {
        trouble(record.key, tile, reason, { isOver: true });
        return;
      }
      record.sha256 = await sha256(record.blob);
      const where = await add(record);
      if (where !== "kept") announce(where === "full" ? words.sayNoRoom : words.sayNotKept, "warn");
    } catch {
      trouble(record.key, tile, fill(words.sayUnreadable, { name: file.name }), { isOver: true });
    } finally {
      preparing -= 1;
    }
  };

  const choose = ({ target }) => {
    if (!target.files.length) return;
    const { slot, replaces } = target.dataset;
    const place = form.querySelector(`[data-place="${slot}"]`);
    const [file] = target.files;
    take(place, file, replaces);
    target.value = ""; // it is on its way by itself; the form must not send it once more
    place.dispatchEvent(new CustomEvent("vermilion:chosen", { bubbles: true, detail: { file, slot } }));
  };

  // Each field listens for itself: while somebody takes a picture, its place may be drawn anew, and a field that has
  // left the page still says what was chosen, but no longer to the form.
  const listen = (part) => {
    for (const input of part.querySelectorAll("input[type=file]")) input.addEventListener("change", choose);
  };
  view.drawn.push(listen);
  listen(form);

  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-remove]");
    if (!button) return;
    event.preventDefault();
    button.disabled = true;
    const place = button.closest("[data-place]");
    try {
      view.show(await postForm(button.formAction, new FormData()));
      place.querySelector("input, button")?.focus();
    } catch (error) {
      button.disabled = false;
      announce(error.message, "bad");
    }
  });

  resume().then((found) => {
    for (const record of found) {
      const place = record.entry === words.entry && form.querySelector(`[data-place="${record.slot}"]`);
      if (place && !tiles.has(record.key)) show(place, record).say(words.sayKeptShort);
    }
    line.show(mine());
  });

  const isOpen = (job) => job.state !== "refused";
  return {
    // What is kept on this device may be left alone: it goes on by itself.
    wouldBeLost: () => preparing > 0 || mine().some((job) => isOpen(job) && !job.isKept),
    isMoving: () => preparing > 0 || mine().some(isOpen),
  };
}
