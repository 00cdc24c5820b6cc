// The focus stays where somebody works: when what has it vanishes, it goes to what follows there, or stands before it.
import { find, findAll } from "./dom.js";

const MAY_HAVE_IT = "a[href], button, input, select, textarea, summary, [contenteditable=true], [tabindex='0']";
const main = find(HTMLElement, "main");
/** What had the focus last; nothing after a click into the void. @type {Element | null} */
let last = null;

/** @param {ParentNode} part */
function placesIn(part) {
  return findAll(HTMLElement, MAY_HAVE_IT, part).filter(
    (place) => !place.matches(":disabled") && place.checkVisibility({ visibilityProperty: true }),
  );
}

/**
 * @param {Node} parent of what has vanished
 * @param {Node | null} next what came after it
 */
function placeNear(parent, next) {
  for (let node = next; node; node = node.nextSibling) {
    const [place] = node instanceof Element ? placesIn(node) : [];
    if (place) return place;
  }
  const isBefore = (/** @type {Node} */ place) =>
    parent.contains(place) || parent.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_PRECEDING;
  return placesIn(main).filter(isBefore).at(-1) ?? main;
}

/** Whether something is being dragged, or could be: it comes and goes until it is let go. */
let isHeld = false;

document.addEventListener("pointerdown", () => {
  last = null;
  isHeld = true;
});
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => {
    isHeld = false;
  });
}
document.addEventListener("focusin", ({ target }) => {
  last = target instanceof Element ? target : null;
});
new MutationObserver((records) => {
  if (isHeld || !last || document.activeElement !== document.body) return;
  const gone = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(last)));
  if (!gone) return;
  const place = last.isConnected ? last : placeNear(gone.target, gone.nextSibling); // (it may only have moved)
  if (place instanceof HTMLElement) place.focus();
}).observe(main, { childList: true, subtree: true });
