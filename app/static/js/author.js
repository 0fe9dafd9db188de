// The editor of an item: line numbers beside the text, a jump to the line of a problem, and a preview that follows.
// A pause in typing sends the form to "Check", which saves nothing, and takes over preview and problems from its page.
// Without this script the button "Check" does the same. Markup: content/instructor_item_edit.html.

import { postForm } from "./http.js";

const PAUSE_MS = 900;
const form = document.querySelector("#edit");
const text = form.elements.source;
const numbers = document.querySelector("[data-lines]");
const says = document.querySelector("[data-author-says]");
let timer = 0;
let asked = 0;
let state = document.querySelector('[data-preview] [aria-pressed="true"]')?.value ?? "unanswered";

function number() {
  const count = text.value.split("\n").length;
  numbers.textContent = Array.from({ length: count }, (_line, index) => index + 1).join("\n");
  numbers.scrollTop = text.scrollTop;
}

function goTo(line) {
  const before = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  const end = text.value.indexOf("\n", before);
  text.focus();
  text.setSelectionRange(before, end < 0 ? text.value.length : end);
  text.scrollTop = (line - 4) * parseFloat(getComputedStyle(text).lineHeight);
}

function takeOver(page, selector) {
  const fresh = page.querySelector(selector);
  const here = document.querySelector(selector);
  if (fresh && here) here.replaceChildren(...fresh.childNodes);
  return here;
}

async function check() {
  clearTimeout(timer);
  asked += 1;
  const mine = asked;
  const data = new FormData(form);
  data.set("state", state);
  let answer;
  try {
    answer = await postForm(form.dataset.check, data, { quiet: true, retries: 0 });
  } catch {
    return; // the button still works, and says what is wrong
  }
  if (mine !== asked || typeof answer !== "string") return; // typed on meanwhile: a newer one is on its way
  const page = new DOMParser().parseFromString(answer, "text/html");
  const had = document.activeElement?.closest("[data-preview]") ? document.activeElement.value : null;
  takeOver(page, "[data-preview]");
  if (had) document.querySelector(`[data-preview] button[value="${CSS.escape(had)}"]`)?.focus();
  const found = takeOver(page, "[data-findings]");
  for (const alert of found.querySelectorAll('[role="alert"], [role="status"]')) alert.removeAttribute("role");
  says.textContent = says.dataset.words.replace("{n}", String(found.querySelectorAll("li").length));
}

text.addEventListener("input", () => {
  number();
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
});
text.addEventListener("scroll", () => {
  numbers.scrollTop = text.scrollTop;
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (link) {
    event.preventDefault();
    goTo(Number(link.dataset.line));
    return;
  }
  const button = event.target.closest("[data-preview] button");
  if (button) {
    event.preventDefault();
    state = button.value;
    check();
  }
});
numbers.hidden = false;
number();
