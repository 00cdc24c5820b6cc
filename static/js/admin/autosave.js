// A form on a page's screen saves itself shortly after the last key, so that visitors see it when the page is published.
// What the site refuses stays in the form, with the reason; what cannot be sent now is sent later.
import { find, findAll } from "./dom.js";
import { filled } from "./frame.js";
import { fieldsOf, shownIn, TOKENS, tokenOf, valuesOf, waiting, withPrefix } from "./forms_in_place.js";
import { hold, release } from "./leaving.js";
import { announce, parsed, sentence } from "./messages.js";
import { ensureSignedIn } from "./session.js";
import { jQuery, vendored } from "./vendored.js";

/**
 * An answer of the site to a form.
 *
 * @typedef {object} Answer
 * @property {string} url where it led
 * @property {number} status
 * @property {Document} page
 * @property {string} html
 */

const PAUSE_MS = 800;
const AGAIN_MS = 5000;
/** Fields that change at once what visitors see, or where. Their form is saved by its button. */
const SETTINGS = ["slug", "is_published", "publish_at", "unpublish_at", "page"];

const shown = find(HTMLOutputElement, "#saved");
/** @type {Record<string, string>} */
const words = JSON.parse(shown.dataset.words ?? "{}");
/** @type {Set<Autosaved>} */
const forms = new Set();

/**
 * @param {string} text
 * @param {boolean} [isError]
 */
function tell(text, isError = false) {
  shown.hidden = false;
  shown.value = text;
  shown.classList.toggle("field-error", isError);
}

/** A form that saves itself. */
class Autosaved {
  /**
   * @param {HTMLFormElement} form
   * @param {string} action where it is sent
   * @param {(answer: Answer, form: HTMLFormElement) => void} saved
   */
  constructor(form, action, saved) {
    this.form = form;
    this.action = action;
    this.saved = saved;
    this.waiting = 0;
    this.changed = false;
    /** @type {Promise<void> | undefined} */
    this.saving = undefined;
    this.start = this.settings();
    /** @type {Map<string, string> | undefined} */
    this.sent = undefined;
    // (By jQuery, because select boxes tell it alone of a change.)
    jQuery(form).on("input change", () => this.note());
    forms.add(this);
  }

  settings() {
    const data = new FormData(this.form);
    return JSON.stringify(SETTINGS.map((name) => data.getAll(name)));
  }

  note() {
    this.changed = true;
    hold("items");
    window.clearTimeout(this.waiting);
    if (this.settings() !== this.start) tell(words.press);
    else if (this.isReady()) this.waiting = window.setTimeout(() => this.save(), PAUSE_MS);
  }

  /** A new item waits for its title, or for a file that has a name. */
  isReady() {
    const title = this.form.querySelector("[name=title]");
    const isTitled = !(title instanceof HTMLInputElement) || title.value.trim() !== "";
    return isTitled || this.files().length > 0;
  }

  files() {
    return findAll(HTMLInputElement, "input[type=file]", this.form).filter((input) => input.files?.length);
  }

  hasPicked() {
    return findAll(HTMLInputElement, ".from-library input", this.form).some((input) => input.value !== "");
  }

  /** One request at a time; what is written meanwhile is saved by the next one. */
  async save() {
    await this.saving;
    if (!this.changed || !this.form.isConnected || this.settings() !== this.start) return;
    this.saving = this.send();
    await this.saving;
    this.saving = undefined;
  }

  async send() {
    this.changed = false;
    const files = this.files();
    const hasFiles = files.length > 0 || this.hasPicked();
    const token = tokenOf(this.form);
    this.sent = valuesOf(this.form);
    const body = new FormData(this.form);
    body.append("theirs", "order"); // which its place in the list says
    body.set("_continue_editing", "1");
    tell(words.saving);
    /** @type {Answer | undefined} */
    let answer;
    try {
      answer = await post(this.action, body, files.length > 0);
      const isSignedOut = new URL(answer.url).pathname.endsWith("/login") || answer.status === 400;
      if (isSignedOut && (await ensureSignedIn())) {
        body.set("csrf_token", find(HTMLInputElement, "[name=csrf_token]", this.form).value);
        answer = await post(this.action, body, files.length > 0);
      }
    } catch {
      answer = undefined;
    }
    const fresh = answer?.page.querySelector(".admin-form");
    if (answer && fresh instanceof HTMLFormElement) {
      const isSaved = new URL(answer.url).pathname.endsWith("/edit/") && tokenOf(fresh) !== token;
      if (isSaved) this.take(answer, fresh, hasFiles);
      else this.refuse(fresh, answer.page);
      return;
    }
    this.changed = true;
    const why = answer && sentence(answer.html);
    tell(why || words.away, true);
    if (!why) this.waiting = window.setTimeout(() => this.save(), AGAIN_MS);
  }

  /**
   * What the site has saved: the form goes on from there.
   *
   * @param {Answer} answer
   * @param {HTMLFormElement} fresh
   * @param {boolean} hasFiles whether files were sent, or chosen from the library
   */
  take(answer, fresh, hasFiles) {
    this.action = answer.url;
    this.form.action = answer.url;
    for (const name of TOKENS) {
      const [mine] = findAll(HTMLInputElement, `[name=${name}]`, this.form);
      if (mine) mine.value = find(HTMLInputElement, `[name=${name}]`, fresh).value;
    }
    for (const error of findAll(HTMLElement, ".field-error", this.form)) error.remove();
    for (const field of findAll(HTMLElement, ".is-invalid", this.form)) {
      field.classList.remove("is-invalid");
      field.removeAttribute("aria-invalid");
    }
    this.adopt(fresh);
    if (hasFiles) {
      const slots = findAll(HTMLElement, ".slot", withPrefix(fresh, this.form.dataset.prefix ?? ""));
      for (const [place, slot] of findAll(HTMLElement, ".slot", this.form).entries()) slot.replaceWith(slots[place]);
    }
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    if (!this.changed) {
      tell(filled(words.saved, { time }));
      if (![...forms].some((other) => other.changed)) release("items");
    }
    this.saved(answer, this.form);
  }

  /**
   * Errors are shown beside their fields. After a conflict the form is the site's, which has both values of a field.
   *
   * @param {HTMLFormElement} fresh
   * @param {Document} page
   */
  refuse(fresh, page) {
    this.changed = true;
    hold("items");
    const isInvalid = fresh.querySelector(".is-invalid") !== null;
    const isConflict = fresh.querySelector(".theirs") !== null;
    const why = page.querySelector("main > .alert-danger, main > .alert[role=alert]")?.textContent?.trim();
    tell(isConflict ? words.conflict : isInvalid ? words.refused : why || words.refused, true);
    announce(shown.value);
    if (isConflict || !isInvalid) {
      this.stop();
      fresh.action = new URL(fresh.getAttribute("action") ?? this.action, this.action).href;
      withPrefix(waiting(fresh), this.form.dataset.prefix ?? "");
      const told = fresh.parentElement?.querySelector(".alert");
      this.form.replaceWith(...(told ? [told, fresh] : [fresh]));
      vendored.faForm.applyGlobalStyles(fresh);
      return;
    }
    for (const error of findAll(HTMLElement, ".field-error", this.form)) error.remove();
    for (const error of findAll(HTMLElement, ".field-error", fresh)) {
      const name = `${this.form.dataset.prefix ?? ""}${error.id.replace(/-error$/, "")}`;
      const field = this.form.querySelector(`#${CSS.escape(name)}`);
      field?.classList.add("is-invalid");
      field?.setAttribute("aria-invalid", "true");
      field?.after(error);
    }
  }

  /**
   * What the site has made of what was sent, where nobody has written on meanwhile: an order, or a title from a file.
   *
   * @param {HTMLFormElement} fresh
   */
  adopt(fresh) {
    const theirs = valuesOf(fresh);
    for (const [name, field] of fieldsOf(this.form)) {
      const value = theirs.get(name);
      if (value === undefined || this.sent?.get(name) !== shownIn(field) || value === shownIn(field)) continue;
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === "true";
      else field.value = value;
    }
  }

  stop() {
    window.clearTimeout(this.waiting);
    jQuery(this.form).off("input change");
    forms.delete(this);
  }
}

/**
 * @param {string} action
 * @param {FormData} body
 * @param {boolean} hasFiles
 * @returns {Promise<Answer>}
 */
function post(action, body, hasFiles) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    if (hasFiles) {
      hold("upload");
      request.upload.addEventListener("progress", ({ loaded, total }) =>
        tell(filled(words.sending, { part: `${Math.floor((100 * loaded) / total)}%` })),
      );
    }
    request.addEventListener("loadend", () => release("upload"));
    request.addEventListener("load", () => {
      if (request.status >= 500) reject(new Error(request.statusText));
      else
        resolve({
          url: request.responseURL,
          status: request.status,
          page: parsed(request.responseText),
          html: request.responseText,
        });
    });
    request.addEventListener("error", () => reject(new Error("not reached")));
    request.open("POST", action);
    request.send(body);
  });
}

/**
 * Have a form save itself.
 *
 * @param {HTMLFormElement} form
 * @param {string} action
 * @param {(answer: Answer, form: HTMLFormElement) => void} saved
 */
export function autosave(form, action, saved) {
  return new Autosaved(form, action, saved);
}

/** @param {HTMLFormElement} form */
export function isAutosaved(form) {
  return [...forms].some((each) => each.form === form && each.settings() === each.start);
}

/** Whether nothing waits to be saved, or is on its way. */
export function isAllSaved() {
  return [...forms].every((each) => !each.form.isConnected || !(each.changed || each.saving));
}

/** Save now what would be saved soon. Whether all is saved. */
export async function saveAll() {
  await Promise.all([...forms].map((each) => each.save()));
  return isAllSaved();
}
