// One way to talk to the server: CSRF header, a time limit, retries with growing pauses, and events that tell the truth.
//
// Events on `document`: "vermilion:save" with detail {state, at, attempt, error}:
//   saving   a request is on its way
//   saved    the server has confirmed it (at = Date)
//   offline  the network is not there; the request is tried again when it is back
//   failed   the server refused or did not answer after all tries (error = HttpError)

const TIMEOUT_MS = 15000;
const PAUSES_MS = [800, 2500, 6000];
const RETRY_STATUS = new Set([408, 425, 429, 502, 503, 504]);

/** A refused or lost request. `status` is 0 when no answer came; `problem` is the server's JSON, if any. */
export class HttpError extends Error {
  constructor(message, status, problem = null) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.problem = problem;
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function backOnline() {
  if (navigator.onLine) return Promise.resolve();
  return new Promise((resolve) => addEventListener("online", resolve, { once: true }));
}

function tell(state, detail = {}) {
  document.dispatchEvent(new CustomEvent("vermilion:save", { detail: { state, at: new Date(), ...detail } }));
}

/** The CSRF token of this page. */
export function token() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/**
 * Fetch the token anew: after signing in again in another window the one of this page is worth nothing any more.
 * @throws {HttpError} status 401 while nobody is signed in, 0 when the connection is gone
 */
export async function renewToken() {
  let response;
  try {
    response = await fetch(location.pathname + location.search, { credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new HttpError("The connection is gone.", 0);
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = page.querySelector('meta[name="csrf-token"]')?.content;
  const isHere = new URL(response.url).pathname === location.pathname;
  if (!response.ok || !isHere || !found) throw new HttpError("You are signed out.", 401);
  document.querySelector('meta[name="csrf-token"]').content = found;
}

async function read(response) {
  const type = response.headers.get("content-type") ?? "";
  if (response.status === 204) return null;
  return type.includes("json") ? response.json() : response.text();
}

async function once(url, options, timeout) {
  let response;
  try {
    response = await fetch(url, { ...options, signal: AbortSignal.timeout(timeout) });
  } catch (cause) {
    const late = cause?.name === "TimeoutError";
    throw new HttpError(late ? "The server took too long to answer." : "The connection is gone.", 0);
  }
  if (response.ok) return read(response);
  const body = await read(response).catch(() => null);
  const problem = body && typeof body === "object" ? body : null;
  throw new HttpError(problem?.detail || problem?.title || `The server answered ${response.status}.`, response.status, problem);
}

async function send(url, options, { timeout = TIMEOUT_MS, retries = PAUSES_MS.length, quiet = false } = {}) {
  const report = quiet ? () => {} : tell;
  const request = () => ({
    method: "POST",
    credentials: "same-origin",
    ...options,
    headers: { "X-CSRFToken": token(), Accept: "application/json", ...options.headers },
  });
  let renewed = false;
  report("saving", { attempt: 0 });
  for (let attempt = 0; ; attempt += 1) {
    try {
      const result = await once(url, request(), timeout).catch(async (error) => {
        if (error.problem?.code !== "csrf" || renewed) throw error;
        renewed = true;
        await renewToken();
        return once(url, request(), timeout);
      });
      report("saved", { attempt });
      return result;
    } catch (error) {
      const again = error.status === 0 || RETRY_STATUS.has(error.status);
      if (!again || attempt >= retries) {
        report(error.status === 0 && !navigator.onLine ? "offline" : "failed", { attempt, error });
        throw error;
      }
      if (!navigator.onLine) {
        report("offline", { attempt, error });
        await backOnline();
        report("saving", { attempt: attempt + 1 });
      } else {
        await wait(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] * (0.75 + Math.random() / 2));
      }
    }
  }
}

/**
 * Send a form. Only for requests that are safe to repeat (the server saves the same thing twice as once).
 * @param {string} url
 * @param {FormData|HTMLFormElement} formData
 * @param {{timeout?: number, retries?: number, quiet?: boolean}} [options] timeout in milliseconds
 * @returns {Promise<object|string|null>} the parsed answer
 * @throws {HttpError}
 */
export function postForm(url, formData, options) {
  const body = formData instanceof HTMLFormElement ? new FormData(formData) : formData;
  return send(url, { body }, options);
}

/**
 * Send JSON; otherwise as postForm.
 * @param {string} url
 * @param {unknown} data
 * @param {{timeout?: number, retries?: number, quiet?: boolean}} [options]
 */
export function postJSON(url, data, options) {
  return send(url, { body: JSON.stringify(data), headers: { "Content-Type": "application/json" } }, options);
}

/**
 * Read JSON, with the same time limit and retries and without events.
 * @param {string} url
 */
export function getJSON(url, options = {}) {
  return send(url, { method: "GET" }, { ...options, quiet: true });
}
