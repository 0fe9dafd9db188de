// Send a file with its progress. fetch() cannot tell how much has gone, so this is an XMLHttpRequest.
import { HttpError } from "./http.js";

// A request that moves may take as long as it needs; one that stands still is given up and tried again.
const STALL_MS = 30000;
const ANSWER_MS = 90000;
const PAUSES_MS = [1000, 4000, 10000];

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const backOnline = () =>
  navigator.onLine ? Promise.resolve() : new Promise((resolve) => addEventListener("online", resolve, { once: true }));

function once(url, body, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const within = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), ms);
    };
    const lost = () => reject(new HttpError("The connection is gone.", 0));
    request.open("POST", url);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]')?.content ?? "");
    request.upload.addEventListener("progress", (event) => {
      within(STALL_MS);
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.upload.addEventListener("load", () => within(ANSWER_MS));
    request.addEventListener("error", lost);
    request.addEventListener("abort", lost);
    request.addEventListener("loadend", () => clearTimeout(timer));
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(new HttpError(answer?.detail || `The server answered ${request.status}.`, request.status, answer));
    });
    within(STALL_MS);
    request.send(body);
  });
}

/**
 * Send a form with a file. Only for requests that may arrive twice; lost connections are tried again.
 * @param {string} url
 * @param {FormData} body
 * @param {(share: number) => void} onProgress called with 0..1
 * @returns {Promise<object|null>} the parsed answer
 * @throws {HttpError} status 0 when the connection stayed away
 */
export async function sendFile(url, body, onProgress) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await once(url, body, onProgress);
    } catch (error) {
      const again = error.status === 0 || error.status === 502 || error.status === 503;
      if (!again || attempt >= PAUSES_MS.length) throw error;
      onProgress(0);
      await (navigator.onLine ? wait(PAUSES_MS[attempt]) : backOnline());
    }
  }
}
