// A certificate's page: print the answer with its time, copy its address. Without script the browser does both.
import { announce } from "./flash.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      announce(button.dataset.copied, "ok");
    } catch {
      // The browser refused; showing the address lets it be copied by hand.
      announce(button.dataset.copy);
    }
  });
}
