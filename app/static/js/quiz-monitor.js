// The page of running attempts brings itself up to date: it fetches itself and takes over the part that changes.
// It waits while the page is not looked at, or while the keyboard is inside that part. Without this script: "Reload".
// Markup: quizzes/instructor_attempts.html.

const part = document.querySelector("[data-monitor]");
const words = document.querySelector("[data-monitor-says]");
const seconds = Number(part.dataset.seconds);
const TIMEOUT_MS = 10000;
let busy = false;

function say(text) {
  if (words.textContent !== text) words.textContent = text; // a status is read aloud only when it changes
}

const told = () => say(words.dataset.words.replace("{n}", String(seconds)));

async function refresh() {
  if (busy || document.hidden || part.contains(document.activeElement)) return;
  busy = true;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.redirected) location.reload(); // signed out meanwhile
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-monitor]");
    if (fresh && !part.contains(document.activeElement)) part.replaceChildren(...fresh.childNodes);
    told();
  } catch {
    say(words.dataset.lost);
  } finally {
    busy = false;
  }
}

words.hidden = false;
told();
setInterval(refresh, seconds * 1000);
document.addEventListener("visibilitychange", refresh);
