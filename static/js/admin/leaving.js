// Reasons why the browser asks before the page is left.

/** @typedef {"items" | "edits" | "upload" | "order" | "files"} Reason */

/** @type {Set<Reason>} */
const reasons = new Set();

/** @param {Event} event */
const ask = (event) => event.preventDefault();

/** @param {Reason} reason */
export function hold(reason) {
  if (!reasons.size) window.addEventListener("beforeunload", ask);
  reasons.add(reason);
}

/** @param {Reason} reason */
export function release(reason) {
  reasons.delete(reason);
  if (!reasons.size) window.removeEventListener("beforeunload", ask);
}

/** @param {Reason} reason */
export function isHeld(reason) {
  return reasons.has(reason);
}
