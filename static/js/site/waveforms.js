// Waveforms of recordings: drawn when they come into sight, and sliders for the pointer and the keyboard.

import { clock } from "./moments.js";

const BAR = 3; // pixels, with the gap after it
const GAP = 1;
/** Seconds that keys move by. */
const STEPS = new Map([
  ["ArrowLeft", -5],
  ["ArrowDown", -5],
  ["ArrowRight", 5],
  ["ArrowUp", 5],
  ["PageDown", -60],
  ["PageUp", 60],
  ["Home", Number.NEGATIVE_INFINITY],
  ["End", Number.POSITIVE_INFINITY],
]);

/** A slider with its player. `data` is the JSON of audiowaveform: the lowest and the highest value of each stretch. */
class Waveform {
  /** @type {number[]} */
  data = [];
  isDue = false;

  /**
   * @param {HTMLElement} slider
   * @param {HTMLMediaElement} player
   */
  constructor(slider, player) {
    this.slider = slider;
    this.player = player;
    this.canvas = /** @type {HTMLCanvasElement} */ (slider.querySelector("canvas"));
    const draw = () => this.plan();
    for (const event of ["timeupdate", "seeking", "durationchange"]) player.addEventListener(event, draw);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
      matchMedia(query).addEventListener("change", draw);
    new ResizeObserver(draw).observe(slider);
    slider.addEventListener("keydown", (event) => this.press(event));
    slider.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      slider.setPointerCapture(event.pointerId);
      this.point(event);
    });
    slider.addEventListener("pointermove", (event) => {
      if (slider.hasPointerCapture(event.pointerId)) this.point(event);
    });
  }

  get duration() {
    return this.player.duration || Number(this.slider.ariaValueMax);
  }

  async load() {
    const answer = await fetch(this.slider.dataset.waveform ?? "").catch(() => null); // without it, it is a plain slider
    if (answer?.ok) this.data = (await answer.json()).data;
    this.plan();
  }

  /** Draw once in the next frame, however much happens until then. */
  plan() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.tell();
      if (this.data.length) this.draw();
    });
  }

  tell() {
    const { slider, player } = this;
    slider.ariaValueMax = String(Math.ceil(this.duration));
    slider.ariaValueNow = String(Math.floor(player.currentTime));
    slider.ariaValueText = `${clock(player.currentTime)} / ${clock(this.duration)}`;
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.player.currentTime = Math.min(Math.max(seconds, 0), this.duration);
  }

  /** @param {PointerEvent} event */
  point({ clientX }) {
    const { left, width } = this.slider.getBoundingClientRect();
    this.seek(((clientX - left) / width) * this.duration);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const step = STEPS.get(event.key);
    if (event.key === " ") this.player.paused ? this.player.play().catch(() => {}) : this.player.pause();
    else if (step) this.seek(this.player.currentTime + step);
    else return;
    event.preventDefault();
  }

  draw() {
    const { slider, canvas, data, player } = this;
    const [width, height] = [slider.clientWidth, slider.clientHeight].map((size) =>
      Math.round(size * devicePixelRatio),
    );
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const ink = canvas.getContext("2d");
    if (!ink || !width) return;
    const played = (player.currentTime / this.duration || 0) * width;
    const [before, after] = [slider, canvas].map((element) => getComputedStyle(element).color);
    const bar = BAR * devicePixelRatio;
    const bars = Math.floor(width / bar);
    const points = data.length / 2;
    ink.clearRect(0, 0, width, height);
    for (let number = 0; number < bars; number++) {
      const end = Math.max(Math.ceil(((number + 1) * points) / bars), 1);
      const stretch = data.slice(2 * Math.floor((number * points) / bars), 2 * end);
      const loudest = stretch.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const tall = Math.max((loudest / 128) * height, 2 * devicePixelRatio);
      ink.fillStyle = number * bar < played ? before : after;
      ink.fillRect(number * bar, (height - tall) / 2, bar - GAP * devicePixelRatio, tall);
    }
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      waveforms.get(target)?.load();
    }
  },
  { rootMargin: "50%" },
);
/** @type {Map<Element, Waveform>} */
const waveforms = new Map();
for (const slider of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".waveform"))) {
  const player = slider.parentElement?.querySelector("audio");
  if (!player) continue;
  waveforms.set(slider, new Waveform(slider, player));
  seen.observe(slider);
}
