// Says truthfully whether the work on this page is saved. Markup: macros/progress.html, savestate().
// The words come from data attributes, so that they are translated with the page.

let leaving = false;

/** The page goes away by itself and holds nothing that could be lost: the browser need not ask. */
export function leaveQuietly() {
  leaving = true;
}

const ageText = (seconds, words) => {
  if (seconds < 10) return "";
  if (seconds < 60) return words.seconds.replace("{n}", String(Math.round(seconds)));
  return words.minutes.replace("{n}", String(Math.round(seconds / 60)));
};

/**
 * Follow the save events of http.js in one element.
 * @param {HTMLElement} element has data-saved, -saving, -offline, -failed, -seconds, -minutes and holds
 *   [data-words] (the live region) and [data-age] (not announced)
 */
export function followSaves(element) {
  const words = element.dataset;
  const target = element.querySelector("[data-words]");
  const age = element.querySelector("[data-age]");
  let savedAt = null;
  let open = 0;

  const show = (state, text) => {
    element.dataset.state = state;
    element.hidden = false;
    if (target.textContent !== text) target.textContent = text;
  };

  document.addEventListener("vermilion:save", ({ detail }) => {
    if (detail.state === "saving" && detail.attempt === 0) open += 1;
    if (detail.state === "saved" || detail.state === "failed") open = Math.max(0, open - 1);
    if (detail.state === "saved") {
      savedAt = detail.at;
      if (open > 0) return;
      show("saved", words.saved);
    } else {
      show(detail.state, words[detail.state]);
    }
    age.textContent = "";
  });

  addEventListener("offline", () => show("offline", words.offline));
  addEventListener("online", () => {
    if (open > 0) show("saving", words.saving);
    else if (savedAt) show("saved", words.saved);
    else element.hidden = element.dataset.state === "offline";
  });

  // The age stands outside the live region, so that it is not read out every ten seconds.
  setInterval(() => {
    if (savedAt && element.dataset.state === "saved") age.textContent = ageText((Date.now() - savedAt) / 1000, words);
  }, 10000);

  addEventListener("beforeunload", (event) => {
    if (!leaving && (open > 0 || element.dataset.state === "failed")) event.preventDefault();
  });
}

for (const element of document.querySelectorAll("[data-savestate]")) followSaves(element);
