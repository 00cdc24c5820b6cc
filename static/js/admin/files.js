// Files of a slot that takes several: dragged into order, or moved with the arrow keys on a handle. Their numbers follow,
// and are saved with the form.
import { around, find, findAll } from "./dom.js";
import { filled, words } from "./frame.js";
import { announce } from "./messages.js";
import { vendored } from "./vendored.js";

/** @type {WeakSet<HTMLElement>} */
const sortable = new WeakSet();

// A form that was refused takes the place of the one that was sent, so a list is made sortable when it is first touched.
document.addEventListener(
  "pointerdown",
  (event) => {
    const list = around(event, "[data-files]");
    if (!list || sortable.has(list)) return;
    sortable.add(list);
    vendored.Sortable.create(list, {
      handle: ".handle",
      animation: 150,
      forceFallback: true,
      onUpdate: () => number(list),
    });
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const handle = around(event, "[data-files] .handle");
  const list = handle?.closest("[data-files]");
  const row = handle?.closest("li");
  if (!handle || !row || !(list instanceof HTMLElement) || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "ArrowUp") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  handle.focus();
  number(list);
  const rows = findAll(HTMLElement, "li", list);
  announce(filled(words.moved, { title: row.dataset.title, place: rows.indexOf(row) + 1, number: rows.length }));
});

/**
 * Give the rows their numbers.
 *
 * @param {HTMLElement} list
 */
function number(list) {
  for (const [place, row] of findAll(HTMLElement, "li", list).entries()) {
    find(HTMLInputElement, "[name$='-position']", row).value = String(place + 1);
  }
  list.dispatchEvent(new Event("change", { bubbles: true }));
}
