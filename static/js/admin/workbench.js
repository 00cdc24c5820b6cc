// A page's screen: the form of an item opens in its row, new items are added between others, and everything saves itself.
// Without this script each form is a page of its own.
import { autosave, isAllSaved, isAutosaved, saveAll } from "./autosave.js";
import { around, find, findAll } from "./dom.js";
import { offer, unsaved } from "./drafts.js";
import { isChanged } from "./forms.js";
import { waiting, withPrefix } from "./forms_in_place.js";
import { words } from "./frame.js";
import { release } from "./leaving.js";
import { closeMenu } from "./menus.js";
import { parsed, showError } from "./messages.js";
import { ASKS } from "./posting.js";
import { renew, take } from "./renewing.js";
import { vendored } from "./vendored.js";

const list = find(HTMLOListElement, "[data-reorder]");
const kinds = find(HTMLElement, "#add");
/** After that a slot is shown anew that could not be, because its form was being saved. */
const LATER_MS = 1000;
let opened = 0;

/**
 * The form at an address, and where it is.
 *
 * @param {string} address
 * @param {string} [prefix] of its ids
 */
async function formAt(address, prefix = `in-place-${++opened}-`) {
  const answer = await fetch(address, { headers: ASKS });
  const form = parsed(await answer.text()).querySelector(".admin-form");
  if (!answer.ok || !(form instanceof HTMLFormElement)) return undefined;
  form.action = answer.url;
  return withPrefix(waiting(form), prefix);
}

/**
 * Open a form in a row.
 *
 * @param {HTMLElement} row
 * @param {string} address
 */
async function open(row, address) {
  const form = await formAt(address).catch(() => undefined);
  if (!form) {
    showError(words.notReached);
    return undefined;
  }
  const box = document.createElement("div");
  box.className = "in-place";
  box.append(form);
  const last = row.querySelector(".add-here");
  if (last) last.before(box);
  else row.append(box);
  vendored.faForm.applyGlobalStyles(box);
  offer(form);
  const saving = autosave(form, form.action, (answer) => {
    const item = new URL(answer.url).searchParams.get("id") ?? "";
    const isNew = !row.dataset.item;
    row.dataset.item = item;
    if (isNew) row.prepend(Object.assign(document.createElement("div"), { className: "item-row" }));
    renew();
    document.dispatchEvent(new CustomEvent("edited", { detail: item }));
  });
  let told = 0;
  box.addEventListener("slot", async (event) => {
    const { detail: slot } = /** @type {CustomEvent<string>} */ (event);
    const number = ++told;
    const fresh = await formAt(form.action, form.dataset.prefix).catch(() => undefined);
    if (!fresh || number !== told || !box.isConnected || saving.renewSlot(fresh, slot)) return;
    window.setTimeout(() => number === told && box.dispatchEvent(new CustomEvent("slot", { detail: slot })), LATER_MS);
  });
  const first = form.querySelector("[name=title]");
  if (first instanceof HTMLElement) first.focus();
  return form;
}

/**
 * Open the form of an item in its row, unless it is open.
 *
 * @param {HTMLElement | null} row
 */
async function openForm(row) {
  const link = row?.querySelector("[data-edit]");
  if (row && link instanceof HTMLAnchorElement && !row.querySelector(".in-place")) await open(row, link.href);
}

/**
 * Let another file be chosen for an item, in its form.
 *
 * @param {HTMLElement | null} row
 */
async function chooseFile(row) {
  closeMenu(row?.querySelector(".menu"));
  await openForm(row);
  const input = row?.querySelector(".in-place input[type=file]");
  if (!(input instanceof HTMLInputElement)) return;
  input.focus();
  input.click();
}

/** @param {Element} box */
async function close(box) {
  if (!isAllSaved() && !(await saveAll())) return;
  const row = box.closest("li");
  box.remove();
  if (row && !row.dataset.item) row.remove();
  const link = row?.querySelector("[data-edit]");
  if (link instanceof HTMLElement) link.focus();
}

/**
 * Give up a new item that is not saved yet.
 *
 * @param {HTMLElement | null} row
 */
function discard(row) {
  row?.remove();
  if (isAllSaved()) release("items");
}

/**
 * Add an item after a row; at the end if there is none.
 *
 * @param {string} address
 * @param {HTMLElement | null} [after]
 */
export function add(address, after) {
  const row = document.createElement("li");
  const url = new URL(address);
  if (after?.dataset.item) url.searchParams.set("after", after.dataset.item);
  if (after) after.after(row);
  else list.append(row);
  return open(row, url.href);
}

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const edit = around(event, "[data-edit]");
  const kind = around(event, "#add a, .add-here a");
  const cancel = around(event, ".in-place [data-cancel]");
  const replace = around(event, "[data-replace]");
  const row = edit?.closest("li");
  if (edit instanceof HTMLAnchorElement && row) {
    event.preventDefault();
    const box = row.querySelector(".in-place");
    if (box) close(box);
    else open(row, edit.href);
  } else if (kind instanceof HTMLAnchorElement) {
    event.preventDefault();
    const here = kind.closest("details");
    if (here) here.open = false;
    add(kind.href, kind.closest("li"));
  } else if (cancel) {
    event.preventDefault();
    discard(cancel.closest("li"));
  } else if (replace) chooseFile(replace.closest("li"));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const box = around(event, ".in-place");
  if (box) close(box);
});

// Between the rows: made when they are first pointed at, so that a long page stays small.
function addMenu() {
  const menu = document.createElement("details");
  menu.className = "add-here";
  const label = document.createElement("summary");
  label.textContent = "+";
  label.setAttribute("aria-label", kinds.dataset.here ?? "");
  const links = find(HTMLElement, "#add").cloneNode(true);
  if (links instanceof HTMLElement) links.removeAttribute("id");
  menu.append(label, links);
  return menu;
}

for (const name of ["pointerover", "focusin"]) {
  list.addEventListener(name, (event) => {
    const row = around(event, "[data-item]");
    if (row && !row.querySelector(".add-here")) row.append(addMenu());
  });
}

// An item's form is closed by its button.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const isOwn = form === own && !own.dataset.left; // it has no button: somebody has pressed Enter
    if (!(form instanceof HTMLFormElement) || !(isOwn || isAutosaved(form))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const name = document.activeElement?.getAttribute("name") ?? "";
    const [apply] = isOwn && name ? findAll(HTMLElement, `[data-apply~="${CSS.escape(name)}"]`) : [];
    apply?.click();
    const box = form.closest(".in-place");
    if (box) close(box);
    else saveAll();
  },
  true,
);
document.addEventListener("changed", () => {
  renew();
  document.dispatchEvent(new CustomEvent("edited"));
});

// What was uploaded into a slot is shown in it from now on.
document.addEventListener("final", (event) => {
  for (const { work, id } of /** @type {CustomEvent<import("./badges.js").State[]>} */ (event).detail) {
    const slot = work === "upload" && list.querySelector(`.in-place [data-slot]:has([data-upload="${id}"])`);
    if (slot instanceof HTMLElement) {
      slot.closest(".in-place")?.dispatchEvent(new CustomEvent("slot", { detail: slot.dataset.slot }));
    }
  }
});

// The page's own form, with the settings beside it.
const own = find(HTMLFormElement, ".workbench > .admin-form");
const saving = autosave(own, window.location.href, ({ page }) => {
  take(page);
  document.dispatchEvent(new CustomEvent("edited"));
});
document.addEventListener("click", (event) => {
  const button = around(event, "[data-apply]");
  if (button) saving.apply((button.dataset.apply ?? "").split(" "));
});
document.addEventListener("renewed", (event) => {
  const { detail: page } = /** @type {CustomEvent<Document>} */ (event);
  const fresh = page.querySelector(".workbench > .admin-form");
  if (fresh instanceof HTMLFormElement) saving.renew(fresh);
});

// Nobody has heard of what was written before this script was there.
if ([...own.elements].some(isChanged)) {
  release("edits");
  saving.note();
}

// What is undone is in the forms that are open, too.
document.addEventListener("undone", () => {
  for (const row of findAll(HTMLElement, "[data-item]:has(> .in-place)", list)) {
    row.querySelector(".in-place")?.remove();
    const link = row.querySelector("[data-edit]");
    if (link instanceof HTMLAnchorElement) open(row, link.href);
  }
});

/** The item that a link has led to. */
function meant() {
  return document.getElementById(window.location.hash.slice(1))?.closest("li") ?? null;
}

/** Open it, and those whose texts were not saved before: these are offered again there. */
async function openFirst() {
  const links = findAll(HTMLAnchorElement, "[data-edit]", list);
  const wanted = new Set(links.filter((link) => meant()?.contains(link)));
  for (const { path, id } of await unsaved()) {
    const link = links.find(
      ({ pathname, search }) => pathname === path && new URLSearchParams(search).get("id") === id,
    );
    if (link) wanted.add(link);
  }
  for (const link of wanted) openForm(link.closest("li"));
}
openFirst();
window.addEventListener("hashchange", () => openForm(meant()));
