// A list of options of which one is active while the focus stays where one types.

let made = 0;

/**
 * An option, and what choosing it means.
 *
 * @typedef {object} Option
 * @property {string} text
 * @property {() => void} choose
 * @property {string} [note]
 */

export class Listbox {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    made += 1;
    list.id = `listbox-${made}`;
    /** @type {Option[]} */
    this.options = [];
    this.active = 0;
    // (Before the focus moves.)
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", ({ target }) => {
      const row = target instanceof Element ? target.closest("[role=option]") : null;
      if (row) this.options[[...list.children].indexOf(row)].choose();
    });
  }

  /**
   * @param {Option[]} options
   * @param {number} [active] the number of the active one; -1 if none is
   */
  show(options, active = 0) {
    this.options = options;
    this.active = active;
    this.list.replaceChildren(
      ...options.map(({ text, note }, place) => {
        const row = document.createElement("li");
        Object.assign(row, { id: `${this.list.id}-${place}`, textContent: text });
        row.setAttribute("role", "option");
        if (note) row.append(Object.assign(document.createElement("small"), { textContent: note }));
        return row;
      }),
    );
    this.list.hidden = !options.length;
    this.mark();
  }

  hide() {
    this.show([]);
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** The id of the active option. */
  get activeId() {
    return this.isOpen && this.active >= 0 ? `${this.list.id}-${this.active}` : undefined;
  }

  mark() {
    for (const [place, row] of [...this.list.children].entries()) {
      row.setAttribute("aria-selected", String(place === this.active));
      if (place === this.active) row.scrollIntoView({ block: "nearest" });
    }
  }

  /**
   * Whether a key was one for the list.
   *
   * @param {KeyboardEvent} event
   */
  takes({ key }) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (!this.isOpen) return false;
    if (step) {
      const number = this.options.length;
      this.active = this.active < 0 && step < 0 ? number - 1 : (this.active + step + number) % number;
      this.mark();
      return true;
    }
    if (key !== "Enter" || this.active < 0) return false;
    this.options[this.active].choose();
    return true;
  }
}
