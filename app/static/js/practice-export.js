// While a copy of the log is made, its bar moves; when it is ready the page shows where to get it.
import { getJSON } from "./http.js";

for (const row of document.querySelectorAll("[data-export]")) {
  let pause = 700;
  const bar = row.querySelector("progress");
  const ask = async () => {
    try {
      const left = await getJSON(row.dataset.export);
      if (left.state !== "waiting") {
        location.reload();
        return;
      }
      bar.max = Math.max(left.total, 1);
      bar.value = left.done;
    } catch {
      // Asked again below; without an answer the page stays as it is, with its link to look again.
    }
    pause = Math.min(pause * 1.3, 8000);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}
