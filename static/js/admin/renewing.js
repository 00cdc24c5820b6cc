// What the site has on a page's screen, taken anew: after a change from here, and when others have changed something.
import { refreshBadges } from "./badges.js";
import { find, findAll } from "./dom.js";
import { parsed } from "./messages.js";
import { ASKS } from "./posting.js";
import { enableConfirmed } from "./questions.js";

const list = find(HTMLOListElement, "[data-reorder]");
/** Parts of the page outside its form and its items, by their ids. */
const PARTS = ["page-title", "state", "publish", "publish-below", "from-template", "more", "address"];

/** How many answers were asked for, and the last that was shown: an older one that arrives after it is not. */
let asked = 0;
let answered = 0;

/** Show the page as the site has it now. Whether it could be asked. */
export async function renew() {
  asked += 1;
  const number = asked;
  const answer = await fetch(window.location.href, { headers: ASKS }).catch(() => null);
  if (!answer?.ok || answer.redirected) return false;
  const html = await answer.text();
  if (number < answered) return true;
  answered = number;
  show(parsed(html));
  return true;
}

/**
 * Show the page as the site has just had it, in the answer to its own form.
 *
 * @param {Document} page
 */
export function take(page) {
  asked += 1;
  answered = asked;
  show(page);
}

/**
 * Show what a page has: the state and the commands of the bar, and the rows. A row with an open form keeps that, and
 * what is written in it.
 *
 * @param {Document} page
 */
export function show(page) {
  for (const id of PARTS) {
    const [mine, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (mine && fresh && said(mine) !== said(fresh)) mine.innerHTML = fresh.innerHTML;
  }
  const rows = new Map(findAll(HTMLElement, "[data-item]", page).map((row) => [row.dataset.item ?? "", row]));
  for (const row of findAll(HTMLElement, "[data-item]", list)) {
    const fresh = rows.get(row.dataset.item ?? "");
    if (fresh) renewRow(row, fresh);
    else if (!row.querySelector(".in-place")) row.remove();
  }
  const here = new Set(findAll(HTMLElement, "[data-item]", list).map((row) => row.dataset.item));
  list.append(...[...rows].filter(([item]) => !here.has(item)).map(([, row]) => row));
  list.dispatchEvent(new CustomEvent("items", { detail: [...rows.keys()] }));
  enableConfirmed(document);
  refreshBadges();
  document.dispatchEvent(new CustomEvent("renewed", { detail: page }));
}

/**
 * @param {HTMLElement} row
 * @param {HTMLElement} fresh
 */
function renewRow(row, fresh) {
  const mine = row.querySelector(".item-row");
  const theirs = fresh.querySelector(".item-row");
  if (!mine || !theirs) return;
  const [title] = findAll(HTMLInputElement, "[data-rename]", mine);
  if (title && title === document.activeElement && title.value !== title.defaultValue) return; // being written
  if (row.dataset.title === fresh.dataset.title && said(mine) === said(theirs)) return;
  const focused = mine.contains(document.activeElement) ? focusedIn(mine) : "";
  const box = mine.querySelector("[name=row]");
  row.dataset.title = fresh.dataset.title;
  mine.replaceWith(theirs);
  const selected = theirs.querySelector("[name=row]");
  if (box instanceof HTMLInputElement && selected instanceof HTMLInputElement) selected.checked = box.checked;
  if (focused) findAll(HTMLElement, focused, theirs)[0]?.focus();
}

/**
 * What finds the part of a row that has the focus.
 *
 * @param {Element} row
 */
function focusedIn(row) {
  const known = [".handle", "[data-rename]", "[data-edit]", "[name=row]", "summary"];
  return known.find((selector) => row.querySelector(selector) === document.activeElement) ?? "";
}

/**
 * What a part says, without what only this answer knows.
 *
 * @param {Element} part
 */
function said(part) {
  return `${part.textContent} ${findAll(HTMLElement, "a", part)
    .map((link) => link.getAttribute("href"))
    .join(" ")}`;
}
