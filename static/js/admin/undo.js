// Undo and redo of what was changed on this screen. The browser keeps which revisions each change has made; the site
// brings back what they have changed, or says who has changed it since.
import { command } from "./commands.js";
import { saveAll } from "./autosave.js";
import { find, findAll } from "./dom.js";
import { announce } from "./messages.js";

const MOST = 100;
const list = find(HTMLElement, "[data-reorder]");
const box = find(HTMLElement, "#undo");
const { page = "" } = list.dataset;
const KEY = `undo ${page}`;
const buttons = {
  undo: find(HTMLButtonElement, "[data-undo]", box),
  redo: find(HTMLButtonElement, "[data-redo]", box),
};
/** @type {{ undo: string[][], redo: string[][] }} what can be undone, and what can be done again: the latest last */
const made = { undo: [], redo: [], ...kept() };
/** @type {"undo" | "redo" | ""} what is being done */
let doing = "";
/** Whether a press of undo or redo has not come to its end yet. */
let isTaken = false;

function kept() {
  try {
    return JSON.parse(window.sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

function show() {
  buttons.undo.disabled = !made.undo.length || doing !== "";
  buttons.redo.disabled = !made.redo.length || doing !== "";
  try {
    window.sessionStorage.setItem(KEY, JSON.stringify(made));
  } catch {
    // It can be undone until the page is left.
  }
}

document.addEventListener("made", (event) => {
  const { detail } = /** @type {CustomEvent<string[]>} */ (event);
  if (doing === "undo") made.redo.push(detail);
  else made.undo.push(detail);
  if (!doing) made.redo = [];
  made.undo = made.undo.slice(-MOST);
  show();
});

/** @param {"undo" | "redo"} which */
async function take(which) {
  if (isTaken) return;
  isTaken = true; // a second press waits for nothing
  try {
    await saveAll(); // what is written now is the latest change
    const revisions = made[which].pop();
    if (revisions) await bring(which, revisions);
  } finally {
    isTaken = false;
  }
}

/**
 * @param {"undo" | "redo"} which
 * @param {string[]} revisions
 */
async function bring(which, revisions) {
  const isHeld = box.contains(document.activeElement);
  doing = which;
  show();
  const body = new URLSearchParams([["id", page], ["_draft", "1"], ...revisions.map((each) => ["revision", each])]);
  if (which === "redo") body.append("again", "1");
  const before = made.undo.length + made.redo.length;
  const isThere = await command(box.dataset.url ?? "", body);
  if (!isThere) made[which].push(revisions); // the site was not reached
  const isDone = made.undo.length + made.redo.length > before && isThere;
  doing = "";
  show();
  if (isHeld) [buttons[which], buttons.undo, buttons.redo].find(({ disabled }) => !disabled)?.focus();
  if (!isDone) return;
  announce((which === "undo" ? box.dataset.undone : box.dataset.redone) ?? "");
  document.dispatchEvent(new Event("undone"));
}

box.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  if (button === buttons.undo) take("undo");
  if (button === buttons.redo) take("redo");
});

// In a field the keys are the browser's own, for what is written there.
document.addEventListener("keydown", (event) => {
  const isField =
    event.target instanceof Element &&
    event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  if (isField || !(event.ctrlKey || event.metaKey) || event.altKey || findAll(HTMLDialogElement, "dialog[open]").length)
    return;
  const key = event.key.toLowerCase();
  const which = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : "";
  if (!which) return;
  event.preventDefault();
  take(which);
});

show();
