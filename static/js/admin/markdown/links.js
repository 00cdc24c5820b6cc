// Links and pictures, which are asked for in dialogs.
import { askLink, askPicture } from "./dialogs.js";
import { NodeSelection, TextSelection } from "./prosemirror.js";
import { schema } from "./schema.js";

/** @typedef {import("./prosemirror.js").View} View */

const { link } = schema.marks;

/**
 * The range of the link that the cursor is in, or that the selection touches.
 *
 * @param {import("./prosemirror.js").State} state
 */
function linkAt({ doc, selection: { from, to, $from } }) {
  /** @type {{ from: number, to: number, mark: import("./prosemirror.js").Mark } | undefined} */
  let found;
  const [start, end] = [Math.max($from.start(), from - 1), Math.max(to, from + 1)];
  doc.nodesBetween(start, Math.min(end, doc.content.size), (/** @type {any} */ node, /** @type {number} */ at) => {
    const mark = link.isInSet(node.marks);
    const isTouched = at <= to && at + node.nodeSize >= from;
    if (!mark || !isTouched) return;
    if (found?.mark.eq(mark)) found.to = at + node.nodeSize;
    else found ??= { from: at, to: at + node.nodeSize, mark };
  });
  return found;
}

/** @param {View} view */
export async function editLink(view) {
  if (view.state.selection.$from.parent.type.spec.code) return;
  const found = linkAt(view.state);
  const answer = await askLink(found?.mark.attrs.href ?? "");
  const { state } = view;
  const { from, to, empty } = found ? { ...found, empty: false } : state.selection;
  if (answer === "remove") view.dispatch(state.tr.removeMark(from, to, link));
  else if (answer) {
    const mark = link.create({ href: answer.address, title: found?.mark.attrs.title ?? "" });
    if (empty) view.dispatch(state.tr.replaceSelectionWith(schema.text(answer.title || answer.address, [mark]), false));
    else view.dispatch(state.tr.removeMark(from, to, link).addMark(from, to, mark));
  }
  view.focus();
}

/** @param {View} view */
export async function editPicture(view) {
  const { selection } = view.state;
  if (selection.$from.parent.type.spec.code) return;
  const shown =
    selection instanceof NodeSelection && selection.node.type === schema.nodes.image ? selection.node : null;
  const answer = await askPicture(shown?.attrs ?? { src: "", alt: "" });
  if (answer) {
    const image = schema.nodes.image.create({ ...shown?.attrs, ...answer });
    const transaction = view.state.tr.replaceSelectionWith(image, false);
    view.dispatch(transaction.setSelection(TextSelection.near(transaction.selection.$to)).scrollIntoView());
  }
  view.focus();
}
