// Minus and plus beside a number field. The field itself works without them.
for (const box of document.querySelectorAll("[data-stepper]")) {
  const input = box.querySelector("input");
  const buttons = [...box.querySelectorAll("button[data-step]")];
  const low = input.min === "" ? -Infinity : Number(input.min);
  const high = input.max === "" ? Infinity : Number(input.max);

  const refresh = () => {
    for (const button of buttons) {
      const value = Number(input.value || 0);
      button.disabled = Number(button.dataset.step) < 0 ? value <= low : value >= high;
    }
  };

  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = Number(input.value || 0) + Number(button.dataset.step);
      input.value = String(Math.min(high, Math.max(low, next)));
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      refresh();
    });
  }
  input.addEventListener("input", refresh);
  refresh();
}
