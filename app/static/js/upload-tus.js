// One file to the server by the tus 1.0.0 protocol (https://tus.io): announced, sent in parts, gone on with after every
// interruption from where the server says it stands. Parts grow while the network carries them and shrink when it breaks.
import { HttpError, renewToken, token } from "./http.js";

const KB = 1024;
const SMALLEST = 64 * KB;
const FIRST = 128 * KB;
const LARGEST = 1024 * KB;
const AIM_MS = 2500;
const STALL_MS = 12000;
const ANSWER_MS = 60000;
const PAUSES_MS = [500, 1000, 2000, 5000, 10000, 20000];
const AGAIN = new Set([0, 408, 425, 429, 502, 503, 504]);

/** Wait for a time, or until the connection is back, whatever comes first. */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal?.addEventListener("abort", done);
  });
}

const inBase64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

function metadata(facts) {
  const given = Object.entries(facts).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.map(([key, value]) => `${key} ${inBase64(String(value))}`).join(",");
}

/** One request; fetch() cannot tell how much of a body has gone, so this is an XMLHttpRequest. */
function ask(method, url, { headers = {}, body = null, onSent = () => {}, signal } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer = 0;
    const within = (ms) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), ms);
    };
    const stop = () => request.abort();
    const lost = () => reject(new HttpError("The connection is gone.", 0));
    request.open(method, url);
    const all = { Accept: "application/json", "X-CSRFToken": token(), "Tus-Resumable": "1.0.0", ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      within(STALL_MS);
      onSent(event.loaded);
    });
    request.upload.addEventListener("load", () => within(ANSWER_MS));
    request.addEventListener("error", lost);
    request.addEventListener("abort", lost);
    request.addEventListener("loadend", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300) {
        resolve(request);
        return;
      }
      let problem = null;
      try {
        problem = JSON.parse(request.responseText);
      } catch {
        // A proxy in between answers with a page of its own.
      }
      const error = new HttpError(problem?.detail || `The server answered ${request.status}.`, request.status, problem);
      error.offset = request.getResponseHeader("Upload-Offset");
      error.pauseMs = 1000 * Number(request.getResponseHeader("Retry-After") ?? 0);
      reject(error);
    });
    signal?.addEventListener("abort", stop);
    within(body ? STALL_MS : ANSWER_MS);
    request.send(body);
  });
}

/** The conversation about one file. */
class Transfer {
  constructor(record, { onProgress, onWait, onAddress, signal }) {
    Object.assign(this, { record, onProgress, onWait, onAddress, signal });
    this.url = record.url || "";
    this.offset = null; // unknown until the server has said it
    this.size = FIRST;
    this.failures = 0;
    this.renewed = false;
    this.damaged = 0;
  }

  async announce() {
    const { record } = this;
    const facts = { filename: record.name, slot: record.slot, replaces: record.replaces, key: record.key, sha256: record.sha256 };
    const headers = { "Upload-Length": String(record.blob.size), "Upload-Metadata": metadata({ ...record.capture, ...facts }) };
    const answer = await ask("POST", record.target, { headers, signal: this.signal });
    this.url = answer.getResponseHeader("Location");
    this.offset = Number(answer.getResponseHeader("Upload-Offset"));
    this.onAddress(this.url);
  }

  async look() {
    const answer = await ask("HEAD", this.url, { signal: this.signal });
    this.offset = Number(answer.getResponseHeader("Upload-Offset"));
  }

  async part() {
    const { blob } = this.record;
    const from = this.offset;
    const body = blob.slice(from, from + this.size);
    const began = performance.now();
    const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(from) };
    const onSent = (bytes) => this.onProgress(Math.min(from + bytes, blob.size));
    const answer = await ask("PATCH", this.url, { headers, body, onSent, signal: this.signal });
    this.offset = Number(answer.getResponseHeader("Upload-Offset"));
    const fitting = (body.size * AIM_MS) / Math.max(1, performance.now() - began);
    if (body.size === this.size) this.size = Math.round(Math.min(LARGEST, 2 * this.size, Math.max(SMALLEST, fitting)));
    this.failures = 0;
    this.renewed = false;
  }

  /** One step forward; true when the photo is in the piece. */
  async step() {
    if (!this.url) await this.announce();
    else if (this.offset === null) await this.look();
    this.onProgress(this.offset);
    if (this.offset < this.record.blob.size) await this.part();
    else await this.finish();
    return this.finished || this.offset === this.record.blob.size;
  }

  /** Every byte had arrived before: an empty part asks for what has become of them. */
  async finish() {
    const headers = { "Content-Type": "application/offset+octet-stream", "Upload-Offset": String(this.offset) };
    await ask("PATCH", this.url, { headers, signal: this.signal });
    this.finished = true;
  }

  /** Find a way on after a failure, or throw what a person must know. */
  async recover(error) {
    if (this.signal?.aborted) throw error;
    const { status } = error;
    this.offset = null;
    if (AGAIN.has(status)) {
      this.size = Math.max(SMALLEST, Math.round(this.size / 2));
      this.onWait(error);
      await pause(error.pauseMs || PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)], this.signal);
      this.failures += 1;
    } else if (status === 400 && error.problem?.code === "csrf" && !this.renewed) {
      this.renewed = true;
      await renewToken();
    } else if (status === 409 && error.offset !== null) {
      this.offset = Number(error.offset);
    } else if (status === 460 && this.damaged < 5) {
      this.damaged += 1;
    } else if (((status === 404 && this.url) || status === 410) && this.damaged < 5) {
      this.damaged += 1;
      this.url = ""; // it waited too long, or was lost: announced again under the same key
    } else {
      throw error;
    }
  }

  async run() {
    for (;;) {
      try {
        if (await this.step()) return;
      } catch (error) {
        if (!(error instanceof HttpError)) throw error;
        await this.recover(error);
      }
    }
  }
}

/**
 * Send a file, however often the connection breaks; resolves when the photo is in the piece.
 * @param {{key: string, target: string, url?: string, slot: string, replaces?: string, name: string, blob: Blob,
 *   sha256: string, capture: object}} record `target` is where uploads are announced, `url` where this one was before
 * @param {{onProgress: (bytes: number) => void, onWait: (error: HttpError) => void, onAddress: (url: string) => void,
 *   signal?: AbortSignal}} hooks onWait: the connection is gone, and it will be tried again
 * @throws {HttpError} for what trying again cannot mend: signed out (401), refused (4xx), disk full (507)
 */
export function sendParts(record, hooks) {
  return new Transfer(record, hooks).run();
}

/** Tell the server that an upload is not wanted any more; that it was never heard does no harm. */
export async function endUpload(url) {
  if (url) await ask("DELETE", url).catch(() => {});
}
