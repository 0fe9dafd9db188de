// A color by numbers: a slider for each number and the color that they make. The numbers are the answer; without this
// script they are typed. CIELAB for the white D65, as in app/domain/color. Markup: quizzes/_answer_written.html.

const WHITE = [0.95045592705167, 1, 1.08905775075988];
const TO_RGB = [
  [3.2409699419045213, -1.5373831775700935, -0.4986107602930033],
  [-0.9692436362808798, 1.8759675015077206, 0.0415550574071756],
  [0.0556300796969936, -0.2039769588889765, 1.0569715142428786],
];

/** Red, green and blue from 0 to 1 of a color of LCh; beyond that no screen shows it. */
function rgbOf(lightness, chroma, hue) {
  const angle = (hue * Math.PI) / 180;
  const middle = (lightness + 16) / 116;
  const levels = [middle + (chroma * Math.cos(angle)) / 500, middle, middle - (chroma * Math.sin(angle)) / 200];
  const xyz = levels.map((level, i) => WHITE[i] * (level > 6 / 29 ? level ** 3 : (level - 4 / 29) * 3 * (6 / 29) ** 2));
  return TO_RGB.map((row) => {
    const linear = row[0] * xyz[0] + row[1] * xyz[1] + row[2] * xyz[2];
    return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  });
}

const numberOf = (text) => {
  const number = Number(text.trim().replace(",", ".").replace("\u00b0", ""));
  return text.trim() && Number.isFinite(number) ? number : null;
};

function show(group, color, fits) {
  const box = group.querySelector("[data-swatch]");
  box.hidden = !color;
  if (!color) return;
  box.querySelector(".sw-c").style.setProperty("--c", color);
  const words = box.querySelector("[data-swatch-words]");
  words.textContent = fits ? words.dataset.fits : words.dataset.cut;
}

function showHex(group, field) {
  const digits = field.value.trim().replace("#", "");
  show(group, /^([0-9a-f]{3}|[0-9a-f]{6})$/i.test(digits) ? `#${digits}` : "", true);
}

function showNumbers(group) {
  const numbers = ["L", "C", "h"].map((axis) => numberOf(group.querySelector(`[data-axis="${axis}"]`).value));
  if (numbers.includes(null)) {
    show(group, "", true);
    return;
  }
  const rgb = rgbOf(...numbers);
  const fits = rgb.every((channel) => channel > -0.002 && channel < 1.002);
  const levels = rgb.map((channel) => Math.round(Math.min(1, Math.max(0, channel)) * 255));
  show(group, `rgb(${levels.join(" ")})`, fits);
}

function refresh(group) {
  const hex = group.querySelector("[data-hex]");
  if (hex) {
    showHex(group, hex);
    return;
  }
  for (const slider of group.querySelectorAll("[data-slider]")) {
    const number = numberOf(group.querySelector(`[data-axis="${slider.dataset.slider}"]`).value);
    if (number !== null) slider.value = String(number);
  }
  showNumbers(group);
}

const groups = [...document.querySelectorAll("[data-color]")];

/** Make sliders and color agree with the numbers, for example after an answer was restored. */
export function refreshColors() {
  for (const group of groups) refresh(group);
}

for (const group of groups) {
  for (const slider of group.querySelectorAll("[data-slider]")) slider.hidden = false;
  group.addEventListener("input", (event) => {
    const axis = event.target.dataset.slider;
    if (axis) {
      const field = group.querySelector(`[data-axis="${axis}"]`);
      field.value = event.target.value;
      field.dispatchEvent(new Event("input", { bubbles: true })); // saved as if it had been typed
      return;
    }
    refresh(group);
  });
  // The number was saved already while the slider moved.
  group.addEventListener("change", (event) => event.target.dataset.slider && event.stopPropagation());
  refresh(group);
}
