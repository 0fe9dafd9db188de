// Forms: move to the summary of errors after a refused submit, and never send the same form twice.
const summary = document.querySelector("[data-autofocus]");
if (summary) summary.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  // Long enough for a double tap, short enough to try again when the connection fails or a file was downloaded.
  setTimeout(() => delete form.dataset.sent, 4000);
});

// Coming back with the browser's button shows the page as it was: let the form be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
