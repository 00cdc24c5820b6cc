// What stands beside a page's form and items: the preview, the settings, the history. On narrow screens it is a drawer
// over them. Without this script the settings are a part of the form, and the others are pages of their own.
import { around, find, findAll } from "./dom.js";
import { words } from "./frame.js";
import { parsed, showError } from "./messages.js";
import { enableConfirmed } from "./questions.js";

const KEY = "side";
const ROOM = window.matchMedia("(min-width: 75rem)");
const side = find(HTMLElement, ".side");
const form = find(HTMLFormElement, ".workbench > .admin-form");
const settings = find(HTMLElement, "#settings");
const tabs = findAll(HTMLButtonElement, "[data-tab]", side);
/** @type {HTMLElement | null} what has opened it */
let opener = null;

// The fields stay the form's, wherever they lie.
form.id = "page-form";
for (const field of findAll(HTMLElement, "input, select, textarea", settings)) field.setAttribute("form", form.id);
settings.dataset.partOf = form.id;
find(HTMLElement, "#side-settings", side).append(settings);
for (const hidden of findAll(HTMLElement, ".apply", settings)) hidden.hidden = false;
for (const button of findAll(HTMLElement, "[data-side]")) button.hidden = false;

/** The name of the tab that is open; empty if none is. */
function shown() {
  return side.hidden ? "" : (side.dataset.shown ?? "");
}

/** @param {string} name of the tab to open, or nothing */
function open(name) {
  side.hidden = !name;
  if (name) side.dataset.shown = name;
  for (const tab of tabs) {
    const isChosen = tab.dataset.tab === side.dataset.shown;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    find(HTMLElement, `#side-${tab.dataset.tab}`, side).hidden = !isChosen;
  }
  for (const button of findAll(HTMLElement, "[data-side]")) {
    button.setAttribute("aria-expanded", String(button.dataset.side === name));
  }
  try {
    if (ROOM.matches) window.localStorage.setItem(KEY, name);
  } catch {
    // It is open for now.
  }
  if (name === "history") showHistory();
  side.dispatchEvent(new CustomEvent("shown", { detail: name }));
}

function close() {
  const buttons = findAll(HTMLElement, `[data-side="${shown()}"]`);
  open("");
  [opener, ...buttons].find((button) => button?.checkVisibility())?.focus();
}

/** The latest revisions, as the page of the history has them. */
async function showHistory() {
  const panel = find(HTMLElement, "#side-history", side);
  const answer = await fetch(panel.dataset.url ?? "").catch(() => null);
  if (!answer?.ok || answer.redirected) {
    showError(words.notReached);
    return;
  }
  const list = parsed(await answer.text()).querySelector("main .panel, main .empty");
  if (!list) return;
  list.classList.remove("panel");
  panel.replaceChildren(list);
  enableConfirmed(panel);
}

document.addEventListener("click", (event) => {
  const button = around(event, "[data-side]");
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button > 0;
  if (!button?.dataset.side || isElsewhere) return;
  event.preventDefault();
  opener = button;
  const isOpen = shown() === button.dataset.side;
  open(isOpen ? "" : button.dataset.side);
  if (!isOpen) find(HTMLElement, "[aria-selected=true]", side).focus();
});
document.addEventListener("click", (event) => {
  const link = around(event, "a[data-setting]");
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  opener = link.closest("details")?.querySelector("summary") ?? link;
  open("settings");
  find(HTMLElement, link.hash, settings).focus();
});
side.addEventListener("click", (event) => {
  const tab = around(event, "[data-tab]");
  if (tab?.dataset.tab) open(tab.dataset.tab);
  if (around(event, "[data-close]")) close();
});
side.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
  const place = tabs.indexOf(/** @type {HTMLButtonElement} */ (event.target));
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (place < 0 || !step) return;
  const next = tabs[(place + step + tabs.length) % tabs.length];
  open(next.dataset.tab ?? "");
  next.focus();
});
document.addEventListener("side", (event) => open(/** @type {CustomEvent<string>} */ (event).detail));
document.addEventListener("renewed", () => {
  if (shown() === "history") showHistory();
});

/** The tab that was open last; nothing if the pane was folded away. */
function kept() {
  try {
    return window.localStorage.getItem(KEY) ?? "settings";
  } catch {
    return "settings";
  }
}

const last = kept();
open(ROOM.matches && tabs.some((tab) => tab.dataset.tab === last) ? last : "");
