// What the site says of a form that it does not save yet: errors, and what somebody else has saved meanwhile.
import { find, findAll } from "./dom.js";
import { fieldsOf, groupOf, inForm } from "./forms_in_place.js";
import { words } from "./frame.js";

/**
 * Nothing is wrong any more.
 *
 * @param {HTMLFormElement} form
 */
export function clearRefusal(form) {
  for (const told of inForm(".field-error, .theirs, .conflict", form)) told.remove();
  for (const field of inForm(".is-invalid", form)) {
    field.classList.remove("is-invalid");
    field.removeAttribute("aria-invalid");
  }
}

/**
 * Show errors beside their fields.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} fresh the form with its errors
 */
export function showErrors(form, fresh) {
  for (const error of findAll(HTMLElement, ".field-error", fresh)) {
    const field = document.getElementById(error.id.replace(/-error$/, ""));
    field?.classList.add("is-invalid");
    field?.setAttribute("aria-invalid", "true");
    if (field) field.after(error);
    else find(HTMLElement, "fieldset", form).append(error);
  }
}

/**
 * Show what somebody else has saved beside what is written here, what differs marked, and ask whose shall stay.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} fresh the form with both values of each field
 * @param {string} who a sentence that says who, and when
 * @param {() => void} chosen
 */
export function showConflict(form, fresh, who, chosen) {
  for (const theirs of findAll(HTMLElement, ".theirs", fresh)) {
    const box = find(HTMLInputElement, "input[name=theirs]", theirs);
    const mine = fieldsOf(form).find(([, field]) => field.name === box.value)?.[1];
    const file = form.querySelector(`input[type=file][name="${CSS.escape(box.value)}"]`);
    const value = find(HTMLElement, ".theirs-value", theirs);
    if (mine && !(mine instanceof HTMLSelectElement)) mark(value, mine.value);
    if (form.id) box.setAttribute("form", form.id);
    const place = mine ?? file;
    (place ? groupOf(place) : find(HTMLElement, "fieldset", form))?.append(theirs);
  }
  const told = document.createElement("div");
  told.className = "alert alert-danger conflict";
  told.setAttribute("role", "alert");
  told.append(Object.assign(document.createElement("p"), { textContent: who }));
  /** @type {[string, boolean][]} */
  const choices = [
    [words.keepMine, false],
    [words.takeTheirs, true],
  ];
  for (const [text, isTheirs] of choices) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-secondary btn-sm", textContent: text });
    button.addEventListener("click", () => {
      for (const box of inForm("[name=theirs]", form)) if (box instanceof HTMLInputElement) box.checked = isTheirs;
      chosen();
    });
    told.append(button, " ");
  }
  form.prepend(told);
  if (inForm(".theirs", form).some((theirs) => theirs.closest("#side-settings"))) {
    document.dispatchEvent(new CustomEvent("side", { detail: "settings" }));
  }
  told.scrollIntoView({ block: "nearest" });
}

/**
 * Mark the words of a text that another one lacks.
 *
 * @param {HTMLElement} box with the text
 * @param {string} other
 */
function mark(box, other) {
  const [theirs, mine] = [box.textContent ?? "", other].map((text) => text.trim().split(/(?<=\s)/));
  let start = 0;
  while (start < theirs.length && theirs[start] === mine[start]) start++;
  let end = 0;
  while (end < Math.min(theirs.length, mine.length) - start && theirs.at(-1 - end) === mine.at(-1 - end)) end++;
  const marked = document.createElement("mark");
  marked.textContent = theirs.slice(start, theirs.length - end).join("");
  box.replaceChildren(
    theirs.slice(0, start).join(""),
    ...(marked.textContent ? [marked] : []),
    theirs.slice(theirs.length - end).join(""),
  );
}
