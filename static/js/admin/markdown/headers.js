// A cell in the head of a table heads nothing while it is empty: then it is told as a cell, with a name.
import { Decoration, DecorationSet, Plugin } from "./prosemirror.js";
import { words } from "./words.js";

export const headers = new Plugin({
  props: {
    decorations(/** @type {import("./prosemirror.js").State} */ { doc }) {
      /** @type {unknown[]} */
      const named = [];
      doc.descendants((/** @type {any} */ node, /** @type {number} */ at) => {
        if (node.type.name !== "table_header" || node.textContent) return;
        named.push(Decoration.node(at, at + node.nodeSize, { role: "cell", "aria-label": words.header }));
      });
      return DecorationSet.create(doc, named);
    },
  },
});
