// On any page of a student: photos that were left on this device go on their way by themselves.
import { announce } from "./flash.js";

const FLAG = "vermilion:unsent";

function isAnythingLeft() {
  try {
    return localStorage.getItem(FLAG) !== null;
  } catch {
    return false;
  }
}

async function sendWhatIsLeft(words) {
  const { resume } = await import("./upload-queue.js");
  let saved = 0;
  const found = await resume();
  if (!found.length) return;
  announce(words.sayLeft.replace("{n}", String(found.length)), "info");
  document.addEventListener("vermilion:upload", ({ detail }) => {
    if (detail.state !== "saved") return;
    saved += 1;
    if (saved === found.length) announce(words.sayArrived, "ok");
  });
}

const words = document.querySelector("[data-say-arrived]");
if (words && isAnythingLeft()) sendWhatIsLeft(words.dataset);
