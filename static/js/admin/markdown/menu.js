// "/" at the start of a line opens a menu of what can be inserted there. It narrows while one types.
import { find } from "../dom.js";
import { Listbox } from "./listbox.js";
import { Plugin } from "./prosemirror.js";

/** @typedef {import("./prosemirror.js").View} View */

/**
 * What stands after "/" at the start of the line where the cursor is.
 *
 * @param {import("./prosemirror.js").State} state
 */
function queryIn({ selection: { $from, empty } }) {
  const isPlain = empty && $from.parent.type.name === "paragraph" && $from.parentOffset === $from.parent.content.size;
  return isPlain ? /^\/(\p{L}[\p{L} ]*|)$/u.exec($from.parent.textContent)?.[1] : undefined;
}

/**
 * @param {HTMLElement} box the editor
 * @param {{ text: string, run: (view: View) => void }[]} entries
 */
export function menu(box, entries) {
  const list = new Listbox(find(HTMLElement, "[role=listbox]", box));
  /** @type {string | undefined} what was typed when the menu was closed */
  let closed;

  /** @param {View} view */
  function update(view) {
    const query = view.hasFocus() ? queryIn(view.state) : undefined;
    if (query === undefined || query === closed) {
      if (query === undefined) closed = undefined;
      list.hide();
      tell(view);
      return;
    }
    closed = undefined;
    const wanted = query.toLocaleLowerCase();
    const found = entries.filter(({ text }) => text.toLocaleLowerCase().includes(wanted));
    list.show(found.map(({ text, run }) => ({ text, choose: () => choose(view, run) })));
    const [at, around] = [view.coordsAtPos(view.state.selection.from), box.getBoundingClientRect()];
    list.list.style.top = `${at.bottom - around.top}px`;
    list.list.style.left = `${Math.max(0, Math.min(at.left - around.left, around.width - list.list.offsetWidth))}px`;
    tell(view);
  }

  /**
   * @param {View} view
   * @param {(view: View) => void} run
   */
  function choose(view, run) {
    const { $from } = view.state.selection;
    view.dispatch(view.state.tr.delete($from.start(), $from.pos));
    view.focus();
    run(view);
  }

  return new Plugin({
    view: () => ({ update, destroy: () => list.hide() }),
    props: {
      handleKeyDown(/** @type {View} */ view, /** @type {KeyboardEvent} */ event) {
        if (!list.isOpen) return false;
        const isClosing = event.key === "Escape";
        if (isClosing) {
          closed = queryIn(view.state);
          list.hide();
          event.stopPropagation(); // it would close the form as well
        }
        const isTaken = isClosing || list.takes(event);
        if (isTaken) tell(view);
        return isTaken;
      },
      handleDOMEvents: {
        blur: (/** @type {View} */ view) => {
          list.hide();
          tell(view);
          return false;
        },
      },
    },
  });

  /** @param {View} view */
  function tell(view) {
    const about = { "aria-controls": list.isOpen ? list.list.id : undefined, "aria-activedescendant": list.activeId };
    for (const [name, value] of Object.entries(about)) {
      if (value) view.dom.setAttribute(name, value);
      else view.dom.removeAttribute(name);
    }
  }
}
