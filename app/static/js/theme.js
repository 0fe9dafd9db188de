/* Light, dark or as the device says. A classic script in the head: the choice must stand before the first paint.
   Without it (or without storage) the page follows the device. */
(() => {
  const KEY = "vermilion.theme";
  const root = document.documentElement;

  const stored = () => {
    try {
      const value = localStorage.getItem(KEY);
      return value === "light" || value === "dark" ? value : "device";
    } catch {
      return "device";
    }
  };

  const apply = (choice) => {
    if (choice === "device") delete root.dataset.theme;
    else root.dataset.theme = choice;
  };

  const show = (choice) => {
    for (const group of document.querySelectorAll("[data-theme-choice]")) {
      group.hidden = false;
      for (const button of group.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", String(button.value === choice));
      }
    }
  };

  const choose = (choice) => {
    apply(choice);
    show(choice);
    try {
      if (choice === "device") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      /* Storage is blocked: the choice lasts for this page. */
    }
  };

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => show(stored()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice] button");
    if (button) choose(button.value);
  });
  addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    apply(stored());
    show(stored());
  });
})();
