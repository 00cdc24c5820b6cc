// What the editor of Markdown takes of ProseMirror and markdown-it, in one file that browsers import as it is.
export * from "prosemirror-commands";
export * from "prosemirror-history";
export * from "prosemirror-inputrules";
export * from "prosemirror-keymap";
export * from "prosemirror-model";
export * from "prosemirror-schema-list";
export * from "prosemirror-state";
export { goToNextCell, addColumnAfter, addRowAfter, deleteColumn, deleteRow, deleteTable, isInTable, tableEditing } from "prosemirror-tables";
export { Decoration, DecorationSet, EditorView } from "prosemirror-view";
export { default as MarkdownIt } from "markdown-it";
