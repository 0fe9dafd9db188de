// Counts down how long a decision can be taken back, and takes the offer away when it is over.
for (const bar of document.querySelectorAll("[data-undo]")) {
  const left = bar.querySelector("[data-undo-left]");
  const until = performance.now() + Number(bar.dataset.seconds) * 1000;
  const tick = () => {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    left.textContent = String(Math.max(0, seconds));
    if (seconds > 0) return;
    clearInterval(clock);
    // Whoever stands on the button must not fall off the page.
    if (bar.contains(document.activeElement)) document.querySelector("main")?.focus();
    bar.remove();
  };
  const clock = setInterval(tick, 250);
  tick();
}

/** Take the newest decision back, when there still is one; true when there was. */
export function takeBack() {
  const button = document.querySelector("[data-undo-button]");
  button?.click();
  return Boolean(button);
}
