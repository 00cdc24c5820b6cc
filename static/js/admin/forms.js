// The admin's forms: edits are not lost by leaving, and files are sent in the background, so that there is something to
// see meanwhile.
import { refreshBadges } from "./badges.js";
import { around, find, findAll } from "./dom.js";
import { forgetSaved } from "./drafts.js";
import { words } from "./frame.js";
import { hold, release } from "./leaving.js";
import { announce, parsed, sentence } from "./messages.js";
import { ensureSignedIn, isSignedOut } from "./session.js";
import { jQuery, vendored } from "./vendored.js";

/** @typedef {HTMLElement | null} Submitter the button that was pressed */

/** Forms on a page's screen: they hold back who leaves only while something is not saved. */
const SAVE_THEMSELVES = ".in-place, [data-autosaves]";

// (By jQuery, because select boxes tell it alone of a change.)
jQuery(document).on("input change", ".admin-form", (/** @type {Event} */ event) => {
  if (!around(event, SAVE_THEMSELVES)) hold("edits");
});
// Nobody has heard of what was written before this script was there.
if (findAll(HTMLFormElement, ".admin-form").some((form) => [...form.elements].some(isChanged))) hold("edits");

document.addEventListener("click", (event) => {
  if (around(event, "[data-cancel]") && !around(event, SAVE_THEMSELVES)) releaseForm();
});

// Whatever is sent, it is first made sure that it will be taken: the session may have ended while one was writing.
document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method !== "post") return;
  event.preventDefault();
  form.dataset.sent = "1";
  if (!(await ensureSignedIn())) delete form.dataset.sent;
  else if (form.matches(".admin-form") && chosenFiles(form).length) upload(form, event.submitter);
  else send(form, event.submitter);
});

/**
 * Whether a field differs from what the page came with.
 *
 * @param {Element} field
 */
export function isChanged(field) {
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    return field.value !== (options.find((option) => option.defaultSelected) ?? options[0])?.value;
  }
  if (field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type)) {
    return field.checked !== field.defaultChecked;
  }
  const isText = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
  return isText && field.value !== field.defaultValue;
}

function releaseForm() {
  release("edits");
  release("upload");
}

/**
 * As the browser does it, which would ask the page's listeners once more.
 *
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 */
function send(form, submitter) {
  if (form.matches(".admin-form")) release("edits");
  const pressed = document.createElement("input");
  const { name = "", value = "" } = /** @type {Partial<HTMLButtonElement>} */ (submitter ?? {});
  Object.assign(pressed, { type: "hidden", name, value });
  form.append(pressed);
  HTMLFormElement.prototype.submit.call(form);
  pressed.remove();
}

/** @param {HTMLFormElement} form */
function chosenFiles(form) {
  return findAll(HTMLInputElement, "input[type=file]", form).flatMap((input) => [...(input.files ?? [])]);
}

/**
 * @param {HTMLFormElement} form
 * @param {Submitter} submitter
 */
function upload(form, submitter) {
  const { limit, tooLarge = "", broken = "", uploading = "" } = form.dataset;
  if (chosenFiles(form).some((file) => file.size > Number(limit))) {
    finish(form, tooLarge);
    return;
  }
  const body = new FormData(form, submitter);
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => showProgress(form, loaded / total));
  // The session has ended since it was looked at: sign in and send it once more, the files are still chosen.
  const again = async () => {
    finish(form, words.signedOut);
    if (await ensureSignedIn()) upload(form, submitter);
  };
  request.addEventListener("load", () => {
    if (new URL(request.responseURL).pathname.endsWith("/login")) again();
    else if (request.status < 400) showAnswer(request, form);
    else finish(form, sentence(request.responseText) || broken);
  });
  request.addEventListener("error", async () => {
    if (await isSignedOut()) again();
    else finish(form, broken);
  });
  request.open("POST", form.action);
  request.send(body);
  hold("upload");
  announce(uploading);
  showProgress(form, 0);
  find(HTMLElement, ".upload-error", form).hidden = true;
  setEditable(form, false);
}

/**
 * @param {HTMLFormElement} form
 * @param {number} part
 */
function showProgress(form, part) {
  const box = find(HTMLElement, ".upload-progress", form);
  box.hidden = false;
  find(HTMLProgressElement, "progress", box).value = part;
  find(HTMLOutputElement, "output", box).value = `${form.dataset.uploading} ${Math.floor(part * 100)}%`;
}

/**
 * What would be changed now would not be sent any more.
 *
 * @param {HTMLFormElement} form
 * @param {boolean} is
 */
function setEditable(form, is) {
  for (const part of findAll(HTMLFieldSetElement, "fieldset", form)) part.disabled = !is;
  for (const button of findAll(HTMLButtonElement, "button", form)) button.disabled = !is;
}

/**
 * @param {HTMLFormElement} form
 * @param {string} message
 */
function finish(form, message) {
  const box = find(HTMLElement, ".upload-error", form);
  box.textContent = message;
  box.hidden = false;
  find(HTMLElement, ".upload-progress", form).hidden = true;
  setEditable(form, true);
  release("upload");
  delete form.dataset.sent;
}

/**
 * The answer: another page is gone to, with the messages that came with it (they are told only once). The form itself,
 * saved or refused, takes this one's place; if refused, the files that were chosen stay chosen.
 *
 * @param {XMLHttpRequest} request
 * @param {HTMLFormElement} form
 */
function showAnswer(request, form) {
  const page = parsed(request.responseText);
  releaseForm();
  if (request.responseURL !== window.location.href.split("#")[0]) {
    const messages = findAll(HTMLElement, "main > .alert", page).map((message) => message.outerHTML);
    window.sessionStorage.setItem("messages", messages.join(""));
    window.location.assign(request.responseURL);
    return;
  }
  const main = find(HTMLElement, "main", page);
  const refused = firstRefused(main);
  if (refused || formToken(main) === formToken(form)) {
    hold("edits");
    for (const input of findAll(HTMLInputElement, "input[type=file]", form)) {
      find(HTMLInputElement, `#${input.id}`, main).files = input.files;
    }
  }
  find(HTMLElement, "main").replaceWith(main);
  vendored.faForm.applyGlobalStyles(main);
  window.scrollTo(0, 0);
  focusOn(refused ?? main);
  refreshBadges();
  forgetSaved();
}

/** @param {ParentNode} part */
function formToken(part) {
  return findAll(HTMLInputElement, "[name=form_token]", part)[0]?.value;
}

/**
 * The first field with an error, or the first one that somebody else has changed.
 *
 * @param {ParentNode} part
 * @returns {HTMLElement | null}
 */
function firstRefused(part) {
  return part.querySelector("input.is-invalid, select.is-invalid, textarea.is-invalid, .theirs input");
}

/**
 * (What has the focus of a select box lies beside its field.)
 *
 * @param {HTMLElement} part
 */
function focusOn(part) {
  const box = /** @type {HTMLElement | null} */ (document.querySelector(`#s2id_${part.id} .select2-focusser`));
  (box ?? part).focus();
}

// After all scripts, the last of which makes the select boxes.
window.addEventListener("load", () =>
  jQuery(() => {
    const refused = firstRefused(document);
    if (refused) focusOn(refused);
  }),
);

const messages = window.sessionStorage.getItem("messages");
window.sessionStorage.removeItem("messages");
if (messages) find(HTMLElement, "main").insertAdjacentHTML("afterbegin", messages);
