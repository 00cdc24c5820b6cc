// What the site has made of a form that was sent, taken over where nobody is writing.
import { fieldsOf, groupOf, labelOf, shownIn, valuesOf } from "./forms_in_place.js";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

/**
 * Take over what the site has where it is not as it was sent and nobody has written on meanwhile: an order, a title from
 * a file, or what others have changed. Returns the labels of those fields, and the names of fields that differ still,
 * since somebody is writing there.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} fresh
 * @param {Map<string, string>} [sent] values that were sent
 */
export function adopt(form, fresh, sent) {
  const theirs = valuesOf(fresh);
  /** @type {string[]} */
  const labels = [];
  /** @type {string[]} */
  const kept = [];
  for (const [name, field] of fieldsOf(form)) {
    const [value, before] = [theirs.get(name), sent?.get(name)];
    if (value === undefined || before === undefined || isAlike(value, shownIn(field))) continue;
    if (before !== shownIn(field) || isBeingWritten(field)) {
      if (!isAlike(value, before)) kept.push(field.name);
      continue;
    }
    if (field.closest(".form-group, .form-check")?.querySelector(".theirs")) continue;
    put(field, value);
    if (field.name !== "order") labels.push(labelOf(field));
  }
  return { labels: labels.filter(Boolean), kept };
}

/**
 * @param {Field} field
 * @param {string} value as `shownIn` tells it
 */
export function put(field, value) {
  if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === "true";
  else field.value = value;
}

/**
 * Whether somebody is in a field with a text, who may be about to go on.
 *
 * @param {Field} field
 */
function isBeingWritten(field) {
  if (field instanceof HTMLSelectElement || field.type === "checkbox" || field.value === "") return false;
  const active = document.activeElement;
  if (active instanceof HTMLElement && active.isContentEditable) return groupOf(field)?.contains(active) ?? false;
  return field === active;
}

/**
 * Whether the site has only taken spaces from the ends of what is written.
 *
 * @param {string} theirs
 * @param {string} mine
 */
function isAlike(theirs, mine) {
  const [one, other] = [theirs, mine].map((text) => text.replace(/[^\S\n]+$/gm, "").trim());
  return one === other;
}
