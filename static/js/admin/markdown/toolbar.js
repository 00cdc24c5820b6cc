// The buttons above the text. It is one stop for the Tab key; arrow keys lead from button to button.
import { around, find, findAll } from "../dom.js";
import { commands, isMarked } from "./commands.js";
import { editLink, editPicture } from "./links.js";
import { isInTable } from "./prosemirror.js";
import { schema } from "./schema.js";

/** @typedef {import("./prosemirror.js").View} View */

const STEPS = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 });

export class Toolbar {
  /**
   * @param {HTMLElement} box the editor
   * @param {() => View} view
   */
  constructor(box, view) {
    this.tools = find(HTMLElement, "[role=toolbar]", box);
    this.forTables = find(HTMLElement, "[data-in-table]", this.tools);
    this.buttons = findAll(HTMLButtonElement, "[data-command]", this.tools);
    this.view = view;
    this.tools.addEventListener("mousedown", (event) => {
      if (around(event, "[data-command]")) event.preventDefault(); // the selection stays
    });
    this.tools.addEventListener("click", (event) => {
      const name = around(event, "[data-command]")?.dataset.command;
      if (name) this.run(name);
    });
    this.tools.addEventListener("keydown", (event) => this.step(event));
    this.stop(this.shown()[0]);
  }

  /** What the menu offers: each button that inserts something. */
  entries() {
    return this.buttons
      .filter((button) => "insert" in button.dataset)
      .map((button) => ({ text: button.title, run: () => this.run(button.dataset.command ?? "") }));
  }

  /** @param {string} name */
  run(name) {
    const view = this.view();
    if (name === "link") editLink(view);
    else if (name === "picture") editPicture(view);
    else {
      commands[name].run(view.state, view.dispatch, view);
      view.focus();
    }
  }

  shown() {
    return findAll(HTMLButtonElement, "button", this.tools).filter((button) => !button.closest("[hidden]"));
  }

  /** @param {KeyboardEvent} event */
  step(event) {
    const shown = this.shown();
    const place = shown.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const next =
      { Home: 0, End: shown.length - 1 }[event.key] ?? (STEPS[event.key] ? place + STEPS[event.key] : undefined);
    if (place < 0 || next === undefined) return;
    event.preventDefault();
    const button = shown[(next + shown.length) % shown.length];
    this.stop(button);
    button.focus();
  }

  /** @param {HTMLButtonElement} button where the Tab key stops */
  stop(button) {
    for (const each of findAll(HTMLButtonElement, "button", this.tools)) each.tabIndex = each === button ? 0 : -1;
  }

  /**
   * Show what is so where the selection is, and what can be done there.
   *
   * @param {import("./prosemirror.js").State} state
   */
  update(state) {
    this.forTables.hidden = !isInTable(state);
    for (const button of this.buttons) {
      const name = button.dataset.command ?? "";
      const { run, is } = commands[name] ?? { is: name === "link" ? isLink : undefined };
      const isOff = run ? !run(state) : state.selection.$from.parent.type.spec.code === true;
      // (A disabled button would lose the focus.)
      button.setAttribute("aria-disabled", String(isOff));
      if (is) button.setAttribute("aria-pressed", String(is(state)));
    }
    if (!this.shown().some((button) => button.tabIndex === 0)) this.stop(this.shown()[0]);
  }
}

/** @param {import("./prosemirror.js").State} state */
const isLink = (state) => isMarked(state, schema.marks.link);
