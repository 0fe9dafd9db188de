// Saved comments: Q, W, E put the first three into a pin, / opens them all; placeholders are filled for this piece.
import { announce } from "./flash.js";
import { postForm } from "./http.js";

const FIRST = ["Q", "W", "E"];

/**
 * @param {HTMLFormElement} form
 * @param {{target: () => {field: HTMLTextAreaElement, step: string, criterionTitle: string, photo: string}}} on
 */
export function comments(form, on) {
  const box = document.querySelector("[data-picker]");
  const list = box.querySelector("[data-picker-list]");
  const find = box.querySelector("[data-picker-find]");
  const words = form.dataset;
  let target = null;
  let atCaret = false;

  const all = () => [...list.querySelectorAll("[data-comment]")];
  const textOf = (line) => line.querySelector("[data-comment-text]").textContent;
  const buttonsShown = () => all().filter((line) => !line.hidden).map((line) => line.querySelector("button"));

  function fill(text, to) {
    const values = {
      student: words.fillStudent, piece: words.fillPiece, try: words.fillTry, exercise: words.fillExercise,
      skin: words.fillSkin, criterion: to.criterionTitle, step: to.criterionTitle, photo: to.photo,
    };
    return text.replace(/\{([a-z_]+)\}/g, (whole, name) => values[name] || whole);
  }

  /** Put a comment where the caret is in an open field, else at its end. */
  function insert(line, to) {
    const { field } = to;
    const text = fill(textOf(line), to);
    if (atCaret) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    else field.value = [field.value.trim(), text].filter(Boolean).join("\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  /** Those of this step first, then those of any step; the picker also has the rest. */
  function ranked(step) {
    const rank = (line) => (line.dataset.step && line.dataset.step === step ? 0 : line.dataset.step ? 2 : 1);
    return all().map((line, place) => ({ line, place })).sort((a, b) => rank(a.line) - rank(b.line) || a.place - b.place).map(({ line }) => line);
  }

  const fitting = (step) =>
    ranked(step).filter((line) => !line.dataset.step || line.dataset.step === step).slice(0, FIRST.length);

  function search() {
    const wanted = find.value.trim().toLowerCase();
    for (const line of all()) line.hidden = wanted !== "" && !textOf(line).toLowerCase().includes(wanted);
    box.querySelector("[data-picker-none]").hidden = buttonsShown().length > 0;
  }

  function open(to, caret = false) {
    target = to;
    atCaret = caret;
    list.append(...ranked(to.step));
    find.value = "";
    search();
    box.showModal();
    find.focus();
  }

  function choose(line) {
    box.close();
    insert(line, target);
    target.field.focus();
  }

  find.addEventListener("input", search);
  box.addEventListener("keydown", (event) => {
    const shown = buttonsShown();
    const here = shown.indexOf(document.activeElement);
    if (event.key === "Enter" && event.target === find) {
      event.preventDefault();
      if (shown[0]) choose(shown[0].closest("[data-comment]"));
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      shown[Math.min(shown.length - 1, here + 1)]?.focus();
    } else if (event.key === "ArrowUp") {
      event.preventDefault();
      (here > 0 ? shown[here - 1] : find).focus();
    }
  });
  list.addEventListener("click", (event) => {
    const line = event.target.closest("[data-comment]");
    if (line) choose(line);
  });
  box.querySelector("[data-picker-close]").addEventListener("click", () => box.close());
  box.addEventListener("close", () => target?.field.offsetParent && target.field.focus());

  const keepButton = box.querySelector("[data-picker-keep]");
  keepButton.addEventListener("click", async () => {
    const text = target.field.value.trim();
    const data = new FormData();
    data.append("text", text);
    data.append("step", target.step);
    try {
      const kept = await postForm(keepButton.dataset.url, data, { quiet: true });
      const line = document.createElement("li");
      line.dataset.comment = line.dataset.mine = "";
      line.dataset.step = kept.step;
      line.innerHTML = '<button type="button"><span class="pre-line break" data-comment-text></span></button>';
      line.querySelector("[data-comment-text]").textContent = kept.text;
      if (!all().some((each) => textOf(each) === kept.text && each.dataset.step === kept.step)) list.prepend(line);
      announce(keepButton.dataset.kept, "ok");
      box.close();
    } catch (error) {
      announce(error.problem?.problems?.[0] ?? error.message, "bad");
    }
  });

  // At the beginning of a line a slash asks for a comment, as in most editors; anywhere else it is a slash.
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "/" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!field.matches("textarea[data-pin-text], #note") || field.selectionStart !== field.selectionEnd) return;
    const before = field.value.slice(0, field.selectionStart);
    if (before !== "" && !before.endsWith("\n")) return;
    event.preventDefault();
    open({ ...on.target(), field }, true);
  });

  return {
    open: () => open(on.target()),
    /** Put the nth comment of the step (0, 1, 2) into the pin at hand or the note. */
    quick(n) {
      const to = on.target();
      const line = fitting(to.step)[n];
      atCaret = false;
      if (line) insert(line, to);
    },
    /** Fill the list of a pin's fields with the three comments of its criterion. */
    offer(place, to) {
      const lines = fitting(to.step);
      place.hidden = lines.length === 0;
      place.replaceChildren(
        ...lines.map((line, n) => {
          const item = document.createElement("li");
          const button = document.createElement("button");
          button.type = "button";
          const key = document.createElement("kbd");
          key.textContent = FIRST[n];
          const text = document.createElement("span");
          text.textContent = fill(textOf(line), to);
          button.append(key, text);
          button.addEventListener("click", () => {
            atCaret = false;
            insert(line, to);
            to.field.focus();
          });
          item.append(button);
          return item;
        }),
      );
    },
  };
}
