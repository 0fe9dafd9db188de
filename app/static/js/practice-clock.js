// The clock runs on the server; here its minutes are only told.
for (const words of document.querySelectorAll("[data-since]")) {
  const since = Date.parse(words.dataset.since);
  const tell = () => {
    const minutes = Math.max(0, Math.floor((Date.now() - since) / 60000));
    words.textContent = words.dataset.words.replace("{n}", String(minutes));
  };
  tell();
  setInterval(tell, 15000);
}
