// What the buttons, the keys and the menu do.
import * as pm from "./prosemirror.js";
import { schema } from "./schema.js";

/** @typedef {import("./prosemirror.js").Command} Command */
/** @typedef {import("./prosemirror.js").State} State */
/** @typedef {import("./prosemirror.js").Node} Node */

const { marks, nodes } = schema;

/**
 * The innermost node around the selection that is of one of these types, and where it is.
 *
 * @param {State} state
 * @param {...Node} types
 * @returns {{ node: Node, at: number } | undefined}
 */
function around({ selection: { $from } }, ...types) {
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    if (types.includes($from.node(depth).type)) return { node: $from.node(depth), at: $from.before(depth) };
  }
  return undefined;
}

/**
 * Make a block of a type, or a paragraph of it if it is that already.
 *
 * @param {Node} type
 * @param {Record<string, unknown>} [attrs]
 * @returns {Command}
 */
function block(type, attrs) {
  return (state, dispatch) => {
    const is = isBlock(state, type, attrs);
    return pm.setBlockType(is ? nodes.paragraph : type, is ? null : attrs)(state, dispatch);
  };
}

/**
 * @param {State} state
 * @param {Node} type
 * @param {Record<string, unknown>} [attrs]
 */
function isBlock(state, type, attrs) {
  return state.selection.$from.parent.hasMarkup(type, { ...state.selection.$from.parent.attrs, ...attrs });
}

/**
 * Make a list of paragraphs, a list of another sort of a list, or paragraphs of a list of this sort.
 *
 * @param {Node} type
 * @param {boolean} [ofTasks]
 * @returns {Command}
 */
function list(type, ofTasks = false) {
  return (state, dispatch) => {
    const found = around(state, nodes.bullet_list, nodes.ordered_list);
    if (isList(state, type, ofTasks)) return pm.liftListItem(nodes.list_item)(state, dispatch);
    const change = (/** @type {import("./prosemirror.js").Transaction} */ transaction) => {
      const now = around({ selection: transaction.selection }, nodes.bullet_list, nodes.ordered_list);
      if (!now) return;
      if (now.node.type !== type) transaction.setNodeMarkup(now.at, type, { tight: now.node.attrs.tight });
      now.node.forEach((/** @type {Node} */ item, /** @type {number} */ within) => {
        const checked = ofTasks ? (item.attrs.checked ?? false) : null;
        if (item.attrs.checked !== checked) transaction.setNodeAttribute(now.at + 1 + within, "checked", checked);
      });
      dispatch?.(transaction.scrollIntoView());
    };
    if (!found) return pm.wrapInList(type)(state, dispatch && change);
    if (dispatch) change(state.tr);
    return true;
  };
}

/**
 * @param {State} state
 * @param {Node} type
 * @param {boolean} ofTasks
 */
function isList(state, type, ofTasks) {
  const found = around(state, nodes.bullet_list, nodes.ordered_list);
  const item = around(state, nodes.list_item);
  return found?.node.type === type && (item?.node.attrs.checked !== null) === ofTasks;
}

/** @type {Command} */
function quote(state, dispatch, view) {
  return (around(state, nodes.blockquote) ? pm.lift : pm.wrapIn(nodes.blockquote))(state, dispatch, view);
}

/** @type {Command} */
function rule(state, dispatch) {
  if (!state.selection.$from.parent.inlineContent || pm.isInTable(state)) return false;
  dispatch?.(state.tr.replaceSelectionWith(nodes.horizontal_rule.create()).scrollIntoView());
  return true;
}

/** @type {Command} */
function table(state, dispatch) {
  if (pm.isInTable(state) || state.selection.$from.parent.type.spec.code) return false;
  if (!dispatch) return true;
  const row = (/** @type {Node} */ type) =>
    nodes.table_row.create(
      null,
      [1, 2, 3].map(() => type.create()),
    );
  const made = nodes.table.create(null, [row(nodes.table_header), row(nodes.table_cell), row(nodes.table_cell)]);
  const transaction = state.tr.replaceSelectionWith(made);
  let first = -1;
  transaction.doc.descendants((/** @type {Node} */ node, /** @type {number} */ at) => {
    if (node === made) first = at + 3;
    return first < 0;
  });
  if (first > 0) transaction.setSelection(pm.TextSelection.create(transaction.doc, first));
  dispatch(transaction.scrollIntoView());
  return true;
}

/** @type {Command} */
function done(state, dispatch) {
  const item = around(state, nodes.list_item);
  if (!item || item.node.attrs.checked === null) return false;
  dispatch?.(state.tr.setNodeAttribute(item.at, "checked", !item.node.attrs.checked));
  return true;
}

/** @type {Command} */
function hardBreak(state, dispatch) {
  const { $from } = state.selection;
  if (!$from.parent.contentMatchAt($from.index()).matchType(nodes.hard_break)) return false;
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
}

/** A new item after this one; of tasks, one that is to be done. @type {Command} */
function nextItem(state, dispatch, view) {
  const item = around(state, nodes.list_item);
  const isTask = item && item.node.attrs.checked !== null;
  return pm.splitListItemKeepMarks(nodes.list_item, isTask ? { checked: false } : undefined)(state, dispatch, view);
}

/**
 * What each button is called, what it does, and whether that is so where the selection is.
 *
 * @type {Record<string, { run: Command, is?: (state: State) => boolean }>}
 */
export const commands = {
  heading: { run: block(nodes.heading, { level: 2 }), is: (state) => isBlock(state, nodes.heading, { level: 2 }) },
  subheading: { run: block(nodes.heading, { level: 3 }), is: (state) => isBlock(state, nodes.heading, { level: 3 }) },
  strong: mark(marks.strong),
  em: mark(marks.em),
  strike: mark(marks.strike),
  code: mark(marks.code),
  bullets: { run: list(nodes.bullet_list), is: (state) => isList(state, nodes.bullet_list, false) },
  numbers: { run: list(nodes.ordered_list), is: (state) => isList(state, nodes.ordered_list, false) },
  tasks: { run: list(nodes.bullet_list, true), is: (state) => isList(state, nodes.bullet_list, true) },
  quote: { run: quote, is: (state) => around(state, nodes.blockquote) !== undefined },
  codeblock: { run: block(nodes.code_block, { info: "" }), is: (state) => isBlock(state, nodes.code_block) },
  table: { run: table },
  rule: { run: rule },
  undo: { run: pm.undo },
  redo: { run: pm.redo },
  addRow: { run: pm.addRowAfter },
  addColumn: { run: pm.addColumnAfter },
  deleteRow: { run: pm.deleteRow },
  deleteColumn: { run: pm.deleteColumn },
  deleteTable: { run: pm.deleteTable },
};

/** @param {import("./prosemirror.js").Mark} type */
function mark(type) {
  return { run: pm.toggleMark(type), is: (/** @type {State} */ state) => isMarked(state, type) };
}

/**
 * @param {State} state
 * @param {import("./prosemirror.js").Mark} type
 */
export function isMarked({ doc, selection, storedMarks }, type) {
  const { from, to, empty, $from } = selection;
  return empty ? Boolean(type.isInSet(storedMarks ?? $from.marks())) : doc.rangeHasMark(from, to, type);
}

/** Keys that do something here, and leave the rest to the browser. */
export const keys = {
  "Mod-b": commands.strong.run,
  "Mod-i": commands.em.run,
  "Mod-Shift-x": commands.strike.run,
  "Mod-e": commands.code.run,
  "Mod-Alt-2": commands.heading.run,
  "Mod-Alt-3": commands.subheading.run,
  "Mod-Shift-7": commands.numbers.run,
  "Mod-Shift-8": commands.bullets.run,
  "Mod-Shift-9": commands.quote.run,
  "Mod-z": pm.undo,
  "Mod-y": pm.redo,
  "Mod-Shift-z": pm.redo,
  Backspace: pm.undoInputRule,
  Enter: nextItem,
  "Shift-Enter": hardBreak,
  "Mod-Enter": pm.chainCommands(pm.exitCode, done),
  Tab: pm.chainCommands(pm.sinkListItem(nodes.list_item), pm.goToNextCell(1)),
  "Shift-Tab": pm.chainCommands(pm.goToNextCell(-1), pm.liftListItem(nodes.list_item)),
};
