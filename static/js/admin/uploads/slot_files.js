// A large file that is chosen in the form of an item is sent by the tray: it goes on after whatever cuts it off, also if
// the form is closed meanwhile. The form sends small ones, and those of an item that is not saved yet.
import { find } from "../dom.js";

/** @typedef {import("./kept.js").Slot} Slot */

const LARGE = 2 ** 21; // bytes

/** @param {(file: File, place: Slot) => void} take */
export function listenToSlots(take) {
  /** @param {Event} event */
  const listen = (event) => {
    const field = event.target;
    const found = field instanceof HTMLInputElement && field.type === "file" && chosen(field);
    if (!found) return;
    event.stopPropagation(); // or the form would save itself, with the file
    if (event.type !== "change") return;
    field.value = "";
    take(found.file, found.place);
  };
  for (const type of ["input", "change"]) document.addEventListener(type, listen, true);
}

/**
 * The large file that is chosen in a field for the slot of an item.
 *
 * @param {HTMLInputElement} field
 * @returns {{ file: File, place: Slot } | undefined}
 */
function chosen(field) {
  const [file] = field.files ?? [];
  const slot = field.closest(".in-place [data-slot]");
  const row = field.closest("[data-item]");
  if (!(slot instanceof HTMLElement && row instanceof HTMLElement && file && file.size >= LARGE)) return undefined;
  const { item = "", title = "" } = row.dataset;
  return item ? { file, place: { item, title, slot: slot.dataset.slot ?? "" } } : undefined;
}

/**
 * Have the form of an item, if it is open, show what is in a slot by now.
 *
 * @param {Slot} place
 */
export function tellSlot(place) {
  formOf(place)?.dispatchEvent(new CustomEvent("slot", { detail: place.slot }));
}

/**
 * Show in the form, too, how much has arrived, as long as it is on its way.
 *
 * @param {Slot} place
 * @param {number | undefined} part
 * @param {string} name what the bar is called
 */
export function showProgress(place, part, name) {
  const slot = formOf(place)?.querySelector(`[data-slot="${CSS.escape(place.slot)}"]`);
  const before = slot?.previousElementSibling; // not in the slot, which is renewed meanwhile
  const present = before instanceof HTMLProgressElement ? before : undefined;
  if (!slot || part === undefined) {
    present?.remove();
    return;
  }
  const bar = present ?? Object.assign(document.createElement("progress"), { max: 1, ariaLabel: name });
  bar.value = part;
  if (!present) slot.before(bar);
}

/** @param {Slot} place */
function formOf({ item }) {
  return find(HTMLOListElement, "[data-reorder]").querySelector(`[data-item="${CSS.escape(item)}"] > .in-place`);
}
