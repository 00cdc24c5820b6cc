// The editor over a text field, which stays the field of the form: what is edited is written into it at once, as if it had
// been typed there, and what anybody else writes into it is shown.
import { find, findAll } from "../dom.js";
import { announce } from "../messages.js";
import { keys } from "./commands.js";
import { headers } from "./headers.js";
import { levels } from "./levels.js";
import { editLink } from "./links.js";
import { menu } from "./menu.js";
import { cleaned } from "./paste.js";
import { baseKeymap, EditorState, EditorView, history, keymap, Plugin, tableEditing } from "./prosemirror.js";
import { schema } from "./schema.js";
import { isAlike, Source } from "./source.js";
import { Toolbar } from "./toolbar.js";
import { typing } from "./typing.js";
import { words } from "./words.js";

/** @typedef {import("./prosemirror.js").State} State */
/** @typedef {import("./prosemirror.js").Transaction} Transaction */
/** @typedef {import("./prosemirror.js").View} View */

/** In the browser: whether texts are edited as their source. */
const CHOICE = "markdown";
/** Texts with more characters than this are edited as their source: nobody wants to wait for each letter. */
const MOST = 200_000;

const { get, set } = /** @type {Required<PropertyDescriptor>} */ (
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")
);

class Editor {
  /** @param {HTMLTextAreaElement} field */
  constructor(field) {
    this.field = field;
    this.source = new Source();
    this.written = "";
    this.isLeaving = false;
    const template = find(HTMLTemplateElement, "#markdown-editor").content;
    this.box = /** @type {HTMLElement} */ (find(HTMLElement, ".markdown", template).cloneNode(true));
    field.before(this.box);
    const hasFocus = document.activeElement === field;
    this.toolbar = new Toolbar(this.box, () => this.view);
    this.view = this.open();
    this.follow();
    const switcher = find(HTMLButtonElement, "[data-source]", this.box);
    switcher.addEventListener("click", () => {
      const isSource = switcher.getAttribute("aria-pressed") !== "true";
      this.show(isSource);
      choose(isSource);
      (isSource ? field : this.view).focus();
    });
    this.show(isSourceChosen());
    if (hasFocus) field.focus();
  }

  /** The view of the text in the field. */
  open() {
    const [label] = this.field.labels ?? [];
    const note = find(HTMLElement, "[data-keys]", this.box);
    note.id = `${this.field.id}-keys`;
    if (label) {
      label.id ||= `${this.field.id}-label`;
      label.addEventListener("click", () => this.box.classList.contains("is-source") || this.view.focus());
    }
    return new EditorView(find(HTMLElement, ".markdown-text", this.box), {
      state: this.state(),
      editable: () => !this.field.matches(":disabled"),
      attributes: {
        class: "prose",
        role: "textbox",
        "aria-multiline": "true",
        ...(label ? { "aria-labelledby": label.id } : {}),
        "aria-describedby": note.id,
      },
      dispatchTransaction: (/** @type {Transaction} */ transaction) => this.take(transaction),
      handlePaste: (/** @type {View} */ _, /** @type {ClipboardEvent} */ event) => this.pasteFiles(event),
      transformPastedHTML: (/** @type {string} */ html) => this.paste(html),
      handleDOMEvents: {
        keydown: (/** @type {View} */ view, /** @type {KeyboardEvent} */ event) => this.leave(view, event),
        click: (/** @type {View} */ view, /** @type {Event} */ event) => check(view, event),
        drop: (/** @type {View} */ _, /** @type {DragEvent} */ event) => (event.dataTransfer?.files.length ?? 0) > 0,
      },
    });
  }

  state() {
    this.written = this.value;
    const state = EditorState.create({
      doc: this.source.read(this.written),
      plugins: [
        menu(this.box, this.toolbar.entries()),
        typing,
        keymap({
          ...keys,
          "Mod-k": (/** @type {State} */ _, /** @type {unknown} */ _run, /** @type {View} */ view) => linked(view),
        }),
        keymap(baseKeymap),
        levels,
        headers,
        tableEditing(),
        history(),
        new Plugin({
          appendTransaction: (/** @type {unknown} */ _, /** @type {unknown} */ _old, /** @type {State} */ now) =>
            ended(now),
        }),
      ],
    });
    const end = ended(state);
    this.toolbar.update(state);
    return end ? state.apply(end) : state;
  }

  get value() {
    return /** @type {string} */ (get.call(this.field));
  }

  /** Notice what others write into the field, which browsers tell nobody. */
  follow() {
    const { field } = this;
    const renewed = () => this.renew();
    Object.defineProperty(field, "value", {
      configurable: true,
      get,
      set(text) {
        set.call(field, text);
        renewed();
      },
    });
    field.addEventListener("input", renewed);
    const { focus } = field;
    field.focus = (options) => (field.hidden ? this.view.focus() : focus.call(field, options));
  }

  renew() {
    if (this.value === this.written || this.box.classList.contains("is-source")) return;
    const doc = new Source().read(this.value);
    // What the site has only tidied, like spaces at the end, leaves the cursor where it is.
    if (isAlike(doc, this.view.state.doc)) this.written = this.value;
    else this.view.updateState(this.state());
  }

  /** @param {Transaction} transaction */
  take(transaction) {
    const { field, view } = this;
    if (transaction.docChanged && field.matches(":disabled")) return; // it is being sent
    const state = view.state.apply(transaction);
    view.updateState(state);
    this.toolbar.update(state);
    if (!transaction.docChanged) return;
    const text = this.source.write(state.doc);
    if (text === this.value) return;
    set.call(field, text);
    this.written = this.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /**
   * Escape lets the next Tab leave the editor where Tab means something: in lists and tables.
   *
   * @param {View} view
   * @param {KeyboardEvent} event
   */
  leave(view, event) {
    const isTab = event.key === "Tab" && this.isLeaving;
    const isEscape = event.key === "Escape" && !this.isLeaving && keys.Tab(view.state);
    if (isEscape) event.stopPropagation(); // the form stays open
    if (event.key !== "Shift") this.isLeaving = isEscape;
    return isTab; // and is none of the editor's keys
  }

  /** @param {boolean} isSource */
  show(isSource) {
    this.box.classList.toggle("is-source", isSource);
    this.field.hidden = !isSource;
    find(HTMLElement, ".markdown-text", this.box).hidden = isSource;
    find(HTMLElement, "[data-keys]", this.box).hidden = isSource;
    for (const group of findAll(HTMLElement, "[role=toolbar] > [role=group]", this.box)) group.hidden = isSource;
    find(HTMLElement, "[data-source]", this.box).setAttribute("aria-pressed", String(isSource));
    if (!isSource && this.value !== this.written) this.view.updateState(this.state());
    this.toolbar.update(this.view.state);
  }

  /** @param {string} html */
  paste(html) {
    if (html.includes("data-pm-slice")) return html; // from an editor like this
    const { html: clean, hasLost } = cleaned(html);
    if (hasLost) announce(words.lost);
    return clean;
  }

  /** @param {ClipboardEvent} event */
  pasteFiles(event) {
    const data = event.clipboardData;
    if (!data?.files.length || data.types.includes("text/html") || data.types.includes("text/plain")) return false;
    announce(words.files);
    return true;
  }
}

/** @param {View} view */
function linked(view) {
  editLink(view);
  return true;
}

/**
 * A paragraph at the end, so that one can write on after what is no paragraph. It is written only if there is text in it.
 *
 * @param {State} state
 * @returns {Transaction | null}
 */
function ended({ doc, tr }) {
  if (doc.lastChild.type === schema.nodes.paragraph) return null;
  return tr.insert(doc.content.size, schema.nodes.paragraph.create()).setMeta("addToHistory", false);
}

/**
 * The box of a task says whether it is done.
 *
 * @param {View} view
 * @param {Event} event
 */
function check(view, { target }) {
  if (!(target instanceof HTMLInputElement) || !view.editable) return false;
  const item = target.closest("li");
  if (!item) return false;
  const at = view.state.doc.resolve(view.posAtDOM(item, 0)).before();
  view.dispatch(view.state.tr.setNodeAttribute(at, "checked", target.checked));
  return true;
}

function isSourceChosen() {
  try {
    return window.localStorage.getItem(CHOICE) === "source";
  } catch {
    return false;
  }
}

/** @param {boolean} isSource */
function choose(isSource) {
  try {
    window.localStorage.setItem(CHOICE, isSource ? "source" : "");
  } catch {
    // It is chosen for now.
  }
}

/** @type {WeakSet<HTMLTextAreaElement>} */
const edited = new WeakSet();

/**
 * Open an editor over a text field.
 *
 * @param {HTMLTextAreaElement} field
 */
export function edit(field) {
  if (edited.has(field) || field.value.length > MOST) return;
  edited.add(field);
  new Editor(field);
}
