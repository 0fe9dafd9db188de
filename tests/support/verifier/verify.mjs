// Verify what the academy serves with Digital Bazaar's libraries and jose, reading everything from a folder of files
// that were fetched from the running site: no address is opened.
//
// node verify.mjs <folder>: the folder has did.json, contexts.json (by address), list.json with the address of the
// status list in list.url, and certificates <name>.json and <name>.jwt. Prints {name: {json: ..., jwt: ...}}.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { cryptosuite } from "@digitalbazaar/eddsa-rdfc-2022-cryptosuite";
import * as vc from "@digitalbazaar/vc";
import { checkStatus } from "@digitalbazaar/vc-bitstring-status-list";
import { importJWK, jwtVerify } from "jose";

const folder = process.argv[2];
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const [did, contexts, list] = [read("did.json"), read("contexts.json"), read("list.json")];
const known = new Map(Object.entries(contexts));
known.set(did.id, did);
known.set(list.id, list);
for (const method of did.verificationMethod) known.set(method.id, { "@context": did["@context"], ...method });

async function documentLoader(url) {
  const document = known.get(url);
  if (!document) throw new Error(`nobody should fetch ${url}`);
  return { contextUrl: null, documentUrl: url, document };
}

const suite = () => new DataIntegrityProof({ cryptosuite });

async function judgeJson(credential) {
  const found = await vc.verifyCredential({
    credential,
    suite: suite(),
    documentLoader,
    checkStatus: (options) => checkStatus({ ...options, suite: suite(), verifyMatchingIssuers: true }),
  });
  const status = found.statusResult;
  const bits = status?.results ?? (Array.isArray(status) ? status : [status]);
  const revoked = bits.some((one) => one?.status === true);
  return { verified: found.verified, revoked, error: found.verified ? null : String(found.error?.errors ?? found.error) };
}

async function judgeToken(token) {
  try {
    const { kid } = JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
    const method = did.verificationMethod.find((one) => one.id === kid && did.assertionMethod.includes(kid));
    const key = await importJWK(method.publicKeyJwk, "ES256");
    const now = process.env.NOW ? { currentDate: new Date(process.env.NOW) } : {};
    const { payload } = await jwtVerify(token.trim(), key, { issuer: did.id, algorithms: ["ES256"], ...now });
    return { verified: payload.jti === payload.id, error: null };
  } catch (problem) {
    return { verified: false, error: problem.message };
  }
}

const answer = {};
for (const file of readdirSync(folder).filter((name) => name.endsWith(".jwt"))) {
  const name = file.slice(0, -4);
  answer[name] = { json: await judgeJson(read(`${name}.json`)), jwt: await judgeToken(readFileSync(join(folder, file), "utf8")) };
}
console.log(JSON.stringify(answer));
