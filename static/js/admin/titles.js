// The title of an item is changed in its row. Enter and leaving the field save it, by the item's own form; Escape brings
// back what was there. Enter on a title that is not changed opens the form, and so does Enter on the row's handle.
import { around, find, findAll } from "./dom.js";
import { valuesOf } from "./forms_in_place.js";
import { filled } from "./frame.js";
import { noteMade } from "./made.js";
import { announce, parsed, sentence, showError } from "./messages.js";
import { ASKS } from "./posting.js";
import { renew } from "./renewing.js";
import { csrfToken, ensureSignedIn } from "./session.js";

const list = find(HTMLOListElement, "[data-reorder]");
const shown = find(HTMLOutputElement, "#saved");
/** @type {Record<string, string>} */
const words = JSON.parse(shown.dataset.words ?? "{}");

/** @param {Event} event */
function titleOf(event) {
  const field = around(event, "[data-rename]");
  return field instanceof HTMLInputElement ? field : null;
}

/** @param {Element} field */
function rowOf(field) {
  return find(HTMLElement, "[data-edit]", field.closest("[data-item]") ?? undefined);
}

/**
 * @param {string} text
 * @param {boolean} [isError]
 */
function tell(text, isError = false) {
  shown.hidden = false;
  shown.value = text;
  shown.classList.toggle("field-error", isError);
  if (isError) announce(text);
}

/** @param {HTMLInputElement} field */
async function save(field) {
  if (field.value === field.defaultValue || field.dataset.saving) return;
  const title = field.value.trim();
  const row = field.closest("[data-item]");
  const link = rowOf(field);
  const open = row?.querySelector(".in-place [name=title]");
  if (!title) {
    field.value = field.defaultValue;
  } else if (open instanceof HTMLInputElement) {
    field.defaultValue = title;
    open.value = title; // its form saves itself
    open.dispatchEvent(new Event("input", { bubbles: true }));
  } else if (link instanceof HTMLAnchorElement) {
    field.dataset.saving = "1";
    await send(field, link.href, title).catch(() => tell(words.away, true));
    delete field.dataset.saving;
  }
}

/**
 * Send the item's form as it is, with another title.
 *
 * @param {HTMLInputElement} field
 * @param {string} address
 * @param {string} title
 */
async function send(field, address, title) {
  if (!(await ensureSignedIn())) return;
  tell(words.saving);
  const form = parsed(await (await fetch(address)).text()).querySelector("main .admin-form");
  if (!(form instanceof HTMLFormElement)) {
    await renew();
    return;
  }
  const now = valuesOf(form).get("title 0") ?? "";
  if (now !== field.defaultValue && now !== title) {
    field.defaultValue = now;
    tell(filled(words.titleTaken, { title: now }), true);
    return;
  }
  const body = new FormData(form);
  body.set("title", title);
  body.set("_draft", "1");
  body.set("_continue_editing", "1");
  const headers = { "X-CSRFToken": csrfToken(), ...ASKS };
  const answer = await fetch(address, { method: "POST", body, headers });
  const html = await answer.text();
  const led = new URL(answer.url);
  const fresh = parsed(html).querySelector("main .admin-form");
  const errors = fresh ? findAll(HTMLElement, ".field-error", fresh).map((each) => each.textContent) : [];
  if (!answer.ok || !fresh || errors.length || fresh.querySelector(".theirs")) {
    showError(errors.join(" ") || sentence(html) || words.conflict);
    return;
  }
  noteMade(led);
  field.defaultValue = title;
  tell(filled(words.titleSaved, { title }));
  await renew();
  const item = field.closest("[data-item]")?.getAttribute("data-item");
  document.dispatchEvent(new CustomEvent("edited", { detail: item ?? "" }));
}

list.addEventListener("focusout", (event) => {
  const field = titleOf(event);
  if (field) save(field);
});
list.addEventListener("keydown", (event) => {
  const field = titleOf(event);
  if (event.key === "Enter" && field) {
    event.preventDefault();
    if (field.value === field.defaultValue) rowOf(field).click();
    else save(field);
  } else if (event.key === "Enter" && around(event, ".handle")) {
    event.preventDefault();
    rowOf(/** @type {Element} */ (event.target)).click();
  } else if (event.key === "Escape" && field && field.value !== field.defaultValue) {
    event.stopPropagation();
    field.value = field.defaultValue;
  }
});
