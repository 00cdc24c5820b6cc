// What is in a form, and what makes one fit to be open beside others on a page's screen.
import { find, findAll } from "./dom.js";

/** Fields that say which form it is, and what it was made from. */
export const TOKENS = ["csrf_token", "form_token", "version", "form_seen"];

/**
 * Fields by their names, of which a name may have several.
 *
 * @param {HTMLFormElement} form
 * @returns {[string, HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement][]}
 */
export function fieldsOf(form) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const fields = /** @type {(HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[]} */ ([...form.elements]);
  return fields
    .filter(({ name, type }) => name && !TOKENS.includes(name) && !["file", "submit", "button"].includes(type))
    .map((field) => {
      const number = seen.get(field.name) ?? 0;
      seen.set(field.name, number + 1);
      return [`${field.name} ${number}`, field];
    });
}

/** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field */
export function shownIn(field) {
  return field.type === "checkbox" && field instanceof HTMLInputElement ? String(field.checked) : field.value;
}

/** @param {HTMLFormElement} form */
export function valuesOf(form) {
  return new Map(fieldsOf(form).map(([name, field]) => [name, shownIn(field)]));
}

/** @param {HTMLFormElement} form */
export function tokenOf(form) {
  return find(HTMLInputElement, "[name=form_token]", form).value;
}

/**
 * Have whatever button sends a form wait to be published.
 *
 * @param {HTMLFormElement} form
 */
export function waiting(form) {
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_draft", value: "1" }));
  return form;
}

/**
 * Have the ids in a form begin with a prefix, so that several forms can be open on one screen.
 *
 * @param {HTMLFormElement} form
 * @param {string} prefix
 */
export function withPrefix(form, prefix) {
  form.dataset.prefix = prefix;
  for (const name of ["id", "for", "aria-describedby", "aria-labelledby", "list"]) {
    for (const element of findAll(HTMLElement, `[${name}]`, form)) {
      const ids = (element.getAttribute(name) ?? "").split(" ").map((id) => `${prefix}${id}`);
      element.setAttribute(name, ids.join(" "));
    }
  }
  return form;
}

/**
 * The form, and what lies elsewhere of it: fields that name it in their attribute "form".
 *
 * @param {HTMLFormElement} form
 * @returns {HTMLElement[]}
 */
export function partsOf(form) {
  return form.id ? [form, ...findAll(HTMLElement, `[data-part-of="${CSS.escape(form.id)}"]`)] : [form];
}

/**
 * Elements of a form, wherever they lie.
 *
 * @param {string} selector
 * @param {HTMLFormElement} form
 */
export function inForm(selector, form) {
  return partsOf(form).flatMap((part) => findAll(HTMLElement, selector, part));
}

/**
 * What surrounds a field with its label.
 *
 * @param {Element} field
 */
export function groupOf(field) {
  return field.closest(".form-group, .form-check") ?? field.parentElement;
}

/** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field */
export function labelOf(field) {
  return field.labels?.[0]?.firstChild?.textContent?.trim() ?? "";
}

/** @param {HTMLFormElement} form */
export function versionOf(form) {
  return Number(find(HTMLInputElement, "[name=version]", form).value);
}

/**
 * From now on a form is sent as a newer one: what it was made from. Of some fields it has still seen what it had: the
 * next saving compares them with that.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} fresh
 * @param {string[]} [kept] names of fields
 */
export function takeTokens(form, fresh, kept = []) {
  for (const name of TOKENS) {
    const [mine] = findAll(HTMLInputElement, `[name=${name}]`, form);
    const theirs = fresh.querySelector(`[name=${name}]`);
    if (!mine || !(theirs instanceof HTMLInputElement)) continue;
    if (kept.length && name === "version") continue; // the latest version is compared with nothing
    mine.value = kept.length && name === "form_seen" ? seen(mine.value, theirs.value, kept) : theirs.value;
  }
}

/**
 * Those of some fields that have another value on the site than they had when the form last took it over.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} fresh
 * @param {string[]} names
 */
export function differing(form, fresh, names) {
  const [old, now] = [form, fresh].map((each) =>
    JSON.parse(find(HTMLInputElement, "[name=form_seen]", each).value || "{}"),
  );
  return names.filter((name) => old[name] !== now[name]);
}

/**
 * @param {string} before digests of values by field, as JSON
 * @param {string} now
 * @param {string[]} kept fields whose digests stay as they were
 */
function seen(before, now, kept) {
  const [old, fresh] = [before, now].map((text) => JSON.parse(text || "{}"));
  for (const name of kept) fresh[name] = old[name];
  return JSON.stringify(fresh);
}
