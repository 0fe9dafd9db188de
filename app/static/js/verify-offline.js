// Check a certificate without a network: ES256 on its token, against the keys and lists that the kit brought along.
//
// This module is put into the page of the offline kit (app/infra/offline_kit.py); no page of the site loads it. It
// asks the browser for nothing but arithmetic (WebCrypto) and unpacking (DecompressionStream).

const SKEW_MS = 300_000;
const SMALLEST_LIST = 131_072;
const HEADER = new Set(["alg", "kid", "typ"]);
const CLAIMS = ["iss", "jti", "sub", "nbf", "exp"];

class Refused extends Error {
  constructor(verdict, check) {
    super(check);
    this.verdict = verdict;
    this.check = check;
  }
}

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

const jsonOf = (text) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(text)));
const seconds = (text) => Math.floor(Date.parse(text) / 1000);

async function opened(token, did) {
  let header, document, parts;
  try {
    parts = token.trim().split(".");
    [header, document] = [jsonOf(parts[0]), jsonOf(parts[1])];
  } catch {
    throw new Refused("unreadable", "format");
  }
  const plain = parts.length === 3 && Object.keys(header).every((name) => HEADER.has(name));
  if (!plain || header.alg !== "ES256" || typeof header.kid !== "string") throw new Refused("unreadable", "format");
  const method = did.verificationMethod.find((key) => key.id === header.kid);
  const issuer = document.issuer?.id ?? document.issuer;
  if (issuer !== did.id) throw new Refused("foreign", "issuer");
  if (!method?.publicKeyJwk || !did.assertionMethod.includes(header.kid)) throw new Refused("forged", "key");
  const { kty, crv, x, y } = method.publicKeyJwk;
  const kind = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, kind, false, ["verify"]);
  const signed = new TextEncoder().encode(`${parts[0]}.${parts[1]}`);
  const how = { name: "ECDSA", hash: "SHA-256" };
  let holds = false;
  try {
    holds = await crypto.subtle.verify(how, key, bytesOf(parts[2]), signed);
  } catch {
    // A signature that is no base64 is no signature.
  }
  if (!holds) throw new Refused("forged", "signature");
  return document;
}

function claimsAgree(document) {
  const expected = {
    iss: document.issuer?.id ?? document.issuer,
    jti: document.id,
    sub: document.credentialSubject?.id,
    nbf: seconds(document.validFrom),
    exp: document.validUntil === undefined ? undefined : seconds(document.validUntil),
  };
  return CLAIMS.every((name) => document[name] === expected[name]);
}

async function bitsOf(text) {
  const packed = new Blob([bytesOf(text.slice(1))]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

async function listFor(entry, kit) {
  const token = kit.lists[entry?.statusListCredential];
  if (!token || entry.statusPurpose !== "revocation") throw new Refused("unknown", "status");
  let list;
  try {
    list = await opened(token, kit.did);
  } catch {
    throw new Refused("unknown", "status");
  }
  const subject = list.credentialSubject;
  const right = list.id === entry.statusListCredential && subject?.statusPurpose === "revocation";
  if (!right || !claimsAgree(list)) throw new Refused("unknown", "status");
  return list;
}

/**
 * Check the token of a certificate.
 * @param {string} token the content of a .jwt file
 * @param {{did: object, lists: Record<string, string>}} kit public keys, and signed lists by their address
 * @param {Date} now
 * @returns {Promise<{verdict: string, failed: string, document: object|null, listAt: Date|null}>} verdict is valid,
 *   expired, early, revoked, stale (the list has lapsed), unknown (no list), forged, foreign or unreadable; `failed`
 *   names the check that stopped it; `listAt` is when the list was signed
 */
export async function check(token, kit, now) {
  let document = null;
  let listAt = null;
  try {
    document = await opened(token, kit.did);
    if (!claimsAgree(document)) throw new Refused("forged", "terms");
    const entry = document.credentialStatus;
    const list = await listFor(entry, kit);
    listAt = new Date(list.validFrom);
    const bits = await bitsOf(list.credentialSubject.encodedList);
    const place = Number(entry.statusListIndex);
    if (bits.length * 8 < SMALLEST_LIST || !(place < bits.length * 8)) throw new Refused("unknown", "status");
    if (bits[place >> 3] & (0x80 >> (place & 7))) throw new Refused("revoked", "status");
    if (Date.parse(document.validUntil) < now) throw new Refused("expired", "dates");
    if (Date.parse(document.validFrom) > now.getTime() + SKEW_MS) throw new Refused("early", "dates");
    if (Date.parse(list.validUntil) < now) throw new Refused("stale", "status");
    return { verdict: "valid", failed: "", document, listAt };
  } catch (problem) {
    if (!(problem instanceof Refused)) return { verdict: "unreadable", failed: "format", document: null, listAt };
    const shown = ["forged", "foreign", "unreadable"].includes(problem.verdict) ? null : document;
    return { verdict: problem.verdict, failed: problem.check, document: shown, listAt };
  }
}

/** The oldest list of a kit, by which the whole kit is as old as it is; null without lists. */
export async function ageOf(kit, now) {
  const dates = [];
  for (const token of Object.values(kit.lists)) dates.push(Date.parse((await opened(token, kit.did)).validFrom));
  return dates.length ? Math.max(0, now - Math.min(...dates)) : null;
}

function words(milliseconds, texts) {
  const hours = Math.floor(milliseconds / 3_600_000);
  if (hours < 1) return texts.fresh;
  return hours < 48 ? texts.hours.replace("…", hours) : texts.days.replace("…", Math.floor(hours / 24));
}

async function start(page) {
  const kit = JSON.parse(page.querySelector("#kit").textContent);
  const texts = JSON.parse(page.querySelector("#texts").textContent);
  const [form, field, file] = ["#check", "#text", "#file"].map((name) => page.querySelector(name));
  const [answer, head, sentence] = ["#answer", "#verdict", "#sentence"].map((name) => page.querySelector(name));
  const facts = page.querySelector("#facts");
  const age = await ageOf(kit, new Date());
  page.querySelector("#age").textContent = age === null ? texts.none : words(age, texts);

  const row = (label, value) => {
    const box = page.createElement("div");
    const [term, said] = [page.createElement("dt"), page.createElement("dd")];
    [term.textContent, said.textContent] = [label, value];
    box.append(term, said);
    facts.append(box);
  };

  const show = async (token) => {
    const found = await check(token, kit, new Date());
    answer.dataset.verdict = found.verdict;
    head.textContent = texts.heads[found.verdict];
    sentence.textContent = texts.sentences[found.verdict];
    facts.replaceChildren();
    const subject = found.document?.credentialSubject;
    if (subject) {
      row(texts.name, subject.identifier?.find((one) => one.identityType === "name")?.identityHash ?? "");
      row(texts.certificate, subject.achievement?.name ?? "");
      row(texts.number, subject.licenseNumber ?? "");
      row(texts.until, new Date(found.document.validUntil).toLocaleDateString("en-US", { dateStyle: "long", timeZone: "UTC" }));
    }
    if (found.listAt) row(texts.list, words(Math.max(0, Date.now() - found.listAt), texts));
    answer.hidden = false;
    head.focus();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(field.value);
  });
  file.addEventListener("change", async () => {
    if (!file.files[0]) return;
    field.value = (await file.files[0].slice(0, 300_000).text()).trim();
    show(field.value);
  });
  form.hidden = false;
}

if (globalThis.document?.querySelector("#kit")) start(globalThis.document);
