// A page's screen: the form of an item opens in its row, new items are added between others, and everything saves itself.
// Without this script each form is a page of its own.
import { autosave, isAllSaved, isAutosaved, saveAll } from "./autosave.js";
import { refreshBadges } from "./badges.js";
import { around, find, findAll } from "./dom.js";
import { waiting, withPrefix } from "./forms_in_place.js";
import { words } from "./frame.js";
import { release } from "./leaving.js";
import { parsed, showError } from "./messages.js";
import { enableConfirmed } from "./questions.js";
import { vendored } from "./vendored.js";

const list = find(HTMLOListElement, "[data-reorder]");
const kinds = find(HTMLElement, "#add");
let opened = 0;

/**
 * Take parts of the page anew from the site: the state and the commands of the bar, those rows, and rows that others
 * have put there or taken away. The form above the rows is not touched, nor the order that somebody drags.
 *
 * @param {string[]} items
 */
async function refresh(items) {
  const answer = await fetch(window.location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = parsed(await answer.text());
  for (const id of ["state", "publish", "more"]) {
    const [mine, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (mine && fresh && mine.textContent !== fresh.textContent) mine.innerHTML = fresh.innerHTML;
  }
  for (const item of items) {
    const fresh = page.querySelector(`[data-item='${item}'] .item-row`);
    const mine = list.querySelector(`[data-item='${item}'] .item-row`);
    if (fresh && mine) {
      const row = find(HTMLElement, `[data-item='${item}']`, list);
      row.dataset.title = fresh.closest("li")?.dataset.title;
      mine.replaceWith(fresh);
    }
  }
  const now = findAll(HTMLElement, "[data-item]", page);
  const ids = now.map((row) => row.dataset.item ?? "");
  for (const row of findAll(HTMLElement, "[data-item]:not(:has(> .in-place))", list)) {
    if (!ids.includes(row.dataset.item ?? "")) row.remove(); // one with an open form keeps what is written in it
  }
  for (const [place, row] of now.entries()) {
    if (list.querySelector(`[data-item='${row.dataset.item}']`)) continue;
    const before = place ? list.querySelector(`[data-item='${ids[place - 1]}']`) : null;
    if (before) before.after(row);
    else list.prepend(row);
  }
  list.dispatchEvent(new CustomEvent("items", { detail: ids }));
  enableConfirmed(document);
  refreshBadges();
}

/**
 * The form at an address, and where it is.
 *
 * @param {string} address
 */
async function formAt(address) {
  const answer = await fetch(address);
  const form = parsed(await answer.text()).querySelector(".admin-form");
  if (!answer.ok || !(form instanceof HTMLFormElement)) return undefined;
  form.action = answer.url;
  return withPrefix(waiting(form), `in-place-${++opened}-`);
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
    return;
  }
  const box = document.createElement("div");
  box.className = "in-place";
  box.append(form);
  const last = row.querySelector(".add-here");
  if (last) last.before(box);
  else row.append(box);
  // The page is the last thing that one changes of an item, and its order follows from its place.
  const page = form.querySelector("[name=page]")?.closest(".form-group");
  if (page) find(HTMLFieldSetElement, "fieldset", form).append(page);
  vendored.faForm.applyGlobalStyles(box);
  autosave(form, form.action, (answer) => {
    const item = new URL(answer.url).searchParams.get("id") ?? "";
    const isNew = !row.dataset.item;
    row.dataset.item = item;
    if (isNew) row.prepend(Object.assign(document.createElement("div"), { className: "item-row" }));
    refresh([item]);
    document.dispatchEvent(new CustomEvent("edited", { detail: item }));
  });
  const first = form.querySelector("[name=title]");
  if (first instanceof HTMLElement) first.focus();
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
function add(address, after) {
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
  }
  for (const menu of findAll(HTMLDetailsElement, ".menu[open]")) {
    if (!(event.target instanceof Node && menu.contains(event.target))) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = around(event, "details[open]");
  const box = around(event, ".in-place");
  if (menu instanceof HTMLDetailsElement) {
    menu.open = false;
    find(HTMLElement, "summary", menu).focus();
  } else if (box) {
    close(box);
  }
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

// What is published, copied or discarded is what is on the screen; and an item's form is closed by its button.
document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.ready) return;
    const box = form.closest(".in-place");
    const isSaved = box && isAutosaved(form);
    if (!isSaved && (!form.closest(".bar, .item-row") || isAllSaved())) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isSaved) {
      close(box);
    } else if (await saveAll()) {
      const now = form.isConnected
        ? form
        : document.querySelector(`.bar form[action="${form.getAttribute("action")}"]`);
      if (!(now instanceof HTMLFormElement)) return;
      now.dataset.ready = "1";
      window.setTimeout(() => now.requestSubmit()); // while an event is still told, nothing is sent
    }
  },
  true,
);
document.addEventListener("changed", () => {
  refresh([]);
  document.dispatchEvent(new CustomEvent("edited"));
});
