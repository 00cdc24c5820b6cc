// Dialogs of the editor: where a link leads, and which picture is shown.
import { find } from "../dom.js";
import { stored, whyNoLink, whyNoPicture } from "./addresses.js";
import { Listbox } from "./listbox.js";
import { words } from "./words.js";

/**
 * A page that can be linked to.
 *
 * @typedef {object} Linkable
 * @property {string} title
 * @property {string} address
 * @property {string} note
 */

/** How long one may pause while typing, in milliseconds. */
const PAUSE_MS = 200;

/**
 * A dialog that asks for an address.
 *
 * @param {string} selector
 * @param {(address: string) => string | undefined} whyNot
 */
function asking(selector, whyNot) {
  const dialog = find(HTMLDialogElement, selector);
  const form = find(HTMLFormElement, "form", dialog);
  const field = find(HTMLInputElement, "[name=address]", dialog);
  const error = find(HTMLElement, ".field-error", dialog);
  /** @type {() => void} */
  let done = () => {};

  /** @param {string} [reason] */
  function refuse(reason) {
    error.textContent = reason ?? "";
    error.hidden = !reason;
    field.toggleAttribute("aria-invalid", Boolean(reason));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const address = stored(field.value);
    const reason = whyNot(address);
    refuse(reason);
    if (reason) field.focus();
    else {
      field.value = address;
      dialog.close("ok");
    }
  });
  dialog.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLButtonElement && target.type === "button" && !target.matches("[data-pick]"))
      dialog.close(target.value);
  });
  dialog.addEventListener("close", () => done());

  return {
    dialog,
    field,
    /**
     * @param {string} address
     * @returns {Promise<string>} the value of the button that was pressed
     */
    open(address) {
      field.value = address;
      refuse();
      dialog.returnValue = "";
      dialog.showModal();
      field.select();
      return new Promise((resolve) => {
        done = () => resolve(dialog.returnValue);
      });
    },
  };
}

const link = asking("#markdown-link", whyNoLink);
const picture = asking("#markdown-picture", whyNoPicture);
const pages = new Listbox(find(HTMLElement, "[role=listbox]", link.dialog));
const status = find(HTMLElement, "[role=status]", link.dialog);
const remove = find(HTMLButtonElement, "[value=remove]", link.dialog);
const alternative = find(HTMLInputElement, "[name=alt]", picture.dialog);
let title = "";
let taken = "";
let pause = 0;
let asked = 0;

async function offer() {
  asked += 1;
  const mine = asked;
  const typed = link.field.value.trim();
  title = "";
  /** @type {{ pages: Linkable[] }} */
  let found = { pages: [] };
  try {
    const query = new URLSearchParams({ q: typed });
    const answer = await fetch(`${link.dialog.dataset.url}?${query}`, { headers: { Accept: "application/json" } });
    found = await answer.json(); // it is the sign-in if the session has ended
    status.textContent = found.pages.length || whyNoLink(stored(typed)) === undefined ? "" : words.nothing;
  } catch {
    status.textContent = words.notReached;
  }
  if (mine !== asked) return; // one has typed on meanwhile
  pages.show(
    found.pages.map((page) => ({ text: page.title, note: page.note || page.address, choose: () => choose(page) })),
    -1,
  );
  show();
}

/** @param {Linkable} page */
function choose(page) {
  window.clearTimeout(pause); // what is still asked for is not wanted any more
  asked += 1;
  link.field.value = page.address;
  title = page.title;
  pages.hide();
  show();
}

// A picture of the library has an alternative text, which is taken unless somebody has written another one.
find(HTMLElement, ".from-library", picture.dialog).addEventListener("picked", (event) => {
  const [file] = /** @type {CustomEvent<import("../library.js").Offered[]>} */ (event).detail;
  const isMine = alternative.value !== "" && alternative.value !== taken;
  picture.field.value = file.address;
  if (!isMine) alternative.value = taken = file.alt;
  alternative.focus();
});

/** What is told of the list to those who do not see it. */
function show() {
  link.field.setAttribute("aria-expanded", String(pages.isOpen));
  if (pages.activeId) link.field.setAttribute("aria-activedescendant", pages.activeId);
  else link.field.removeAttribute("aria-activedescendant");
}

link.field.setAttribute("aria-controls", pages.list.id);
link.field.addEventListener("input", () => {
  window.clearTimeout(pause);
  pause = window.setTimeout(offer, PAUSE_MS);
});
link.field.addEventListener("keydown", (event) => {
  if (!pages.takes(event)) return;
  event.preventDefault();
  show();
});

/**
 * Ask where a link leads.
 *
 * @param {string} address where it leads now
 * @returns {Promise<{ address: string, title: string } | "remove" | undefined>} nothing if it shall stay as it is
 */
export async function askLink(address) {
  remove.hidden = !address;
  pages.hide();
  status.textContent = "";
  show();
  const answered = link.open(address);
  if (!address) offer();
  const answer = await answered;
  asked += 1;
  window.clearTimeout(pause);
  if (answer === "remove") return answer;
  return answer === "ok" ? { address: link.field.value, title } : undefined;
}

/**
 * Ask for a picture.
 *
 * @param {{ src: string, alt: string }} shown
 * @returns {Promise<{ src: string, alt: string } | undefined>}
 */
export async function askPicture({ src, alt }) {
  alternative.value = alt;
  const answer = await picture.open(src);
  return answer === "ok" ? { src: picture.field.value, alt: alternative.value.trim() } : undefined;
}
