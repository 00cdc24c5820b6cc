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
let waiting = 0;
let signsOut = false;

/** @returns {HTMLFormElement | null} */
function editForm() {
  return document.querySelector("main .admin-form");
}

/** One for each row, and for each page that an item is added to. */
function key() {
  const { pathname, searchParams } = new URL(window.location.href);
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

function keep() {
  const form = editForm();
  if (!form) return;
  /** @type {Draft} */
  const draft = { token: token(form), at: Date.now(), content: content(form) };
  try {
    window.localStorage.setItem(key(), JSON.stringify(draft));
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

async function offer() {
  await forgetSaved();
  const form = editForm();
  const draft = drafts().find(([name]) => name === key())?.[1];
  if (!form || !draft || draft.token === token(form) || isSame(draft, form)) return;
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
    window.localStorage.removeItem(key());
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
  hold("edits");
  keep();
}

// (By jQuery, because select boxes tell it alone of a change.)
jQuery(document).on("input change", "main .admin-form", () => {
  signsOut = false;
  window.clearTimeout(waiting);
  waiting = window.setTimeout(keep, PAUSE_MS);
});
window.addEventListener("pagehide", () => {
  if (isHeld("edits") && !signsOut) keep();
});
document.addEventListener(
  "submit",
  (event) => {
    if (event.target === editForm()) keep();
    if (!around(event, "[data-sign-out]")) return;
    signsOut = true;
    window.clearTimeout(waiting);
    for (const [name] of drafts()) window.localStorage.removeItem(name);
  },
  true,
);
document.addEventListener("click", (event) => {
  if (around(event, "[data-cancel]") && !around(event, ".in-place")) window.localStorage.removeItem(key());
});

offer();
