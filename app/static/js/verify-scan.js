// Scan the QR code of a certificate with the camera. The picture stays on this device: only the number in the code is
// sent, and a code that leads anywhere but to this site is named and not followed.
//
// The browser's own reader is used where there is one; else jsQR, when this site has it (see bootstrap.py).

const EVERY_MS = 120;
const LONGEST_EDGE = 960;
const NUMBER = /^VM-?[1-9A-HJ-NP-Z]{5}-?[1-9A-HJ-NP-Z]{5}-?[1-9A-HJ-NP-Z]$/i;
const PATHS = [/^\/v\/([^/]+)$/i, /^\/credentials\/([^/.]+)(?:\.\w+)?$/i];

/**
 * What a scanned text leads to.
 * @param {string} text what the code says
 * @param {string[]} hosts the names of this site
 * @returns {{number: string} | {elsewhere: string}} a number to look up, or the host (or text) that is not followed
 */
export function readCode(text, hosts) {
  const plain = text.trim();
  if (NUMBER.test(plain)) return { number: plain };
  let url;
  try {
    url = new URL(plain);
  } catch {
    return { elsewhere: plain.slice(0, 60) };
  }
  const own = hosts.some((host) => host.toLowerCase() === url.host.toLowerCase());
  if (!own || !/^https?:$/.test(url.protocol)) return { elsewhere: (url.host || plain).slice(0, 60) };
  const inPath = PATHS.map((path) => path.exec(url.pathname)?.[1]).find(Boolean);
  const number = inPath ?? (url.pathname === "/verify" ? url.searchParams.get("number") : null);
  return number && NUMBER.test(number) ? { number } : { elsewhere: `${url.host}${url.pathname}`.slice(0, 60) };
}

async function ownReader() {
  if (!("BarcodeDetector" in window)) return null;
  try {
    const formats = await BarcodeDetector.getSupportedFormats();
    if (!formats.includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
  } catch {
    return null;
  }
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve, { once: true });
    script.addEventListener("error", reject, { once: true });
    document.head.append(script);
  });
}

async function fetchedReader(address) {
  if (!window.jsQR) await loadScript(address);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, LONGEST_EDGE / Math.max(video.videoWidth, video.videoHeight, 1));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!canvas.width || !canvas.height) return "";
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = context.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}

class Scanner {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.hosts = [location.host, root.dataset.host];
    this.video = root.querySelector("video");
    this.status = root.querySelector("[data-scan-status]");
    this.start = root.querySelector("[data-scan-start]");
    this.panel = root.querySelector("[data-scan-panel]");
    this.stream = null;
    this.refused = "";
    this.start.addEventListener("click", () => this.open());
    root.querySelector("[data-scan-stop]").addEventListener("click", () => this.close(this.words.stopped));
    addEventListener("pagehide", () => this.close(""));
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.stream) this.close(this.words.stopped);
    });
  }

  say(text) {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  async open() {
    this.start.disabled = true;
    try {
      const reader = (await ownReader()) ?? (await fetchedReader(this.words.reader));
      const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
      this.stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
      this.video.srcObject = this.stream;
      this.panel.hidden = false;
      this.start.hidden = true;
      await this.video.play();
      this.say(this.words.looking);
      this.panel.querySelector("[data-scan-stop]").focus();
      this.look(reader, this.stream);
    } catch (problem) {
      const kinds = { NotAllowedError: "denied", NotFoundError: "missing", OverconstrainedError: "missing" };
      this.close(this.words[kinds[problem?.name] ?? "failed"]);
    }
  }

  async look(reader, stream) {
    while (this.stream === stream) {
      const text = await reader(this.video).catch(() => "");
      if (this.stream !== stream) return;
      if (text && text !== this.refused && this.found(text)) return;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  found(text) {
    const code = readCode(text, this.hosts);
    if (!code.number) {
      this.refused = text;
      this.say(this.words.elsewhere.replace("…", code.elsewhere));
      return false;
    }
    this.close(this.words.found.replace("…", code.number));
    location.assign(`${this.words.answer}?number=${encodeURIComponent(code.number)}`);
    return true;
  }

  close(text) {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    const wasOpen = !this.panel.hidden;
    this.stream = null;
    this.refused = "";
    this.video.srcObject = null;
    this.panel.hidden = true;
    this.start.hidden = false;
    this.start.disabled = false;
    this.say(text);
    if (wasOpen) this.start.focus();
  }
}

for (const root of document.querySelectorAll("[data-scan]")) {
  if (!navigator.mediaDevices?.getUserMedia) continue;
  const usable = root.dataset.reader || (await ownReader());
  if (usable) {
    root.hidden = false;
    new Scanner(root);
  }
}
