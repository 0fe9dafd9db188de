// The points of a redo: each tick is saved at once. Without script the form on the page of the notes has a button.
import { postForm } from "./http.js";

for (const form of document.querySelectorAll("[data-points]")) {
  const said = form.querySelector("[data-points-said]");
  const button = form.querySelector("[data-points-save]");
  for (const fieldset of form.querySelectorAll("fieldset")) fieldset.disabled = false;
  if (button) button.hidden = true;
  // Saves wait for each other, so that the last tick is what is kept.
  let last = Promise.resolve();

  const save = async () => {
    try {
      await postForm(form.action, new FormData(form), { quiet: true });
      said.textContent = form.dataset.saved;
    } catch {
      said.textContent = form.dataset.failed;
      if (button) button.hidden = false;
    }
  };
  form.addEventListener("change", () => {
    last = last.then(save);
  });
}
