// Photos that wait on this device until the server has them: in IndexedDB, so that they survive a reload, a dead battery
// and a sign-out. A record is {key, entry, target, slot, replaces, label, name, blob, sha256, capture, url, at}.

const NAME = "vermilion-photos";
const STORE = "waiting";
const FLAG = "vermilion:unsent";
const KEEP_MS = 14 * 24 * 60 * 60 * 1000;

let opening = null;

function open() {
  opening ??= new Promise((resolve) => {
    try {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    } catch {
      resolve(null); // private windows may have none
    }
  });
  return opening;
}

async function within(mode, work) {
  const database = await open();
  if (!database) throw new DOMException("There is no storage.", "InvalidStateError");
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
    transaction.onerror = () => reject(transaction.error ?? request.error);
  });
}

async function flag() {
  try {
    const count = await within("readonly", (store) => store.count());
    if (count) localStorage.setItem(FLAG, String(count));
    else localStorage.removeItem(FLAG);
  } catch {
    // Without it, photos are still sent from the page of their piece.
  }
}

/**
 * Keep a photo on this device until it has arrived.
 * @returns {Promise<"kept"|"full"|"none">} "full": there is no room; "none": this browser keeps nothing
 */
export async function keep(record) {
  try {
    await within("readwrite", (store) => store.put(record));
    navigator.storage?.persist?.().catch(() => {});
    flag();
    return "kept";
  } catch (error) {
    return error?.name === "QuotaExceededError" ? "full" : "none";
  }
}

/** Note something about a kept photo; one that is not kept stays so. */
export async function change(key, changes) {
  try {
    const found = await within("readonly", (store) => store.get(key));
    if (found) await within("readwrite", (store) => store.put({ ...found, ...changes }));
  } catch {
    // The server remembers the upload by its key, so nothing is lost without this note.
  }
}

/** Forget a photo: it has arrived, or it is not wanted any more. */
export async function forget(key) {
  try {
    await within("readwrite", (store) => store.delete(key));
  } catch {
    // It was never kept.
  }
  flag();
}

/** Every photo that waits, oldest first; those that nobody asked for in two weeks are let go. */
export async function waiting() {
  try {
    const found = await within("readonly", (store) => store.getAll());
    const [young, old] = [found.filter((r) => r.at > Date.now() - KEEP_MS), found.filter((r) => r.at <= Date.now() - KEEP_MS)];
    for (const record of old) forget(record.key);
    return young.sort((one, other) => one.at - other.at);
  } catch {
    return [];
  }
}
