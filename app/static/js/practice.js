// The page of a draft: fields save themselves, photos go on their way when they are chosen, and what the server says
// about both is shown as it comes. Everything on the page also works by its buttons without this file.
import { announce } from "./flash.js";
import { getJSON, postForm } from "./http.js";
import "./savestate.js";
import { photos } from "./upload-photos.js";

const TYPING_MS = 1200;
const AGAIN_MS = 15000;

const status = document.querySelector("[data-said]");
const partOf = (name) => name.split(/[.!]/, 1)[0];

/** Have something read out that is shown where it happened. */
const readOut = (text) => {
  if (status) status.textContent = text;
};

/** A small place of its own in the browser's storage, or nowhere when that is switched off. */
function storage(key) {
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(key) ?? "null");
      } catch {
        return null;
      }
    },
    write(value) {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // Private windows may refuse; the server still has what was saved.
      }
    },
  };
}

/** Put the server's answer on the page: parts that changed, problems at fields, the revision. */
function makeView(form) {
  const shown = new Map();
  const sending = new Map();
  const busy = { now: "busy" in form.dataset, listeners: [] };
  const drawn = [];

  const patch = (name, html) => {
    if (shown.get(name) === html) return;
    const target = form.querySelector(`[data-part="${name}"]`);
    if (!target || sending.get(target.dataset.place)) return;
    const hadFocus = target.contains(document.activeElement);
    shown.set(name, html);
    target.innerHTML = html;
    for (const listener of drawn) listener(target);
    if (hadFocus) target.querySelector("input, button")?.focus();
  };

  const showProblems = (problems) => {
    for (const words of form.querySelectorAll("[data-problem]")) {
      const text = problems[words.dataset.problem] ?? "";
      const line = words.closest(".err");
      words.textContent = text;
      line.hidden = text === "";
      line.closest(".field, .fieldset")?.classList.toggle("field--err", text !== "");
      const field = form.elements[words.dataset.problem];
      if (field instanceof HTMLElement) field.setAttribute("aria-invalid", String(text !== ""));
    }
  };

  return {
    busy,
    sending,
    drawn,
    show(answer) {
      if (!answer) return;
      form.elements.revision.value = answer.revision;
      for (const [name, html] of Object.entries(answer.html)) patch(name, html);
      showProblems(answer.problems);
      for (const photo of answer.photos) {
        if (photo.state === "rejected" && shown.get(`said ${photo.id}`) !== photo.reason) {
          if (busy.now) readOut(photo.reason);
          shown.set(`said ${photo.id}`, photo.reason);
        }
      }
      busy.now = answer.busy;
      if (answer.busy) for (const listener of busy.listeners) listener();
    },
    forget(place) {
      shown.delete(`photo-${place}`);
    },
  };
}

/** Fields save themselves, card by card, one request after the other. */
function autosave(form, view) {
  const copy = storage(`vermilion:entry:${form.dataset.entry}`);
  const dirty = new Set();
  let timer = 0;
  let running = null;
  let stopped = false;

  const fieldsOf = (parts) =>
    [...new FormData(form)].filter(([name, value]) => typeof value === "string" && parts.has(partOf(name)) && /[.!]/.test(name));

  const keep = () => {
    if (!dirty.size || stopped) copy.write(null);
    else copy.write({ revision: form.elements.revision.value, parts: [...dirty], fields: fieldsOf(dirty) });
  };

  async function saveOnce() {
    const parts = new Set(dirty);
    const body = new FormData();
    for (const [name, value] of fieldsOf(parts)) body.append(name, value);
    body.append("revision", form.elements.revision.value);
    dirty.clear();
    try {
      view.show(await postForm(form.action, body));
      keep();
    } catch (error) {
      for (const part of parts) dirty.add(part);
      if (error.status === 409) {
        stopped = true;
        keep();
        announce(error.message, "bad");
      } else {
        if (error.status === 401) announce(form.dataset.saySignedOut, "warn");
        timer = setTimeout(flush, AGAIN_MS);
      }
      throw error;
    }
  }

  async function flush() {
    clearTimeout(timer);
    while (running) await running.catch(() => {});
    while (dirty.size && !stopped) {
      running = saveOnce();
      try {
        await running;
      } catch {
        return false;
      } finally {
        running = null;
      }
    }
    return dirty.size === 0;
  }

  const mark = ({ target }) => {
    if (!target.name || target.type === "file" || !/[.!]/.test(target.name) || stopped) return;
    dirty.add(partOf(target.name));
    keep();
    clearTimeout(timer);
    timer = setTimeout(flush, TYPING_MS);
  };
  form.addEventListener("input", mark);
  form.addEventListener("change", mark);
  addEventListener("pagehide", keep);

  const left = copy.read();
  if (left?.fields?.length) {
    for (const part of left.parts) restore(form, part, left.fields);
    for (const part of left.parts) dirty.add(part);
    // The server compares: what it has already is no conflict, what somebody changed since is not overwritten.
    form.elements.revision.value = left.revision;
    announce(form.dataset.sayRestored, "info");
    timer = setTimeout(flush, 0);
  }
  return { flush, isDirty: () => dirty.size > 0 && !stopped };
}

function restore(form, part, fields) {
  const values = new Map();
  for (const [name, value] of fields) if (partOf(name) === part) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || partOf(field.name) !== part || field.type === "file") continue;
    const kept = values.get(field.name) ?? [];
    if (field.type === "radio" || field.type === "checkbox") field.checked = kept.includes(field.value);
    else if (kept.length) field.value = kept[0];
  }
}

/** While photos are being prepared, ask for news: often at first, then less and less often. */
function watch(form, view) {
  let pause = 800;
  let timer = 0;
  const ask = async () => {
    timer = 0;
    if (document.hidden) {
      document.addEventListener("visibilitychange", plan, { once: true });
      return;
    }
    try {
      view.show(await getJSON(form.dataset.status));
    } catch {
      plan();
    }
  };
  const plan = () => {
    if (timer) return;
    timer = setTimeout(ask, pause);
    pause = Math.min(pause * 1.4, 10000);
  };
  view.busy.listeners.push(plan);
  form.addEventListener("change", ({ target }) => {
    if (target.type === "file") pause = 800;
  });
  if (view.busy.now) plan();
}

/** Sending waits for what is still being saved or sent. */
function sendWhenSaved(form, saves, uploads) {
  let passed = false;
  let leaving = false;
  form.addEventListener("submit", async (event) => {
    if (passed) return;
    event.preventDefault();
    const button = event.submitter;
    if (uploads.isMoving()) {
      announce(form.dataset.saySending, "warn");
      return;
    }
    await saves.flush();
    leaving = true;
    // With nothing to save we are still inside the submit that was just stopped, and a form ignores a second one there.
    setTimeout(() => {
      passed = true;
      form.requestSubmit(button);
      passed = false;
    });
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && uploads.wouldBeLost()) event.preventDefault();
  });
}

/** A link to something that is missing opens the card that it lies in and puts the focus there. */
function goTo(id) {
  const target = document.getElementById(decodeURIComponent(id));
  if (!target) return;
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  target.scrollIntoView({ block: "center" });
  const field = target.matches("[data-place]") ? target.querySelector("input, button") : target;
  field?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-goto], .steps a, .errsum a");
  const id = link?.getAttribute("href") ?? "";
  if (!id.startsWith("#")) return;
  event.preventDefault();
  history.replaceState(null, "", id);
  goTo(id.slice(1));
  const card = document.getElementById(id.slice(1));
  if (card instanceof HTMLDetailsElement) card.open = true;
});

const form = document.querySelector("[data-entry]");
if (form) {
  const view = makeView(form);
  const uploads = photos(form, view, readOut);
  const saves = autosave(form, view);
  watch(form, view);
  sendWhenSaved(form, saves, uploads);
  if (location.hash) goTo(location.hash.slice(1));
}
