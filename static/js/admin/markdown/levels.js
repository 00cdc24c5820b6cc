// Headings are told at the levels that they have on the site, where they go on from those above and leave out none.
import { Decoration, DecorationSet, Plugin } from "./prosemirror.js";

/** The level of the first heading of a text. */
const FIRST = 2;

export const levels = new Plugin({
  props: {
    decorations(/** @type {import("./prosemirror.js").State} */ { doc }) {
      /** @type {number[]} the levels in the source of the headings that this one is below */
      const above = [];
      /** @type {unknown[]} */
      const told = [];
      doc.descendants((/** @type {any} */ node, /** @type {number} */ at) => {
        if (node.type.name !== "heading") return;
        while (above.length && above[above.length - 1] >= node.attrs.level) above.pop();
        above.push(node.attrs.level);
        const level = String(Math.min(6, FIRST + above.length - 1));
        told.push(Decoration.node(at, at + node.nodeSize, { "aria-level": level }));
      });
      return DecorationSet.create(doc, told);
    },
  },
});
