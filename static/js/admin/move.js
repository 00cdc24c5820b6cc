// Items are moved to another page: one from its menu, or all that are selected. The page is found while one types.
import { command } from "./commands.js";
import { around, find, findAll } from "./dom.js";
import { filled, words } from "./frame.js";
import { closeMenu } from "./menus.js";

const PAUSE_MS = 200;
const list = find(HTMLOListElement, "[data-reorder]");
const selection = find(HTMLElement, ".selection");
const all = find(HTMLInputElement, "[data-all]", selection);
const count = find(HTMLOutputElement, "output", selection);
const button = find(HTMLButtonElement, "[data-move-selected]", selection);
const dialog = find(HTMLDialogElement, "#move");
const search = find(HTMLInputElement, "input", dialog);
const choices = find(HTMLElement, ".choices", dialog);
const status = find(HTMLElement, "[role=status]", dialog);
const { page = "" } = list.dataset;
/** @type {string[]} the items that are to be moved */
let items = [];
let asked = 0;
let pause = 0;

function boxes() {
  return findAll(HTMLInputElement, "[name=row]", list);
}

function showSelected() {
  const number = boxes().filter((box) => box.checked).length;
  selection.hidden = !boxes().length;
  all.checked = number > 0 && number === boxes().length;
  all.indeterminate = number > 0 && !all.checked;
  button.disabled = !number;
  count.value = number ? filled(count.dataset.words ?? "", { count: number }) : "";
}

// A browser may have kept them from before a reload.
for (const box of [all, ...boxes()]) box.checked = false;

/** Offer the pages that have what is written in their titles; the newest ones if nothing is. */
async function offer() {
  asked += 1;
  const mine = asked;
  /** @type {{ id: number, title: string }[]} */
  let found;
  try {
    const answer = await fetch(`${dialog.dataset.titles}?${new URLSearchParams({ query: search.value })}`);
    found = await answer.json(); // it is the sign-in if the session has ended
  } catch {
    status.textContent = words.notReached;
    return;
  }
  if (mine !== asked) return; // one has typed on meanwhile
  const others = found.filter(({ id }) => String(id) !== page);
  choices.replaceChildren(
    ...others.map(({ id, title }) => {
      const item = document.createElement("li");
      const choice = Object.assign(document.createElement("button"), { type: "button", textContent: title });
      choice.className = "btn btn-link";
      choice.dataset.to = String(id);
      item.append(choice);
      return item;
    }),
  );
  status.textContent = others.length ? "" : (dialog.dataset.nothing ?? "");
}

/** @param {string[]} ids */
function ask(ids) {
  items = ids;
  search.value = "";
  choices.replaceChildren();
  dialog.showModal();
  search.focus();
  offer();
}

/** @param {string} to */
async function move(to) {
  dialog.close();
  const body = new URLSearchParams([["id", page], ["to", to], ["_draft", "1"], ...items.map((item) => ["item", item])]);
  await command(dialog.dataset.url ?? "", body);
  showSelected();
}

list.addEventListener("click", (event) => {
  const row = around(event, "[data-move]")?.closest("[data-item]");
  if (!(row instanceof HTMLElement)) return;
  closeMenu(row.querySelector(".menu"));
  ask([row.dataset.item ?? ""]);
});
button.addEventListener("click", () => ask(boxes().flatMap((box) => (box.checked ? [box.value] : []))));
all.addEventListener("change", () => {
  for (const box of boxes()) box.checked = all.checked;
  showSelected();
});
list.addEventListener("change", (event) => {
  if (around(event, "[name=row]")) showSelected();
});
document.addEventListener("renewed", showSelected);
search.addEventListener("input", () => {
  window.clearTimeout(pause);
  pause = window.setTimeout(offer, PAUSE_MS);
});
search.addEventListener("keydown", (event) => {
  const choice = choices.querySelector("button");
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (choices.children.length === 1 && choice?.dataset.to) move(choice.dataset.to);
});
dialog.addEventListener("click", (event) => {
  const to = around(event, "[data-to]")?.dataset.to;
  if (to) move(to);
  if (around(event, "[data-close]")) dialog.close();
});
