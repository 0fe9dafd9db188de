// The review workspace: rubric by keyboard, pins, zoom, a draft that saves itself, decisions that are asked twice by key.
import "./savestate.js";
import { announce } from "./flash.js";
import "./review-audio.js";
import { comments } from "./review-comments.js";
import { comparing } from "./review-compare.js";
import { keepSetting, singleKeys } from "./review-keys.js";
import { prefetch } from "./review-next.js";
import { pinboard } from "./review-pins.js";
import { autosave } from "./review-save.js";
import { takeBack } from "./review-undo.js";
import { photos as photoViews } from "./review-zoom.js";

const form = document.querySelector("[data-review]");
// Which window a draft comes from: what one window writes within a minute is one version.
form.querySelector("[data-tab]").value = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
const $ = (selector, root = form) => root.querySelector(selector);
const $$ = (selector, root = form) => [...root.querySelectorAll(selector)];

// What screen readers are told about what just happened; people who see it need no message.
const voice = document.createElement("p");
voice.className = "vh";
voice.setAttribute("role", "status");
form.append(voice);
const say = (words) => {
  voice.textContent = "";
  requestAnimationFrame(() => (voice.textContent = words));
};

/* --- the rubric, row by row --- */

const side = $(".ws-side");
const rows = $$("[data-row]");
let here = -1;

function mark(next) {
  here = next;
  rows.forEach((row, place) => {
    row.classList.toggle("on", place === here);
    const log = $(".rub-log", row);
    if (log) log.open = place === here;
  });
}

/** Make a row the current one; it stays under the pointer although the row before it folds up. */
function enter(index, { focus = false } = {}) {
  const next = Math.min(rows.length - 1, Math.max(0, index));
  const row = rows[next];
  const before = row.getBoundingClientRect().top;
  if (next !== here) mark(next);
  if (focus) {
    const radio = $("input:checked", row) ?? $("input[type=radio]", row);
    radio.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  } else {
    const scroller = getComputedStyle(side).overflowY === "auto" ? side : document.scrollingElement;
    scroller.scrollBy({ top: row.getBoundingClientRect().top - before, behavior: "instant" });
  }
}

function rate(level) {
  const row = rows[Math.max(here, 0)];
  const radio = $(`input[value="${level}"]`, row);
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  say(`${$("legend", row).textContent}: ${radio.closest("label").textContent.trim()}`);
  if (level === 1) $("textarea", row).focus();
  else enter(rows.indexOf(row) + 1, { focus: true });
}

rows.forEach((row, index) => {
  row.addEventListener("focusin", () => enter(index));
  row.addEventListener("click", () => enter(index));
});

/* --- what the server says about the draft --- */

const needs = $("[data-needs]");
const place = (selector) => (needs ? $(selector, needs) : null);

function item({ href, sentence }) {
  const line = document.createElement("li");
  const link = document.createElement("a");
  link.href = href;
  link.textContent = sentence;
  line.append(link);
  return line;
}

/** After a refused decision the places are marked; what has been put right since loses its mark. */
function unmark(problems) {
  const open = new Set(problems.map((problem) => problem.sentence));
  for (const mark of $$("[data-errors] > .err")) {
    if (![...open].some((sentence) => mark.textContent.includes(sentence))) mark.remove();
  }
}

function show(answer) {
  $("[data-score]").textContent = answer.score ?? "-";
  $("[data-rated]").textContent = String(answer.rated);
  if (!needs) return;
  form.dataset.reached = answer.reached ?? "";
  const words = answer.reached
    ? [needs.dataset[`ready${answer.reached[0].toUpperCase()}${answer.reached.slice(1)}`], ...answer.reasons].join(" ")
    : "";
  const line = place("[data-reached-words]");
  if (line.textContent !== words) line.textContent = words;
  place("[data-needs-box]").hidden = answer.problems.length === 0;
  place("[data-needs-count]").textContent = String(answer.problems.length);
  place("[data-needs-list]").replaceChildren(...answer.problems.map(item));
  for (const button of $$("[data-decide]")) button.classList.toggle(button.dataset.look, button.value === answer.reached);
  unmark(answer.problems);
}

/* --- saving --- */

const conflict = $("[data-conflict]");
const keepMine = $("[data-keep-mine]");

function refused(error) {
  const state = $("[data-savestate]");
  const words = error.problem?.problems?.[0] ?? error.message;
  if (error.status === 409) {
    $("[data-conflict-words]").textContent = error.message;
    keepMine.hidden = error.problem?.revision === undefined;
    keepMine.value = error.problem?.revision ?? "";
    const isKept = Boolean(error.problem?.kept);
    $("[data-conflict-kept]").hidden = !isKept;
    $("[data-conflict-lost]").hidden = isKept;
    if (isKept) $("[data-conflict-link]").href = error.problem.url;
    conflict.hidden = false;
    conflict.focus();
  } else if (error.status !== 0) announce(words, "bad");
  if (state && error.status !== 0) $("[data-words]", state).textContent = words;
}

const draft = autosave(form, { saved: show, refused });
keepMine.addEventListener("click", () => {
  conflict.hidden = true;
  draft.resume(keepMine.value);
});

/* --- photos and pins --- */

let board = null;
const views = photoViews(form, (shot, point) => board.tap(shot, point), (shot, from, to) => board.frame(shot, from, to));
const rowOf = (criterion) => rows.find((row) => row.dataset.row === criterion);

/** Where a saved comment goes: into the pin at hand, else into the note. */
function target(pin = board.atHand) {
  const row = pin ? rowOf(pin.criterion.value) : rows[here];
  const title = row ? $(".rub-n > span", row).textContent : "";
  const photo = pin ? views.find(pin.photo)?.label ?? "" : views.current.label;
  return { field: pin ? pin.text : $("#note"), step: row?.dataset.step ?? "", criterionTitle: title, photo };
}

const bank = comments(form, { target });
board = pinboard(form, views, {
  changed: draft.touch,
  say,
  criterion: () => rows[here]?.dataset.row ?? "",
  opened: (pin) => bank.offer(pin.canned, target(pin)),
});
const compare = comparing(form, views);
$('[data-tool="pin"]').addEventListener("click", () => board.addAtCenter());
for (const name of ["input", "change"]) {
  form.addEventListener(name, (event) => {
    if (event.target.name && event.target.form === form) draft.touch();
  });
}

/* --- decisions: everything is saved first, then the form goes the plain way --- */

let sure = false;
form.addEventListener("submit", async (event) => {
  if (sure) return;
  event.preventDefault();
  event.stopPropagation();
  const button = event.submitter;
  board.close();
  const saved = await draft.flush();
  if (button?.hasAttribute("data-save")) return;
  // A draft that cannot be saved (somebody else's version, no connection) must not be decided by.
  if (!saved) return;
  sure = true;
  // With nothing to save we are still inside the submit that was just stopped, and a form ignores a second one there.
  setTimeout(() => form.requestSubmit(button));
});
addEventListener("pageshow", () => (sure = false));

const confirmBox = document.querySelector("[data-confirm]");
let pending = null;

function ask(result) {
  pending = $(`[data-decide][value="${result}"]`);
  const title = $("[data-confirm-title]", confirmBox);
  title.textContent = title.dataset[result];
  const count = Number(place("[data-needs-count]").textContent);
  const left = count ? place("summary").textContent.trim() : "";
  $("[data-confirm-words]", confirmBox).textContent = [place("[data-reached-words]").textContent, left].filter(Boolean).join(" ");
  confirmBox.showModal();
  // Not on the button: somebody who believes to be writing a note would press it with the next space.
  confirmBox.focus();
}

function answer(yes) {
  confirmBox.close();
  if (yes) form.requestSubmit(pending);
}

if (confirmBox) {
  $("[data-confirm-yes]", confirmBox).addEventListener("click", () => answer(true));
  $("[data-confirm-no]", confirmBox).addEventListener("click", () => answer(false));
  confirmBox.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== confirmBox) return;
    event.preventDefault();
    answer(true);
  });
}

/* --- keys --- */

const help = document.querySelector("[data-help]");
help?.querySelector("[data-help-close]").addEventListener("click", () => help.close());

const keys = {
  j: () => enter(here + 1, { focus: true }),
  k: () => enter(here - 1, { focus: true }),
  p: () => board.addAtCenter(),
  u: () => board.undo() || takeBack(),
  q: () => bank.quick(0),
  w: () => bank.quick(1),
  e: () => bank.quick(2),
  z: views.toggleZoom,
  "+": views.zoomIn,
  "=": views.zoomIn,
  "-": views.zoomOut,
  m: views.mirror,
  g: views.guide,
  h: views.hide,
  c: compare.toggle,
  "[": () => views.step(-1),
  "]": () => views.step(1),
  "/": bank.open,
  n: () => $("#note").focus(),
};
for (const level of [1, 2, 3, 4]) keys[String(level)] = () => rate(level);
if (confirmBox) {
  keys.a = () => ask("approved");
  keys.r = () => ask("resubmit");
  keys["?"] = () => help.showModal();
}
const keyBox = $("[data-keys]");
keyBox.hidden = false;
const keyToggle = $("[data-single-keys]", keyBox);
const goesOn = $("[data-goes-on]");
const remember = () => keepSetting(form.dataset.settings, { single_keys: keyToggle.checked, goes_on: goesOn.checked });
singleKeys(keys, { on: !("noKeys" in form.dataset), toggle: keyToggle, changed: remember });
goesOn.addEventListener("change", remember);

// Enter in a field saves nothing by accident and submits nothing; Escape leaves a field for its row.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  if (event.key === "Escape" && !event.defaultPrevented && event.target.matches("textarea, select")) enter(here, { focus: true });
});

prefetch(form.dataset.next);
form.classList.add("is-live");
mark(Math.max(0, rows.findIndex((row) => !$("input:checked", row))));
