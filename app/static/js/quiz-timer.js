// The clock of a running attempt. The server alone decides about time; this only shows what it said, says aloud when
// five minutes and one minute are left, and hands in when the time is over. Markup: quizzes/_parts.html, timer().
//
// Event on `document`: "vermilion:timeover" when the clock reaches zero. Unless somebody prevents its default, the
// form #handin is sent.

const box = document.querySelector("[data-timer]");
const WARNINGS = [300, 60];
let endsAt = null;
let told = Infinity;
let ticking = 0;
let isOver = false;

const remaining = () => Math.max(0, Math.round((endsAt - Date.now()) / 1000));

function clockText(seconds) {
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${parts.join(":")}` : parts.join(":");
}

function say(text) {
  document.querySelector("[data-timer-says]").textContent = text;
}

function warn(seconds) {
  const due = WARNINGS.find((mark) => seconds <= mark && told > mark && seconds > mark - 30);
  if (due === undefined) return;
  told = due;
  const words = document.querySelector("[data-timer-says]").dataset;
  say(due === 60 ? words.one : words.many.replace("{n}", String(Math.round(due / 60))));
}

function over() {
  if (isOver) return;
  isOver = true;
  clearInterval(ticking);
  say(document.querySelector("[data-timer-says]").dataset.over);
  const asked = document.dispatchEvent(new CustomEvent("vermilion:timeover", { cancelable: true }));
  if (asked) document.getElementById("handin")?.requestSubmit();
}

function tick() {
  const seconds = remaining();
  const text = clockText(seconds);
  box.querySelector("[data-clock]").textContent = text;
  box.setAttribute("aria-label", box.dataset.left.replace("{time}", text));
  box.toggleAttribute("data-low", seconds <= 60);
  warn(seconds);
  if (seconds === 0) over();
}

/**
 * Set the clock by what the server said.
 * @param {number|null} seconds left; null without a limit
 */
export function resync(seconds) {
  if (!box || seconds === null || seconds === undefined) return;
  endsAt = Date.now() + seconds * 1000;
}

if (box) {
  resync(Number(box.dataset.seconds));
  ticking = setInterval(tick, 1000);
  tick();
  // A phone that slept has missed ticks.
  document.addEventListener("visibilitychange", () => !document.hidden && tick());
}
