// The rows of files that are on their way: a bar, speed and time left, and what can be done with each.
import { filled } from "../frame.js";
import { find } from "../dom.js";

/** @typedef {import("./sending.js").Sending} Sending */

const SPEED_MS = 1500; // speed is measured over at least so long

/** What is on the buttons, by step, in their order: `data-do` of the row's template. */
const BUTTONS = /** @type {Record<string, string[]>} */ ({
  waits: ["cancel"],
  sends: ["pause", "cancel"],
  asks: ["use", "anyway", "cancel"],
  rests: ["resume", "cancel"],
  stopped: ["resume", "cancel"],
  missing: ["choose", "cancel"],
  refused: ["dismiss"],
  used: ["dismiss"],
  sent: ["dismiss"],
});

/** One row of the tray. */
export class Row {
  #since = 0;
  #before = 0;
  #speed = 0;
  #step = "";

  /**
   * @param {HTMLTemplateElement} template
   * @param {Record<string, string>} words
   * @param {string} name
   * @param {number} size
   */
  constructor(template, words, name, size) {
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    this.element = find(HTMLLIElement, "li", copy);
    this.words = words;
    this.size = size;
    find(HTMLElement, ".tray-name", this.element).textContent = name;
    find(HTMLProgressElement, "progress", this.element).setAttribute("aria-label", name);
    for (const button of this.element.querySelectorAll("button")) {
      button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    }
  }

  /**
   * @param {string} action pause, resume, cancel, use, anyway, choose, dismiss
   * @param {() => void} listener
   */
  on(action, listener) {
    this.#button(action).addEventListener("click", listener);
  }

  /**
   * @param {string} step
   * @param {number} arrived
   * @param {string} said
   */
  show(step, arrived, said) {
    const bar = find(HTMLProgressElement, "progress", this.element);
    bar.value = this.size ? arrived / this.size : 1;
    bar.hidden = !["sends", "rests", "stopped", "missing"].includes(step);
    this.#measure(step, arrived);
    const facts = step === "sends" ? this.#going(arrived) : (this.words[step] ?? "");
    find(HTMLElement, ".tray-facts", this.element).textContent = said || facts;
    this.element.classList.toggle("is-wrong", ["stopped", "refused"].includes(step));
    if (step !== this.#step) this.#showButtons(step);
    this.#step = step;
  }

  /**
   * The badge of what has arrived. It keeps itself up to date.
   *
   * @param {import("../badges.js").State} state
   */
  showBadge(state) {
    const badge = find(HTMLElement, ".status", this.element);
    const reason = find(HTMLElement, ".why", this.element);
    badge.dataset.upload = String(state.id);
    badge.dataset.final = state.final ? "1" : "0";
    badge.className = `status status-${state.status}`;
    badge.textContent = state.label;
    reason.dataset.reason = `upload-${state.id}`;
    reason.textContent = state.reason;
    badge.hidden = false;
  }

  /** @param {string} step */
  #showButtons(step) {
    const held = this.element.contains(document.activeElement);
    const shown = BUTTONS[step] ?? [];
    for (const button of this.element.querySelectorAll("button")) {
      button.hidden = !shown.includes(button.dataset.do ?? "");
    }
    if (held) (shown.length ? this.#button(shown[0] ?? "") : this.element).focus(); // not lost with its button
  }

  /** @param {string} action */
  #button(action) {
    return find(HTMLButtonElement, `[data-do=${action}]`, this.element);
  }

  /**
   * @param {string} step
   * @param {number} arrived
   */
  #measure(step, arrived) {
    const now = performance.now();
    if (step !== "sends" || !arrived) {
      this.#since = this.#speed = 0; // nothing goes: it rests, or is being hashed
    } else if (!this.#since || arrived < this.#before) {
      [this.#since, this.#before] = [now, arrived];
    } else if (now - this.#since > SPEED_MS) {
      this.#speed = ((arrived - this.#before) / (now - this.#since)) * 1000;
      [this.#since, this.#before] = [now, arrived];
    }
  }

  /** @param {number} arrived */
  #going(arrived) {
    if (!arrived) return this.words.checks;
    const values = { arrived: size(arrived), size: size(this.size) };
    if (!this.#speed) return filled(this.words.sends, values);
    const left = time((this.size - arrived) / this.#speed);
    return filled(this.words.going, { ...values, speed: size(this.#speed), left });
  }
}

/** @param {number} bytes */
function size(bytes) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const place = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)); // as elsewhere
  const options = { style: "unit", unit: units[place], maximumFractionDigits: place > 1 ? 1 : 0 };
  return new Intl.NumberFormat(document.documentElement.lang, /** @type {any} */ (options)).format(
    bytes / 1024 ** place,
  );
}

/** @param {number} seconds */
function time(seconds) {
  const [value, unit] =
    seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : [seconds / 3600, "hour"];
  const options = { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 };
  return new Intl.NumberFormat(document.documentElement.lang, /** @type {any} */ (options)).format(Math.ceil(value));
}
