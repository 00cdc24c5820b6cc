// ProseMirror and markdown-it, from the file that static/vendor/README.md tells of. They have no types here, as jQuery has none.

/** @typedef {any} Node a node of a document */
/** @typedef {any} Mark */
/** @typedef {any} State */
/** @typedef {any} Transaction */
/** @typedef {any} View */
/** @typedef {(state: State, dispatch?: (transaction: Transaction) => void, view?: View) => boolean} Command */
/** @typedef {any} Token a token of markdown-it */

/** Its published name has a digest, which the page tells. Tests have no page, and take it from where it lies. */
const told = globalThis.document?.querySelector("[data-prosemirror]")?.getAttribute("data-prosemirror");
const address = told ?? new URL("../../../vendor/prosemirror/prosemirror.min.js", import.meta.url).href;

/** @type {any} */
const bundle = await import(address);

export const {
  addColumnAfter,
  addRowAfter,
  baseKeymap,
  chainCommands,
  Decoration,
  DecorationSet,
  deleteColumn,
  deleteRow,
  deleteTable,
  DOMParser: NodeParser,
  EditorState,
  EditorView,
  exitCode,
  Fragment,
  goToNextCell,
  history,
  InputRule,
  inputRules,
  isInTable,
  keymap,
  lift,
  liftListItem,
  MarkdownIt,
  NodeSelection,
  Plugin,
  redo,
  Schema,
  setBlockType,
  sinkListItem,
  Slice,
  splitListItemKeepMarks,
  tableEditing,
  TextSelection,
  textblockTypeInputRule,
  toggleMark,
  undo,
  undoInputRule,
  wrapIn,
  wrapInList,
  wrappingInputRule,
} = bundle;
