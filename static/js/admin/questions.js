// Questions before deleting, bulk actions, and that what is sent once is not sent again.
import { find, findAll } from "./dom.js";

// A form or button with data-confirm sends only after a yes. Without this script such buttons stay off.
// And once is enough: what was sent is not sent again by a second click.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const own = event.submitter?.dataset.confirm || form.dataset.confirm;
  const question = [own, askedOfAll()].filter(Boolean).join("\n\n");

  /** With all that match, more is done than one sees. */
  function askedOfAll() {
    const all = document.querySelector(`.all-matching [form="${form.id}"]:checked`);
    return all instanceof HTMLElement && all.dataset.confirm;
  }
  if (form.dataset.none && !document.querySelector(`[form="${form.id}"]:checked`)) {
    event.preventDefault();
    window.alert(form.dataset.none);
  } else if (form.dataset.sent || (question && !window.confirm(question))) {
    event.preventDefault();
  }
});
window.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!event.defaultPrevented && form.method === "post") form.dataset.sent = "1";
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of findAll(HTMLFormElement, "form[data-sent]")) delete form.dataset.sent;
  // A browser that ticks again what was ticked before a reload would tick what nobody sees.
  for (const box of findAll(HTMLInputElement, ".all-matching[hidden] input")) box.checked = false;
});

/** @param {ParentNode} part */
export function enableConfirmed(part) {
  for (const button of findAll(HTMLButtonElement, "[data-confirm] button, button[data-confirm]", part))
    button.disabled = false;
}
enableConfirmed(document);

// The box in a list's head ticks all boxes, and tells when all are ticked.
document.addEventListener("change", ({ target }) => {
  const boxes = findAll(HTMLInputElement, ".action-checkbox");
  if (!(target instanceof HTMLInputElement) || !boxes.length) return;
  const all = find(HTMLInputElement, ".action-rowtoggle");
  if (target === all) for (const box of boxes) box.checked = all.checked;
  else if (boxes.includes(target)) all.checked = boxes.every((box) => box.checked);
  const offer = document.querySelector(".all-matching");
  if (!(offer instanceof HTMLElement)) return;
  offer.hidden = !all.checked;
  if (!all.checked) find(HTMLInputElement, "input", offer).checked = false;
});
