// Records a spoken note with the browser's own recorder and puts it into the form's file field; the form goes the plain way.
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const MOST_S = 300;
const place = document.querySelector("[data-recorder]");

const extension = (type) => (type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function recorder() {
  const button = place.querySelector("[data-record]");
  const time = place.querySelector("[data-record-time]");
  const player = place.querySelector("[data-record-play]");
  const file = document.querySelector("#audio-file");
  const seconds = document.querySelector("[data-audio-seconds]");
  const words = document.querySelector("[data-audio]").dataset;
  const begin = button.textContent;
  let running = null;
  let began = 0;
  let timer = 0;

  function finish(chunks, type) {
    const blob = new Blob(chunks, { type });
    const files = new DataTransfer();
    files.items.add(new File([blob], `note.${extension(type)}`, { type }));
    file.files = files.files;
    seconds.value = String(Math.round((performance.now() - began) / 1000));
    player.src = URL.createObjectURL(blob);
    player.hidden = false;
    button.textContent = begin;
    running = null;
    clearInterval(timer);
    document.querySelector("#audio-summary").focus();
  }

  async function start() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      time.textContent = words.denied;
      return;
    }
    const type = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    running = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 48000 });
    const chunks = [];
    running.addEventListener("dataavailable", (event) => chunks.push(event.data));
    running.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      finish(chunks, type.split(";")[0]);
    });
    began = performance.now();
    running.start();
    button.textContent = button.dataset.stop;
    timer = setInterval(() => {
      const passed = (performance.now() - began) / 1000;
      time.textContent = clock(passed);
      if (passed < MOST_S) return;
      running?.stop();
      time.textContent = words.longest;
    }, 250);
  }

  button.addEventListener("click", () => (running ? running.stop() : start()));
  place.hidden = false;
}

if (place && "MediaRecorder" in globalThis && navigator.mediaDevices && "DataTransfer" in globalThis) recorder();
