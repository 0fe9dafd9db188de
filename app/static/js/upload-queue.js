// Photos on their way, one at a time, in the order in which they were chosen. They are kept on this device first
// (upload-store.js) and leave it only when the server has made a photo of them; whichever page is open sends them.
//
// Events on `document`: "vermilion:upload" with detail {key, entry, state, ...}:
//   kept     it waits its turn, or for the connection (isKept = it would survive a reload)
//   sending  bytes of total have arrived
//   waiting  the connection is gone; it goes on by itself
//   signed-out, full, refused   what a person must know (error); the first two go on by themselves
//   saved    the server has it
//   dropped  it is not wanted any more
import { renewToken } from "./http.js";
import { change, forget, keep, waiting as keptPhotos } from "./upload-store.js";
import { endUpload, sendParts } from "./upload-tus.js";

const AGAIN_MS = 15000;
const FULL_MS = 60000;
const LOCK = "vermilion-uploads";

const jobs = new Map();
let running = false;

function tell(job, state, detail = {}) {
  job.state = state;
  document.dispatchEvent(
    new CustomEvent("vermilion:upload", { detail: { key: job.record.key, entry: job.record.entry, sha256: job.record.sha256, state, ...detail } }),
  );
}

const isDue = (job) => !["refused", "saved"].includes(job.state) && (job.notBefore ?? 0) <= Date.now();

/** Deal with what trying again at once cannot mend. */
function setAside(job, error) {
  if (error.status === 401) {
    job.notBefore = Date.now() + AGAIN_MS;
    tell(job, "signed-out", { error });
  } else if (error.status === 507) {
    job.notBefore = Date.now() + Math.max(FULL_MS, error.pauseMs || 0);
    tell(job, "full", { error });
  } else {
    tell(job, "refused", { error });
  }
}

async function sendOne(job) {
  const { record } = job;
  job.stop = new AbortController();
  const total = record.blob.size;
  try {
    if (job.state === "signed-out") await renewToken();
    await sendParts(record, {
      onProgress: (bytes) => tell(job, "sending", { bytes, total }),
      onWait: (error) => tell(job, "waiting", { error, isKept: job.isKept }),
      onAddress: (url) => {
        record.url = url;
        change(record.key, { url });
      },
      signal: job.stop.signal,
    });
    await forget(record.key);
    jobs.delete(record.key);
    tell(job, "saved", { total });
  } catch (error) {
    if (!job.stop.signal.aborted) setAside(job, error);
  }
}

async function work() {
  for (;;) {
    const job = [...jobs.values()].find(isDue);
    if (!job) return;
    await sendOne(job);
  }
}

/** Send what is due. Two windows must not send the same photo; where locks are missing the server tells them apart. */
async function pump() {
  if (running || ![...jobs.values()].some(isDue)) return;
  running = true;
  try {
    if (navigator.locks) await navigator.locks.request(LOCK, work);
    else await work();
  } finally {
    running = false;
  }
  if ([...jobs.values()].some(isDue)) pump();
}

/**
 * Keep a photo on this device and send it.
 * @returns {Promise<"kept"|"full"|"none">} whether the device keeps it; it is sent in any case
 */
export async function add(record) {
  const place = await keep(record);
  const job = { record, isKept: place === "kept" };
  jobs.set(record.key, job);
  tell(job, "kept", { isKept: job.isKept });
  pump();
  return place;
}

/** Try a photo again at once. */
export function retry(key) {
  const job = jobs.get(key);
  if (!job) return;
  job.notBefore = 0;
  tell(job, "kept", { isKept: job.isKept });
  pump();
}

/** Give a photo up. */
export async function drop(key) {
  const job = jobs.get(key);
  if (!job) return;
  jobs.delete(key);
  job.stop?.abort();
  await forget(key);
  endUpload(job.record.url);
  tell(job, "dropped");
}

/** The photos that are on their way. */
export const all = () => [...jobs.values()].map((job) => ({ ...job.record, state: job.state, isKept: job.isKept }));

/** Take up what this device kept, and go on with it; resolves with the records that were found. */
export async function resume() {
  const found = (await keptPhotos()).filter((record) => !jobs.has(record.key));
  for (const record of found) jobs.set(record.key, { record, isKept: true, state: "kept" });
  pump();
  return found;
}

const again = () => {
  // Somebody is back: from the sign-in in another window, from a tunnel.
  for (const job of jobs.values()) if (job.state !== "full") job.notBefore = 0;
  pump();
};
addEventListener("online", again);
addEventListener("focus", again);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) again();
});
setInterval(pump, AGAIN_MS / 3);
