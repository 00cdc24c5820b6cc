// Blocks as Markdown, in one style: "-" for lists, fences for code.
import { CARE, inline } from "./inline.js";
import { blocksOf, nodeOf } from "./parser.js";
import { meaningOf } from "./meaning.js";

/** @typedef {import("./prosemirror.js").Node} Node */

const BULLETS = ["-", "*", "+"];
const ENDS = [".", ")"];
/** What follows a list begins with spaces: its items begin further right, so that it is none of them. */
export const INDENTED = " ";
const ALIGNED = /** @type {Record<string, string>} */ ({ left: ":---", center: ":---:", right: "---:" });

/**
 * Write a block. What has been written is read again, and written more carefully if it would be read as something else.
 *
 * @param {Node} block
 * @param {string[]} avoided what lists beside it begin with, which would be one with it
 * @param {Record<string, unknown>} references addresses that the text names elsewhere
 * @param {string} [known] how it was written when it was read
 * @returns {{ text: string, isSame: boolean }} and whether it is read as what it is
 */
export function write(block, avoided, references, known) {
  const meaning = meaningOf(block);
  let text = "";
  for (const care of Object.values(CARE)) {
    text = blockAs(block, care, avoided);
    if (text === known) return { text, isSame: true };
    const blocks = blocksOf(text, { references: { ...references } });
    const read = blocks.length === 1 && nodeOf(blocks[0]);
    if (read && meaningOf(read) === meaning) return { text, isSame: true };
  }
  return { text, isSame: false };
}

/**
 * What a list in a text begins with.
 *
 * @param {string} text
 */
export function markerOf(text) {
  return /^ {0,3}(?:([-*+])|\d+([.)]))(?=\s|$)/.exec(text)?.slice(1).find(Boolean);
}

/**
 * @param {Node} node
 * @param {number} care
 * @param {string[]} [avoided]
 * @returns {string}
 */
function blockAs(node, care, avoided = []) {
  switch (node.type.name) {
    case "paragraph":
      return inline(node, care);
    case "heading":
      return `${"#".repeat(node.attrs.level)} ${inline(node, care).replace(/(?<=^|\s)#(?=#*$)/, "\\#")}`.trim();
    case "blockquote":
      return prefixed(contentAs(node, care, "\n\n"), "> ", "> ");
    case "code_block":
      return fenced(node.textContent, node.attrs.info);
    case "bullet_list":
    case "ordered_list":
      return listAs(node, care, avoided);
    case "table":
      return tableAs(node, care);
    case "horizontal_rule":
      return "---";
    default:
      return node.textContent; // source
  }
}

/**
 * Blocks within a block. Paragraphs without content are none.
 *
 * @param {Node} parent
 * @param {number} care
 * @param {string} beforeList what parts a list from a paragraph
 */
function contentAs(parent, care, beforeList) {
  let written = "";
  let before = "";
  parent.forEach((/** @type {Node} */ node) => {
    const isList = node.type.name.endsWith("list");
    const text = blockAs(node, care, isList ? [markerOf(before) ?? ""] : []);
    if (!text && node.type.name === "paragraph") return;
    const isTight = isList && node.attrs.tight && before && (node.attrs.start ?? 1) === 1 && !markerOf(before);
    written += (before && (isTight ? beforeList : "\n\n")) + text;
    before = text;
  });
  return written;
}

/**
 * @param {Node} list
 * @param {number} care
 * @param {string[]} avoided
 */
function listAs(list, care, avoided) {
  const isBulleted = list.type.name === "bullet_list";
  const marker = (isBulleted ? BULLETS : ENDS).find((sign) => !avoided.includes(sign)) ?? (isBulleted ? "-" : ".");
  const isTight = list.attrs.tight && care === CARE.PLAIN;
  /** @type {string[]} */
  const items = [];
  list.forEach((/** @type {Node} */ item, /** @type {number} */ _, /** @type {number} */ place) => {
    const number = isBulleted ? "" : (list.attrs.start + place) % 1_000_000_000;
    const start = number + marker + (avoided.includes(INDENTED) ? "    " : " ");
    const { checked } = item.attrs;
    const content = contentAs(item, care, isTight ? "\n" : "\n\n");
    const box = checked === null || !content ? "" : checked ? "[x] " : "[ ] ";
    items.push(prefixed(box + content, start, " ".repeat(start.length)));
  });
  return items.join(isTight ? "\n" : "\n\n");
}

/**
 * @param {string} text
 * @param {string} first what its first line begins with
 * @param {string} others
 */
function prefixed(text, first, others) {
  return text
    .split("\n")
    .map((line, place) => ((place ? others : first) + line).replace(line ? /(?!)/ : /\s+$/, ""))
    .join("\n");
}

/**
 * @param {string} text
 * @param {string} info the language
 */
function fenced(text, info) {
  const sign = info.includes("`") ? "~" : "`";
  const runs = text.match(sign === "~" ? /~{3,}/g : /`{3,}/g) ?? [];
  const fence = sign.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  const language = info.replace(/[\\&]/g, "\\$&").replace(/\s+/g, " ");
  return `${fence}${language}\n${text ? `${text.replace(/\r\n?/g, "\n")}\n` : ""}${fence}`;
}

/**
 * @param {Node} table
 * @param {number} care
 */
function tableAs(table, care) {
  /** @type {string[][]} */
  const rows = [];
  table.forEach((/** @type {Node} */ row) => {
    /** @type {string[]} */
    const cells = [];
    row.forEach((/** @type {Node} */ cell) => {
      cells.push(inline(cell, care).replace(/\|/g, "\\|"));
    });
    rows.push(cells);
  });
  const width = Math.max(...rows.map((row) => row.length));
  const line = (/** @type {string[]} */ cells) =>
    `| ${Array.from({ length: width }, (_, place) => cells[place] ?? "").join(" | ")} |`;
  const aligns = rows[0].map((_, place) => ALIGNED[table.child(0).child(place).attrs.align] ?? "---");
  while (aligns.length < width) aligns.push("---");
  return [line(rows[0]), line(aligns), ...rows.slice(1).map(line)].join("\n");
}
