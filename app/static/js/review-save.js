// Saves a form a moment after each change: one request at a time, always the newest state, never over a newer version.
import { HttpError, postForm } from "./http.js";

const PAUSE_MS = 700;
const AGAIN_MS = 12000;

function conflictOf(conflict) {
  const error = new HttpError(conflict.message, 409, { ...conflict, kept: true });
  document.dispatchEvent(new CustomEvent("vermilion:save", { detail: { state: "failed", attempt: 0, at: new Date(), error } }));
  return error;
}

/**
 * @param {HTMLFormElement} form posts to its action; has a `revision` field that each answer renews
 * @param {{saved: (answer: object) => void, refused: (error: import("./http.js").HttpError) => void}} on
 * @returns {{touch: () => void, flush: () => Promise<boolean>, resume: (revision: number) => void}}
 */
export function autosave(form, on) {
  // A button named "revision" may stand in the form as well, so the field is looked up by its type.
  const revision = form.querySelector('input[type="hidden"][name="revision"]');
  let dirty = false;
  let failed = false;
  let stopped = false;
  let timer = 0;
  let flight = null;

  // Between a change and its request nothing is saved yet, and the line that tells says so.
  const sayUnsaved = () =>
    document.dispatchEvent(new CustomEvent("vermilion:save", { detail: { state: "saving", attempt: 1, at: new Date() } }));

  async function send() {
    dirty = failed = false;
    try {
      const answer = await postForm(form.getAttribute("action"), new FormData(form));
      // A newer draft is stored: this one was kept beside it, which is no failure on the way but is not saved either.
      if (answer.conflict) throw conflictOf(answer.conflict);
      revision.value = String(answer.revision);
      flight = null;
      on.saved(answer);
      if (dirty) later(PAUSE_MS);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      flight = null;
      const changed = dirty;
      dirty = failed = true;
      stopped = error.status === 409;
      // What got lost is tried again by itself; what the server refused only once it has been changed.
      if (error.status === 0 || error.status >= 500) later(AGAIN_MS);
      else if (changed && !stopped) later(PAUSE_MS);
      on.refused(error);
    }
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(run, pause);
  }

  function run() {
    clearTimeout(timer);
    timer = 0;
    if (!dirty || stopped || flight) return flight;
    flight = send();
    return flight;
  }

  addEventListener("beforeunload", (event) => {
    if (dirty || flight) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") run();
  });

  return {
    /** Something changed. */
    touch() {
      dirty = true;
      if (stopped) return;
      sayUnsaved();
      if (!flight) later(PAUSE_MS);
    },
    /** Save what is unsaved now; true when everything is saved. */
    async flush() {
      while ((dirty || flight) && !stopped) {
        await run();
        if (failed) break;
      }
      return !dirty;
    },
    /** Go on after a conflict, knowingly on top of the version that is stored. */
    resume(newest) {
      revision.value = String(newest);
      stopped = false;
      dirty = true;
      run();
    },
  };
}
