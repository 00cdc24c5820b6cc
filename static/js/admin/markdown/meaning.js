// What a node says to readers, however it is written: nodes with the same meaning look alike on the site.
import { piecesOf } from "./inline.js";
import { markdown } from "./parser.js";

/** @typedef {import("./prosemirror.js").Node} Node */
/** @typedef {import("./prosemirror.js").Mark} Mark */

/** @type {WeakMap<Node, string>} */
const known = new WeakMap();

/**
 * A text that is the same for nodes with the same meaning.
 *
 * @param {Node} node
 * @returns {string}
 */
export function meaningOf(node) {
  let meaning = known.get(node);
  if (meaning === undefined) {
    meaning = JSON.stringify(partsOf(node));
    known.set(node, meaning);
  }
  return meaning;
}

/**
 * @param {Node} node
 * @returns {unknown}
 */
function partsOf(node) {
  const { name } = node.type;
  if (name === "code_block")
    return [name, node.attrs.info.trim().replace(/\s+/g, " "), node.textContent.replace(/\r\n?/g, "\n")];
  if (name === "opaque") return [name, node.textContent];
  if (name === "table") return tableOf(node);
  if (node.inlineContent) return [name, node.attrs.level ?? 0, wordsOf(node)];
  const content = contentOf(node);
  // (A task without words is none in Markdown.)
  return [name, node.attrs.start ?? 0, content.length ? (node.attrs.checked ?? "") : "", content];
}

/**
 * The meanings of blocks. Paragraphs without content are none.
 *
 * @param {Node} parent
 * @returns {string[]}
 */
export function contentOf(parent) {
  /** @type {string[]} */
  const found = [];
  parent.forEach((/** @type {Node} */ node) => {
    if (!isEmpty(node)) found.push(meaningOf(node));
  });
  return found;
}

/** @param {Node} node */
export function isEmpty(node) {
  return node.type.name === "paragraph" && piecesOf(node).length === 0;
}

/** @param {Node} node */
function wordsOf(node) {
  return piecesOf(node).map((piece) => [
    piece.node ? [piece.node.type.name, attrsOf(piece.node)] : piece.text.replace(/[ \t\n]+/g, " "),
    ...piece.marks.map((/** @type {Mark} */ mark) => [mark.type.name, attrsOf(mark)]),
  ]);
}

/** @param {Node | Mark} part */
function attrsOf({ attrs }) {
  const address = attrs.href ?? attrs.src;
  return address === undefined ? "" : [markdown.normalizeLink(address), attrs.alt ?? "", attrs.title];
}

/**
 * The first row of a table is its head, and its rows are as long as that.
 *
 * @param {Node} table
 */
function tableOf(table) {
  /** @type {unknown[][]} */
  const rows = [];
  let width = 0;
  table.forEach((/** @type {Node} */ row) => {
    width = Math.max(width, row.childCount);
    rows.push(Array.from({ length: row.childCount }, (_, place) => wordsOf(row.child(place))));
  });
  const head = table.child(0);
  const aligns = Array.from({ length: width }, (_, place) => head.maybeChild(place)?.attrs.align ?? "");
  return ["table", aligns, rows.map((row) => [...row, ...Array.from({ length: width - row.length }, () => [])])];
}
