// The inline content of a node as Markdown.
import { isSafe } from "./addresses.js";

/** @typedef {import("./prosemirror.js").Node} Node */
/** @typedef {import("./prosemirror.js").Mark} Mark */

/**
 * How carefully something is written. It is plain first; each further step is taken if the one before would be read as
 * something else, which is rare.
 */
export const CARE = { PLAIN: 0, FENCED: 1, ESCAPED: 2, BARE: 3 };

/**
 * Text that has the same marks, or something else between texts.
 *
 * @typedef {object} Piece
 * @property {string} text
 * @property {Node} [node] a line break or a picture
 * @property {Mark[]} marks
 */

const DELIMITERS = /** @type {Record<string, string>} */ ({ em: "*", strong: "**", strike: "~~" });
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
/** What is no markup within a bare address. */
const ADDRESS = /((?:https?:\/\/|www\.|mailto:|xmpp:)[^\s<]+|[\w.+-]+@[\w.-]+)/;

/**
 * The content of a node in pieces. Spaces at the edges of emphasis are outside it, since Markdown has no other.
 *
 * @param {Node} parent
 * @returns {Piece[]}
 */
export function piecesOf(parent) {
  /** @type {Piece[]} */
  const pieces = [];
  parent.forEach((/** @type {Node} */ node) => {
    const marks = node.marks.filter((/** @type {Mark} */ mark) => mark.type.name !== "link" || isSafe(mark.attrs.href));
    if (!node.isText) pieces.push(pictured(node, marks));
    else if (marks.some(isCode)) pieces.push({ text: node.text.replace(/\s+/g, " "), marks });
    else
      for (const text of node.text.replace(/[ \t\n\r]+/g, " ").match(/^\s+|\s+$|\S(?:.*\S)?/gsu) ?? [])
        pieces.push({ text, marks });
  });
  for (const name of Object.keys(DELIMITERS)) {
    const has = (/** @type {Piece} */ piece) => piece.marks.some((mark) => mark.type.name === name);
    for (const order of [pieces, [...pieces].reverse()]) {
      let isInside = false;
      for (const piece of order) {
        if (has(piece) && !isInside && isSpace(piece))
          piece.marks = piece.marks.filter((mark) => mark.type.name !== name);
        isInside = has(piece);
      }
    }
  }
  return merged(withoutEdges(pieces));
}

/** @param {Mark} mark */
const isCode = (mark) => mark.type.name === "code";
/** @param {Piece} piece */
const isSpace = ({ text, node, marks }) =>
  node ? node.type.name === "hard_break" : !text.trim() && !marks.some(isCode);

/**
 * @param {Node} node
 * @param {Mark[]} marks
 * @returns {Piece}
 */
function pictured(node, marks) {
  const outside = marks.filter((mark) => !isCode(mark));
  return node.type.name === "image" && !isSafe(node.attrs.src)
    ? { text: node.attrs.alt, marks: outside }
    : { text: "", node, marks: outside };
}

/**
 * Without spaces at the ends of lines, which no reader sees, and breaks at the end, which are none.
 *
 * @param {Piece[]} pieces
 * @returns {Piece[]}
 */
function withoutEdges(pieces) {
  const isBreak = (/** @type {Piece | undefined} */ piece) => !piece || piece.node?.type.name === "hard_break";
  const kept = pieces.filter((piece, place) => {
    const isPlain = !piece.node && !piece.marks.some(isCode);
    if (isPlain && isBreak(pieces[place - 1])) piece.text = piece.text.trimStart();
    if (isPlain && isBreak(pieces[place + 1])) piece.text = piece.text.trimEnd();
    return piece.node || piece.text;
  });
  while (kept.length && isBreak(kept[kept.length - 1])) kept.pop();
  while (kept.length && isBreak(kept[0])) kept.shift();
  return kept.length < pieces.length ? withoutEdges(kept) : kept;
}

/** @param {Piece[]} pieces */
function merged(pieces) {
  /** @type {Piece[]} */
  const found = [];
  for (const piece of pieces) {
    const last = found.at(-1);
    if (last && !last.node && !piece.node && isSame(last.marks, piece.marks)) last.text += piece.text;
    else found.push({ ...piece });
  }
  return found;
}

/**
 * @param {Mark[]} marks
 * @param {Mark[]} others
 */
function isSame(marks, others) {
  return marks.length === others.length && marks.every((mark, place) => mark.eq(others[place]));
}

/**
 * Write the content of a node, which ends no line but by a line break.
 *
 * @param {Node} parent
 * @param {number} care
 */
export function inline(parent, care) {
  const all = piecesOf(parent);
  const pieces =
    care < CARE.BARE
      ? all
      : merged(all.map((piece) => ({ ...piece, marks: piece.marks.filter((mark) => !DELIMITERS[mark.type.name]) })));
  let written = "";
  /** @type {Mark[]} */
  const open = [];
  for (const [place, piece] of [...pieces, { text: "", marks: [] }].entries()) {
    const marks = piece.marks.filter((mark) => !isCode(mark));
    const kept = open.findIndex((mark) => !mark.isInSet(marks));
    const closed = kept < 0 ? [] : open.splice(kept);
    for (const mark of closed.reverse()) written += endOf(mark, care);
    const opened = marks.filter((mark) => !mark.isInSet(open));
    opened.sort((one, other) => lengthFrom(pieces, place, other) - lengthFrom(pieces, place, one));
    // A letter outside keeps delimiters from being any, beside punctuation; a number in its place does not.
    if (care >= CARE.FENCED && opened.some(isDelimiter)) written = written.replace(/[\p{L}\p{N}]$/u, numbered);
    for (const mark of opened) written += startOf(mark, care);
    open.push(...opened);
    const isBefore = pieces[place + 1]?.marks.some((mark) => mark.type.name === "link" && !mark.isInSet(open));
    let text = contentOf(piece, care, isBefore, !written || written.endsWith("\n"));
    if (care >= CARE.FENCED && closed.some(isDelimiter)) text = text.replace(/^[\p{L}\p{N}]/u, numbered);
    written += text;
  }
  return written;
}

/** @param {Mark} mark */
const isDelimiter = (mark) => mark.type.name in DELIMITERS;
/** @param {string} sign */
const numbered = (sign) => `&#${sign.codePointAt(0)};`;

/**
 * How many pieces have a mark that is opened: the one that lasts longest is opened first.
 *
 * @param {Piece[]} pieces
 * @param {number} place
 * @param {Mark} mark
 */
function lengthFrom(pieces, place, mark) {
  let end = place;
  while (end < pieces.length && mark.isInSet(pieces[end].marks)) end += 1;
  return end - place;
}

/**
 * @param {Mark} mark
 * @param {number} care
 */
function startOf(mark, care) {
  return mark.type.name === "link" ? "[" : delimiter(mark, care);
}

/**
 * @param {Mark} mark
 * @param {number} care
 */
function endOf(mark, care) {
  return mark.type.name === "link" ? `](${destination(mark.attrs.href, mark.attrs.title)})` : delimiter(mark, care);
}

/**
 * @param {Mark} mark
 * @param {number} care
 */
function delimiter(mark, care) {
  return mark.type.name === "em" && care >= CARE.FENCED ? "_" : DELIMITERS[mark.type.name];
}

/**
 * An address and its title.
 *
 * @param {string} address
 * @param {string} title
 */
function destination(address, title) {
  const plain = address.replace(/&(?=#?\w+;)/g, "\\&").replace(/\n/g, "");
  const isPlain = /^[^\s<>()\\]+$/.test(address);
  const written = isPlain ? plain : `<${plain.replace(/[<>]|\\(?!&)/g, "\\$&")}>`;
  return title ? `${written} "${title.replace(/["\\]|&(?=#?\w+;)/g, "\\$&").replace(/\s*\n\s*/g, " ")}"` : written;
}

/**
 * @param {Piece} piece
 * @param {number} care
 * @param {boolean} isBefore whether a link follows
 * @param {boolean} isFirst whether it begins a line
 */
function contentOf({ text, node, marks }, care, isBefore, isFirst) {
  if (node?.type.name === "hard_break") return "\\\n";
  if (node) return `![${escaped(node.attrs.alt, care, true)}](${destination(node.attrs.src, node.attrs.title)})`;
  if (marks.some(isCode)) return code(text);
  const isLinked = marks.some((mark) => mark.type.name === "link");
  let written = escaped(text, care, isLinked);
  if (isBefore) written = written.replace(/!$/, "\\!");
  return isFirst ? startEscaped(written) : written;
}

/** @param {string} text */
function code(text) {
  const runs = (text.match(/`+/g) ?? []).map((run) => run.length);
  let length = 1;
  while (runs.includes(length)) length += 1;
  const fence = "`".repeat(length);
  const isPadded = /^`|`$|^ .*\S.* $/.test(text);
  return isPadded ? `${fence} ${text} ${fence}` : fence + text + fence;
}

/**
 * @param {string} text
 * @param {number} care
 * @param {boolean} isLinked
 */
function escaped(text, care, isLinked) {
  if (care >= CARE.ESCAPED) return text.replace(PUNCTUATION, "\\$&");
  const parts = isLinked ? [text] : text.split(ADDRESS);
  return parts.map((part, place) => (place % 2 ? part : escapedPart(part, isLinked))).join("");
}

/**
 * @param {string} text
 * @param {boolean} isLinked
 */
function escapedPart(text, isLinked) {
  return text
    .replace(/[\\`[]|(?<!\s)\*|\*(?!\s)|~(?=~)|(?<=~)~/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/&(?=#?\w+;)/g, "\\&")
    .replace(/<(?=[a-z][\w+.-]*[:@])/gi, "\\<")
    .replace(isLinked ? /\]/g : /(?!)/g, "\\]");
}

/**
 * What would begin a block of another sort at the start of a line.
 *
 * @param {string} text
 */
function startEscaped(text) {
  return text
    .replace(/^(#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=]+\s*$|-[-\s]*$|~~~)/, "\\$&")
    .replace(/^(\d{1,9})([.)])(?=\s|$)/, "$1\\$2");
}
