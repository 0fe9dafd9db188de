// Passkeys: asks the browser for one and brings its answer to the server. Without this file everything else still works.
import { HttpError, postJSON } from "./http.js";

const ONCE = { retries: 0, quiet: true };

function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const decoded = (list) => (list ?? []).map((each) => ({ ...each, id: toBytes(each.id) }));

async function create(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: decoded(options.excludeCredentials),
    },
  });
  const { clientDataJSON, attestationObject } = made.response;
  return answerOf(made, { clientDataJSON: toText(clientDataJSON), attestationObject: toText(attestationObject) });
}

async function get(options) {
  const found = await navigator.credentials.get({
    publicKey: { ...options, challenge: toBytes(options.challenge), allowCredentials: decoded(options.allowCredentials) },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  return answerOf(found, {
    clientDataJSON: toText(clientDataJSON),
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

function answerOf(credential, response) {
  return { id: credential.id, rawId: toText(credential.rawId), type: credential.type, response };
}

/** Do what the page was about: send its waiting form on, or go to the address that the server named. */
function goOn(block, answer) {
  const form = document.querySelector("[data-proof-form]");
  if (block.dataset.passkey !== "confirm" || !form) return location.assign(answer.location);
  if (block.dataset.next) return location.assign(block.dataset.next);
  form.querySelector("[name=proof]").remove();
  return form.requestSubmit();
}

async function perform(block) {
  const isNew = block.dataset.passkey === "create";
  const options = await postJSON(block.dataset.options, {}, ONCE);
  const answer = await (isNew ? create : get)(options);
  const name = block.querySelector("[data-passkey-field] input")?.value ?? "";
  goOn(block, await postJSON(block.dataset.answer, { answer, name, next: block.dataset.next }, ONCE));
}

function sentenceFor(block, error) {
  if (error.problem?.code === "proof_needed") return null;
  if (error instanceof HttpError) return error.message;
  return ["NotAllowedError", "AbortError"].includes(error.name) ? block.dataset.stopped : `${block.dataset.failed} (${error.name})`;
}

function prepare(block) {
  const button = block.querySelector("[data-passkey-go]");
  const problem = block.querySelector("[data-passkey-problem]");
  block.querySelector("[data-passkey-missing]").hidden = true;
  for (const each of [button, block.querySelector("[data-passkey-field]")]) if (each) each.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    problem.hidden = true;
    try {
      await perform(block);
    } catch (error) {
      const sentence = sentenceFor(block, error);
      if (sentence === null) return location.assign(`/account/confirm?next=${encodeURIComponent(location.pathname)}`);
      problem.textContent = sentence;
      problem.hidden = false;
    }
    button.disabled = false;
  });
}

if (window.PublicKeyCredential && window.isSecureContext) document.querySelectorAll("[data-passkey]").forEach(prepare);
