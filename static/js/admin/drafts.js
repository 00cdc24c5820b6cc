// What is written in a form and not saved yet is kept in the browser, and offered when the form is opened again: after
// a crash, a reload, or a session that ended. It goes when it is saved, and all of it when its editor signs out.
import { around, find } from "./dom.js";
import { filled, savedUrl, words } from "./frame.js";
import { hold, isHeld } from "./leaving.js";
import { announce } from "./messages.js";
import { jQuery } from "./vendored.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */
/** @typedef {boolean | [value: string, shown?: string | null]} Kept the state of a box, or a value and what is shown of it */
/** @typedef {{ token: string, at: number, content: Record<string, Kept> }} Draft */

const PREFIX = `draft ${find(HTMLElement, "#sign-in").dataset.owner} `;
const PAUSE_MS = 400;
const KEPT_MS = 5 * 24 * 3600 * 1000; // the site knows for a week which forms are saved
const NOT_KEPT = ["csrf_token", "form_token", "theirs", ""];
/** Forms in which something was written. @type {Set<HTMLFormElement>} */
const changed = new Set();
let waiting = 0;
let signsOut = false;

function keepAll() {
  for (const form of changed) if (form.isConnected) keep(form);
}

/** The form that is the page's own, if it tells which form it is. @returns {HTMLFormElement | null} */
function mainForm() {
  return document.querySelector("main .admin-form:has([name=form_token])");
}

/**
 * One for each row, and for each page that an item is added to.
 *
 * @param {HTMLFormElement} form
 */
function key(form) {
  const { pathname, searchParams } = new URL(form.action);
  return `${PREFIX}${pathname} ${searchParams.get("id") ?? searchParams.get("page") ?? ""}`;
}

/** @param {HTMLFormElement} form */
function token(form) {
  return find(HTMLInputElement, "[name=form_token]", form).value;
}

/** @param {HTMLFormElement} form */
function fields(form) {
  const elements = /** @type {Field[]} */ ([...form.elements]);
  return elements.filter(
    (field) => !NOT_KEPT.includes(field.name ?? "") && !["file", "submit", "button"].includes(field.type),
  );
}

/**
 * Each field's value; of a select box that asks the server also what it shows.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, Kept>}
 */
function content(form) {
  return Object.fromEntries(
    fields(form).map((field) => [
      field.name,
      isBox(field) ? field.checked : [field.value, jQuery(field).data("select2")?.data()?.text],
    ]),
  );
}

/**
 * @param {Field} field
 * @returns {field is HTMLInputElement}
 */
function isBox(field) {
  return field.type === "checkbox";
}

/**
 * Keep what is written in a form in the browser.
 *
 * @param {HTMLFormElement} form
 */
export function keep(form) {
  /** @type {Draft} */
  const draft = { token: token(form), at: Date.now(), content: content(form) };
  try {
    window.localStorage.setItem(key(form), JSON.stringify(draft));
  } catch {
    // No room, or not allowed: the form works all the same.
  }
}

function drafts() {
  /** @type {[name: string, draft: Draft][]} */
  const found = [];
  for (const name of Object.keys(window.localStorage).filter((each) => each.startsWith(PREFIX))) {
    try {
      const draft = JSON.parse(window.localStorage.getItem(name) ?? "");
      if (draft.at < Date.now() - KEPT_MS) throw new Error("too old");
      found.push([name, draft]);
    } catch {
      window.localStorage.removeItem(name);
    }
  }
  return found;
}

/** What the site has saved is no draft any more. */
export async function forgetSaved() {
  const found = drafts();
  if (!found.length) return;
  try {
    const answer = await fetch(`${savedUrl}?${new URLSearchParams(found.map(([, draft]) => ["token", draft.token]))}`);
    const saved = answer.ok && !answer.redirected ? await answer.json() : [];
    for (const [name, draft] of found) if (saved.includes(draft.token)) window.localStorage.removeItem(name);
  } catch {
    // The site is away: they are asked about later.
  }
}

/**
 * What is written in a form is saved.
 *
 * @param {HTMLFormElement} form
 */
export function forget(form) {
  changed.delete(form);
  window.localStorage.removeItem(key(form));
}

/** The addresses and titles of forms that have kept something that the site has not saved. */
export async function unsaved() {
  await forgetSaved();
  return drafts().map(([name, { content }]) => {
    const [path, id] = name.slice(PREFIX.length).split(" ");
    return { path, id, title: Array.isArray(content.title) ? content.title[0] : "" };
  });
}

/**
 * Offer what was kept of a form that is opened again.
 *
 * @param {HTMLFormElement} form
 */
export async function offer(form) {
  await forgetSaved();
  const name = key(form);
  const draft = drafts().find(([each]) => each === name)?.[1];
  if (!draft || draft.token === token(form) || isSame(draft, form)) return;
  const template = find(HTMLTemplateElement, "#draft").content.cloneNode(true);
  const box = find(HTMLElement, ".draft", /** @type {DocumentFragment} */ (template));
  const today = new Date(draft.at).toDateString() === new Date().toDateString();
  const time = new Date(draft.at).toLocaleString(document.documentElement.lang, {
    timeStyle: "short",
    ...(today ? {} : { dateStyle: "medium" }),
  });
  find(HTMLElement, "p", box).textContent = filled(words.draft, { time });
  find(HTMLElement, "[data-restore]", box).addEventListener("click", () => {
    restore(draft, form);
    box.remove();
    announce(words.restored);
  });
  find(HTMLElement, "[data-discard]", box).addEventListener("click", () => {
    window.localStorage.removeItem(name);
    box.remove();
  });
  form.before(box);
}

/**
 * @param {Draft} draft
 * @param {HTMLFormElement} form
 */
function isSame(draft, form) {
  const hidden = ["version", "form_seen"];
  return Object.entries(content(form)).every(
    ([name, value]) => hidden.includes(name) || JSON.stringify(value) === JSON.stringify(draft.content[name]),
  );
}

/**
 * With the version that it was written from: if somebody else has saved the row since, saving tells.
 *
 * @param {Draft} draft
 * @param {HTMLFormElement} form
 */
function restore(draft, form) {
  for (const field of fields(form)) {
    const value = draft.content[field.name];
    if (value === undefined) continue;
    if (typeof value === "boolean") {
      if (isBox(field)) field.checked = value;
    } else if (value[1] !== undefined && value[1] !== null) {
      jQuery(field).select2("data", { id: value[0], text: value[1] });
    } else {
      [field.value] = value;
    }
  }
  keep(form);
  if (form.dataset.autosaves) jQuery(form).trigger("change");
  else hold("edits");
}

// (By jQuery, because select boxes tell it alone of a change.)
jQuery(document).on("input change", (/** @type {Event} */ { target }) => {
  const form = /** @type {Field} */ (target).form ?? target; // a field of a form need not lie in it
  if (!(form instanceof HTMLFormElement) || !form.matches(".admin-form")) return;
  signsOut = false;
  changed.add(form);
  window.clearTimeout(waiting);
  waiting = window.setTimeout(keepAll, PAUSE_MS);
});
window.addEventListener("pagehide", () => {
  if (!signsOut && (isHeld("edits") || isHeld("items"))) keepAll();
});
document.addEventListener(
  "submit",
  (event) => {
    const form = mainForm();
    if (form && event.target === form) keep(form);
    if (!around(event, "[data-sign-out]")) return;
    signsOut = true;
    window.clearTimeout(waiting);
    for (const [name] of drafts()) window.localStorage.removeItem(name);
  },
  true,
);
document.addEventListener("click", (event) => {
  const form = around(event, "[data-cancel]")?.closest("form");
  if (form) forget(form);
});

const form = mainForm();
if (form) offer(form);
else forgetSaved();
