// Make a large photo smaller before it is sent, but never smaller than a review needs. A canvas loses EXIF, so the time
// of the picture is read first and sent beside it. What cannot be decoded here (HEIC mostly) is sent as it is.

const QUALITY = 0.9;
const WORTH_IT = 0.9;
const HEAD_BYTES = 256 * 1024;
const EXIF_POINTER = 0x8769;
const TAKEN = 0x9003;
const ZONE = 0x9011;

/** The tags of one directory of a TIFF block, as text or number. */
function directory(view, at, little) {
  const tags = new Map();
  const count = view.getUint16(at, little);
  for (let index = 0; index < count; index += 1) {
    const entry = at + 2 + 12 * index;
    const [tag, type, length] = [view.getUint16(entry, little), view.getUint16(entry + 2, little), view.getUint32(entry + 4, little)];
    if (type === 4) tags.set(tag, view.getUint32(entry + 8, little));
    if (type !== 2 || length > 64) continue;
    const start = length > 4 ? view.getUint32(entry + 8, little) : entry + 8;
    let text = "";
    for (let place = start; place < start + length; place += 1) text += String.fromCharCode(view.getUint8(place));
    tags.set(tag, text.replace(/\0.*$/s, "").trim());
  }
  return tags;
}

/** Where the TIFF block of a JPEG's EXIF lies, or null. */
function tiffOf(buffer) {
  const view = new DataView(buffer);
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength && view.getUint8(at) === 0xff; ) {
    const [marker, length] = [view.getUint8(at + 1), view.getUint16(at + 2)];
    if (marker === 0xda) return null;
    if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966) {
      const end = Math.min(at + 2 + length, view.byteLength);
      return new DataView(buffer.slice(at + 10, end));
    }
    at += 2 + length;
  }
  return null;
}

/**
 * When a photo was taken, as its EXIF says it: {taken, zone}, or {} when it does not.
 * @param {Blob} file
 */
export async function captureTime(file) {
  try {
    const view = tiffOf(await file.slice(0, HEAD_BYTES).arrayBuffer());
    if (!view) return {};
    const little = view.getUint16(0) === 0x4949;
    const first = directory(view, view.getUint32(4, little), little);
    if (!first.has(EXIF_POINTER)) return {};
    const exif = directory(view, first.get(EXIF_POINTER), little);
    const taken = exif.get(TAKEN);
    if (!taken) return {};
    const zone = exif.get(ZONE);
    return zone ? { taken, zone } : { taken };
  } catch {
    return {}; // cut short or malformed: the server looks at the photo itself
  }
}

function draw(bitmap, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/**
 * The photo as it is to be sent: {blob, name, capture}. `capture` is empty when the photo goes as it is.
 * @param {File} file
 * @param {number} longEdge pixels; 0 sends every photo as it is
 */
export async function shrink(file, longEdge) {
  const asItIs = { blob: file, name: file.name, capture: {} };
  if (!longEdge || !["image/jpeg", "image/png", "image/webp"].includes(file.type)) return asItIs;
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    const share = longEdge / Math.max(width, height);
    if (share >= 1) return asItIs;
    const blob = await draw(bitmap, Math.round(width * share), Math.round(height * share));
    if (!blob || blob.size > file.size * WORTH_IT) return asItIs;
    const name = file.name.replace(/\.[^.]*$/, "") + ".jpg";
    return { blob, name, capture: { ...(await captureTime(file)), width, height, bytes: file.size } };
  } catch {
    return asItIs; // not decodable here, or no memory for it: the server knows more formats and has more room
  } finally {
    bitmap?.close();
  }
}

/** SHA-256 of a blob in hexadecimal; empty where the browser does not offer it (no TLS). */
export async function sha256(blob) {
  if (!crypto.subtle) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
