// The places of an item's form where files go. Once files were sent, a place shows what the site has made of them.
import { findAll } from "./dom.js";
import { shownIn } from "./forms_in_place.js";

/** @param {HTMLElement} slot */
function filesOf(slot) {
  return findAll(HTMLInputElement, "input[type=file], .from-library input", slot);
}

/** @param {HTMLInputElement} input */
function chosenIn(input) {
  if (input.type !== "file") return input.value;
  return [...(input.files ?? [])].map(({ name, size, lastModified }) => `${name} ${size} ${lastModified}`).join("\n");
}

/**
 * All that somebody has chosen or written in a slot, comparable.
 *
 * @param {HTMLElement} slot
 */
function stateOf(slot) {
  const fields = /** @type {(HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[]} */ (
    findAll(HTMLElement, "input, select, textarea", slot)
  );
  const isFile = (/** @type {Element} */ field) => field instanceof HTMLInputElement && field.type === "file";
  return JSON.stringify(
    fields.map((field) => (isFile(field) ? chosenIn(/** @type {HTMLInputElement} */ (field)) : shownIn(field))),
  );
}

/** Slots of a form whose files were sent. */
export class SentSlots {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    /** Those that do not show yet what the site has, as they were when they were sent. @type {Map<HTMLElement, string>} */
    this.due = new Map();
    /** What was chosen, by its field. @type {Map<HTMLInputElement, string>} */
    this.chosen = new Map();
  }

  /** The form is being sent. */
  note() {
    this.chosen = new Map();
    for (const slot of findAll(HTMLElement, ".slot", this.form)) {
      for (const input of filesOf(slot)) if (chosenIn(input)) this.chosen.set(input, chosenIn(input));
      if (this.due.has(slot) || filesOf(slot).some(chosenIn)) this.due.set(slot, stateOf(slot));
    }
  }

  /**
   * It is saved. A slot in which somebody has gone on meanwhile keeps that until it was sent, too; what was chosen in it
   * is not sent again.
   *
   * @param {HTMLFormElement} fresh
   */
  take(fresh) {
    const theirs = findAll(HTMLElement, ".slot", fresh);
    for (const [place, slot] of findAll(HTMLElement, ".slot", this.form).entries()) {
      const sent = this.due.get(slot);
      if (sent === undefined) continue;
      if (theirs[place] && sent === stateOf(slot)) {
        slot.replaceWith(theirs[place]);
        this.due.delete(slot);
        continue;
      }
      for (const input of filesOf(slot)) if (this.chosen.get(input) === chosenIn(input)) input.value = "";
    }
  }
}

/**
 * Show in a slot what it has in a fresh form. What has the focus there keeps it.
 *
 * @param {HTMLFormElement} form
 * @param {HTMLFormElement} fresh
 * @param {string} name
 */
export function showSlot(form, fresh, name) {
  const [mine, theirs] = [form, fresh].map((each) => each.querySelector(`[data-slot="${CSS.escape(name)}"]`));
  if (!mine || !theirs) return;
  const focused = document.activeElement;
  const held = focused instanceof HTMLInputElement && mine.contains(focused) ? focused.name : "";
  mine.replaceWith(theirs);
  if (held) findAll(HTMLInputElement, `[name="${CSS.escape(held)}"]`, theirs)[0]?.focus();
}
