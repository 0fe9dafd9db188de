// One item of a quiz: saves each change at once, tells the truth about it, never loses what was typed, and never
// lets an old request overwrite a newer answer. Without this script the form's buttons save and go.
//
// Each request names the revision that this page last saw. The server refuses one that was overtaken (409 "stale"),
// so a request that hung in the network cannot undo a later one; what the page holds is then sent again on top.
import { announce } from "./flash.js";
import { postForm } from "./http.js";
import { leaveQuietly } from "./savestate.js";
import { refreshColors } from "./quiz-color.js";
import { sortByNumber } from "./quiz-order.js";
import { resync } from "./quiz-timer.js";
import { recount } from "./quiz-words.js";

const TYPING_MS = 700;
const AGAIN_MS = 10000;
const LAST_WORD_MS = 8000;

const form = document.getElementById("answer");
const DRAFTS = "vermilion:answer:";
const draftKey = DRAFTS + location.pathname;
let revision = Number(form.elements.revision.value);
let changes = 0; // counts what was changed on this page
let savedChanges = 0; // as far as the server has confirmed
let running = null; // the one request that saves, if any
let due = 0; // the timer of the next save
let leaving = false;

const unsaved = () => changes > savedChanges;

// --- what the page holds --------------------------------------------------------------------------------------

function fields() {
  return [...new FormData(form)].filter(([name]) => name !== "csrf_token" && name !== "revision");
}

function keepDraft() {
  try {
    localStorage.setItem(draftKey, JSON.stringify({ revision, fields: fields() }));
  } catch {
    // A full or forbidden storage: the answer still stands on the page.
  }
}

function dropDraft() {
  try {
    localStorage.removeItem(draftKey);
  } catch {
    // There was none.
  }
}

/** Answers of other attempts have nothing to do on this device any more. */
function dropOldDrafts() {
  const ours = draftKey.slice(0, draftKey.lastIndexOf("/"));
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(DRAFTS) && !key.startsWith(ours)) localStorage.removeItem(key);
    }
  } catch {
    // No storage, no drafts.
  }
}

/** Bring back an answer that a lost connection or a closed tab kept from the server. */
function restoreDraft() {
  let draft = null;
  try {
    draft = JSON.parse(localStorage.getItem(draftKey));
  } catch {
    return;
  }
  if (!draft) return;
  if (draft.revision !== revision) {
    dropDraft(); // something newer was saved since, perhaps on another device
    return;
  }
  const held = new Map();
  for (const [name, value] of draft.fields) held.set(name, [...(held.get(name) ?? []), value]);
  for (const control of form.elements) {
    if (!control.name || ["hidden", "submit", "button"].includes(control.type)) continue;
    const values = held.get(control.name) ?? [];
    if (control.type === "radio" || control.type === "checkbox") control.checked = values.includes(control.value);
    else control.value = values[0] ?? "";
  }
  sortByNumber();
  refreshColors();
  recount();
  changed(0);
}

// --- saving ---------------------------------------------------------------------------------------------------

function changed(delay) {
  changes += 1;
  keepDraft();
  showRefusal("");
  form.querySelector("[data-saved-words]").hidden = true; // it speaks of the answer before
  clearTimeout(due);
  due = setTimeout(save, delay);
}

/** Save until nothing is left to save; there is never more than one such loop. */
function save() {
  clearTimeout(due);
  running ??= saveAll().finally(() => {
    running = null;
  });
  return running;
}

async function saveAll() {
  while (unsaved() && !leaving) {
    const upTo = changes;
    try {
      confirmed(await post(), upTo);
    } catch (error) {
      if (!recover(error)) return;
    }
  }
}

function post(go) {
  const data = new FormData(form);
  data.set("revision", String(revision));
  if (go) data.set("go", go);
  return postForm(form.action, data);
}

function confirmed(result, upTo) {
  revision = result.revision;
  savedChanges = Math.max(savedChanges, upTo);
  resync(result.seconds_left);
  if (unsaved()) keepDraft();
  else dropDraft();
  showSaved(result);
}

/** After a refused or lost request: true when it is worth asking again at once. */
function recover(error) {
  const { status, problem } = error;
  if (leaving) return false;
  if (status === 409 && problem?.code === "stale") {
    revision = problem.revision;
    return true;
  }
  if (status === 409 || status === 410) {
    if (problem?.code !== "paused") dropDraft(); // after a pause the answer is still wanted
    go(form.dataset.result);
  } else if (status === 422) {
    savedChanges = changes; // asking again would be refused again
    form.querySelector("[data-saved-words]").hidden = true;
    showRefusal(problem?.problems?.[0] ?? error.message);
  } else if (status === 0 || status >= 500 || status === 429) {
    due = setTimeout(save, AGAIN_MS);
  } else {
    announce(error.message, "bad");
  }
  return false;
}

// --- going on -------------------------------------------------------------------------------------------------

function leave() {
  leaving = true;
  leaveQuietly();
}

function go(address) {
  leave();
  location.assign(address);
}

/** Save and go where a button points. The browser's own request is not used: it would lose the answer offline. */
async function move(button) {
  const target = button?.value ?? "next";
  clearTimeout(due);
  changes += 1; // the move itself is to be confirmed
  keepDraft();
  button?.setAttribute("aria-busy", "true");
  try {
    for (let tries = 0; tries < 5; tries += 1) {
      const upTo = changes;
      try {
        const result = await post(target);
        if (leaving) return;
        confirmed(result, upTo);
        if (!unsaved()) {
          go(result.next);
          return;
        }
      } catch (error) {
        if (!recover(error)) {
          if (error.status === 422) form.querySelector("[data-fields] :is(input, select, textarea)").focus();
          return;
        }
      }
    }
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

// --- telling --------------------------------------------------------------------------------------------------

function showRefusal(sentence) {
  const line = form.querySelector("[data-refused]");
  line.hidden = !sentence;
  const words = line.querySelector("span") ?? line.appendChild(document.createElement("span"));
  words.textContent = sentence;
  const typed = form.querySelectorAll("[data-fields] :is(input[type=text], textarea)");
  const field = typed.length === 1 ? typed[0] : null; // of several, the sentence says which
  if (sentence) {
    field?.setAttribute("aria-invalid", "true");
    document.querySelector("[data-savestate]").hidden = true; // it would speak of the connection
  } else {
    field?.removeAttribute("aria-invalid");
  }
}

function showSaved({ answered, flagged }) {
  const words = form.querySelector("[data-saved-words]");
  words.textContent = answered ? words.dataset.yes : words.dataset.no;
  words.hidden = unsaved();
  const here = document.querySelector("[data-here]");
  here.classList.toggle("done", answered);
  here.classList.toggle("flag", flagged);
  const note = here.querySelector("[data-yes]");
  note.textContent = [answered && note.dataset.yes, flagged && note.dataset.flagged].filter(Boolean).map((word) => `, ${word}`).join("");
  const nav = here.parentElement;
  const count = nav.querySelectorAll(".done").length;
  document.querySelector("[data-answered]").value = count;
  const line = document.querySelector("[data-count]");
  line.textContent = line.dataset.words.replace("{n}", String(count)).replace("{f}", String(nav.querySelectorAll(".flag").length));
}

// --- events ---------------------------------------------------------------------------------------------------

const isTyped = (control) => control.type === "text" || control.type === "textarea";
form.addEventListener("change", (event) => !isTyped(event.target) && changed(0));
form.addEventListener("input", (event) => isTyped(event.target) && changed(TYPING_MS));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  move(event.submitter);
});
addEventListener("online", () => unsaved() && save());
// A page that comes back from the browser's memory shows an old state.
addEventListener("pageshow", (event) => event.persisted && location.reload());
document.addEventListener("vermilion:timeover", async (event) => {
  event.preventDefault();
  const patience = new Promise((resolve) => setTimeout(resolve, LAST_WORD_MS));
  await Promise.race([unsaved() ? save() : Promise.resolve(), patience]);
  if (!navigator.onLine) await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
  leave();
  document.getElementById("handin").submit();
});

dropOldDrafts();
restoreDraft();
