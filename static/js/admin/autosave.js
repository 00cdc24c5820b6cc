// A form on a page's screen saves itself shortly after the last key, so that visitors see it when the page is published.
// What the site refuses stays in the form, with the reason; what cannot be sent now is sent later.
import { adopt, put } from "./adopting.js";
import { clearRefusal, showConflict, showErrors } from "./conflicts.js";
import { find, findAll } from "./dom.js";
import { forget, keep } from "./drafts.js";
import { filled } from "./frame.js";
import {
  differing,
  fieldsOf,
  partsOf,
  takeTokens,
  tokenOf,
  valuesOf,
  versionOf,
  withPrefix,
} from "./forms_in_place.js";
import { hold, release } from "./leaving.js";
import { noteMade } from "./made.js";
import { announce, sentence } from "./messages.js";
import { isSignedOut, post } from "./posting.js";
import { ensureSignedIn } from "./session.js";
import { SentSlots, showSlot } from "./slots.js";
import { jQuery } from "./vendored.js";

/** @typedef {import("./posting.js").Answer} Answer */

const PAUSE_MS = 800;
const AGAIN_MS = 5000;
/** Fields that change at once what visitors see, or where. They are sent when somebody says so, never half-written. */
const SETTINGS = ["slug", "tags", "is_published", "publish_at", "unpublish_at", "page"];

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

/**
 * How much of a file is sent.
 *
 * @param {number} part
 */
function tellPart(part) {
  tell(filled(words.sending, { part: `${Math.floor(100 * part)}%` }));
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
    /** Whether somebody has to choose first: theirs or mine. */
    this.isInConflict = false;
    /** Whether what it was made for is gone: it is left to its button. */
    this.isLeft = false;
    /** @type {Promise<void> | undefined} */
    this.saving = undefined;
    this.slots = new SentSlots(form);
    /** Settings that shall be applied. @type {string[]} */
    this.applied = [];
    this.settled = this.settings();
    /** @type {Map<string, string> | undefined} */
    this.sent = undefined;
    form.dataset.autosaves = "1";
    // (By jQuery, because select boxes tell it alone of a change.)
    jQuery(partsOf(form)).on("input.autosave change.autosave", () => this.note());
    forms.add(this);
  }

  /** The values of the settings, by name. */
  settings() {
    const data = new FormData(this.form);
    return new Map(SETTINGS.map((name) => [name, data.getAll(name).map(String)]));
  }

  /** The settings that were changed and are not applied yet. */
  pending() {
    const now = this.settings();
    return SETTINGS.filter((name) => String(now.get(name)) !== String(this.settled.get(name)));
  }

  note() {
    this.changed = true;
    hold("items");
    window.clearTimeout(this.waiting);
    if (this.isReady()) this.waiting = window.setTimeout(() => this.save(), PAUSE_MS);
  }

  isNew() {
    return new URL(this.action).pathname.endsWith("/new/");
  }

  /** The saving of a new item whose form was opened before this new one: they are added in that order. */
  earlier() {
    const before = this.isNew() ? [...forms].slice(0, [...forms].indexOf(this)) : [];
    return before.find((other) => other.saving && other.isNew() && !other.files().length)?.saving;
  }

  /** A new item waits for its title, or for a file that has a name. */
  isReady() {
    if (!this.isNew()) return true;
    const title = this.form.querySelector("[name=title]");
    const isTitled = !(title instanceof HTMLInputElement) || title.value.trim() !== "";
    return isTitled || this.files().length > 0;
  }

  files() {
    return findAll(HTMLInputElement, "input[type=file]", this.form).filter((input) => input.files?.length);
  }

  /** One request at a time, whoever asks for it; what is written meanwhile is saved by the next one. */
  async save() {
    while (this.saving ?? this.earlier()) await (this.saving ?? this.earlier());
    if (!this.changed || !this.form.isConnected || this.isInConflict || this.isLeft) return;
    this.saving = this.send().finally(() => {
      this.saving = undefined;
    });
    await this.saving;
  }

  /**
   * Save with settings that were changed.
   *
   * @param {string[]} names
   */
  apply(names) {
    this.applied = names;
    this.changed = true;
    window.clearTimeout(this.waiting);
    return this.save();
  }

  /** What is sent: all that is written, and of the settings those that shall be applied. */
  body() {
    const body = new FormData(this.form);
    const sent = valuesOf(this.form);
    for (const name of this.pending().filter((each) => !this.applied.includes(each))) {
      body.delete(name);
      for (const value of this.settled.get(name) ?? []) body.append(name, value);
      sent.delete(`${name} 0`);
    }
    this.sent = sent;
    body.append("theirs", "order"); // which its place in the list says
    body.set("_merge", "1");
    body.set("_draft", "1");
    body.set("_continue_editing", "1");
    return body;
  }

  async send() {
    this.changed = false;
    const files = this.files();
    this.slots.note();
    const token = tokenOf(this.form);
    const body = this.body();
    this.applied = [];
    tell(words.saving);
    let isGivenUp = false;
    /** @type {Answer | undefined} */
    let answer;
    try {
      const progress = files.length ? tellPart : undefined;
      answer = await post(this.action, body, progress);
      if (isSignedOut(answer)) {
        isGivenUp = !(await ensureSignedIn());
        body.set("csrf_token", find(HTMLInputElement, "[name=csrf_token]", this.form).value);
        if (!isGivenUp) answer = await post(this.action, body, progress);
      }
    } catch {
      answer = undefined;
    }
    const fresh = answer?.page.querySelector("main .admin-form");
    if (answer && fresh instanceof HTMLFormElement && !isGivenUp) {
      const isSaved = new URL(answer.url).pathname.endsWith("/edit/") && tokenOf(fresh) !== token;
      if (isSaved) this.take(answer, fresh);
      else this.refuse(fresh, answer.page);
      return;
    }
    this.changed = true;
    keep(this.form);
    const why = answer && sentence(answer.html);
    tell(why || (isGivenUp ? words.signedOut : words.away), true);
    // Who does not sign in is asked again when more is written, or a button is pressed.
    if (!why && !isGivenUp) this.waiting = window.setTimeout(() => this.save(), AGAIN_MS);
  }

  /**
   * What the site has saved: the form goes on from there.
   *
   * @param {Answer} answer
   * @param {HTMLFormElement} fresh
   */
  take(answer, fresh) {
    if (!this.changed) forget(this.form);
    const address = new URL(answer.url);
    noteMade(address);
    const before = versionOf(this.form);
    this.action = address.href;
    this.form.action = address.href;
    withPrefix(fresh, this.form.dataset.prefix ?? "");
    clearRefusal(this.form);
    this.slots.take(fresh);
    const { labels, kept, unseen } = this.adopt(fresh);
    const isByOthers = before > 0 && versionOf(fresh) > before + 1;
    takeTokens(this.form, fresh, isByOthers ? kept : unseen);
    const isMerged = isByOthers && labels.length > 0;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
    if (!this.changed) {
      tell(filled(isMerged ? words.merged : words.saved, { time, fields: labels.join(", ") }));
      if (isMerged) announce(shown.value);
      if (this.pending().length) tell(this.form.matches(".in-place *") ? words.press : words.pending);
      if (![...forms].some((other) => other.changed)) release("items");
    }
    this.saved(answer, this.form);
  }

  /**
   * Errors are shown beside their fields, and so is what somebody else has saved. What is gone is left to its button.
   *
   * @param {HTMLFormElement} fresh
   * @param {Document} page
   */
  refuse(fresh, page) {
    this.changed = true;
    hold("items");
    keep(this.form);
    withPrefix(fresh, this.form.dataset.prefix ?? "");
    const why = page.querySelector("main > .alert-danger, main > .alert[role=alert]")?.textContent?.trim();
    const isInvalid = fresh.querySelector(".is-invalid") !== null;
    this.isInConflict = fresh.querySelector(".theirs") !== null;
    this.isLeft = !this.isInConflict && !isInvalid;
    const address = new URL(fresh.getAttribute("action") ?? this.action, this.action).href;
    tell(this.isInConflict ? words.conflict : isInvalid ? words.refused : why || words.refused, true);
    announce(shown.value);
    clearRefusal(this.form);
    if (isInvalid) showErrors(this.form, fresh);
    if (this.isInConflict) {
      this.action = address; // that of the row, if an answer to a new form was lost
      takeTokens(this.form, fresh, this.adopt(fresh).kept);
      const told = page.querySelector(".alert[data-conflict] p")?.textContent?.trim() ?? words.conflict;
      showConflict(this.form, fresh, told, () => {
        this.isInConflict = false;
        this.changed = true;
        this.save();
      });
    } else if (this.isLeft) {
      takeTokens(this.form, fresh);
      this.form.action = address;
      this.form.dataset.left = "1";
    }
  }

  /**
   * Take over what the site has made of what was sent. Settings that are not being changed here follow what is saved;
   * of those that are, what others have saved is unseen: it is told when they are applied.
   *
   * @param {HTMLFormElement} fresh
   */
  adopt(fresh) {
    const { labels, kept } = adopt(this.form, fresh, this.sent);
    const pending = this.pending();
    const held = pending.filter((name) => !this.sent?.has(`${name} 0`));
    const unseen = differing(this.form, fresh, held);
    const [now, theirs] = [new FormData(fresh), valuesOf(fresh)];
    for (const name of SETTINGS) this.settled.set(name, now.getAll(name).map(String));
    for (const [name, field] of fieldsOf(this.form)) {
      const value = theirs.get(name);
      if (SETTINGS.includes(field.name) && !pending.includes(field.name) && value !== undefined) put(field, value);
    }
    return { labels, kept: [...kept, ...unseen], unseen };
  }

  /**
   * Begin anew from what the site has: nothing of it is being changed here.
   *
   * @param {HTMLFormElement} fresh
   */
  renew(fresh) {
    if (this.changed || this.saving || this.isInConflict || versionOf(fresh) < versionOf(this.form)) return;
    this.sent = valuesOf(this.form);
    for (const name of this.pending()) this.sent.delete(`${name} 0`);
    takeTokens(this.form, fresh, this.adopt(fresh).kept);
  }

  /**
   * Show what the site has in a slot: its file has come by another way than this form. Whether it could be: what is
   * being written or saved comes first.
   *
   * @param {HTMLFormElement} fresh
   * @param {string} name
   */
  renewSlot(fresh, name) {
    if (this.changed || this.saving || this.isInConflict) return false;
    showSlot(this.form, fresh, name);
    this.renew(fresh);
    return true;
  }

  stop() {
    window.clearTimeout(this.waiting);
    jQuery(partsOf(this.form)).off(".autosave");
    forms.delete(this);
  }
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

/**
 * Whether pressing the form's button has nothing more to do than saving now.
 *
 * @param {HTMLFormElement} form
 */
export function isAutosaved(form) {
  return [...forms].some((each) => each.form === form && !each.isLeft && !each.pending().length);
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

// Who is connected again need not wait.
window.addEventListener("online", saveAll);
