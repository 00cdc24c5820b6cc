// A text as a document, and back. What nobody has changed keeps its source, byte for byte.
import { blocksOf, nodeOf } from "./parser.js";
import { contentOf, isEmpty, meaningOf } from "./meaning.js";
import { schema } from "./schema.js";
import { INDENTED, markerOf, write } from "./writer.js";

/** @typedef {import("./prosemirror.js").Node} Node */

/**
 * A block of the text, as it was read. Blocks that followed each other have numbers that do.
 *
 * @typedef {object} Origin
 * @property {Node} node
 * @property {string} text
 * @property {string} before what parts it from the block before it: empty lines
 */

/**
 * A block of the document, and how it is written.
 *
 * @typedef {object} Written
 * @property {Node} node
 * @property {number} origin the number of the block that it was, 0 if it is new
 * @property {boolean} isKept whether it is that still
 * @property {string} text
 */

const LINE_END = /\r\n?|\n/g;
/** How often a text is written anew because blocks of it would be read as one, or as others. */
const ROUNDS = 3;

/** What was read from a text field, and is written into it. */
export class Source {
  constructor() {
    /** @type {Map<number, Origin>} */
    this.origins = new Map();
    this.last = 0;
    /** @type {Record<string, unknown>} */
    this.references = {};
    /** @type {number[]} the blocks that may name them */
    this.naming = [];
    this.tail = "";
    this.text = "";
    /** @type {Node} */
    this.doc = undefined;
    /** @type {WeakMap<Node, Map<string, string>>} how blocks are written anew */
    this.made = new WeakMap();
    /** @type {Map<string, boolean>} which texts were looked at the last time, and whether they are right */
    this.checked = new Map();
  }

  /**
   * The document of a text.
   *
   * @param {string} text
   * @returns {Node}
   */
  read(text) {
    const env = { references: {} };
    const parts = partsOf(text, env);
    this.references = env.references;
    this.naming = [];
    this.last += 1; // no block follows one of another text
    const nodes = [];
    let end = 0;
    for (const { from, to, tokens } of parts) {
      const origin = this.last + 1;
      const source = text.slice(from, to);
      const node = this.understood(tokens, origin, source) ?? opaque(source, origin);
      this.origins.set(origin, { node, text: source, before: text.slice(end, from) });
      if (source.includes("]:")) this.naming.push(origin);
      this.last = origin;
      nodes.push(node);
      end = to;
    }
    this.text = text;
    this.tail = text.slice(end);
    this.doc = schema.nodes.doc.create(null, nodes.length ? nodes : [schema.nodes.paragraph.create()]);
    return this.doc;
  }

  /**
   * The node of a block, if it would be read as the same when it is written anew.
   *
   * @param {import("./prosemirror.js").Token[] | undefined} tokens
   * @param {number} origin
   * @param {string} text
   * @returns {Node | undefined}
   */
  understood(tokens, origin, text) {
    const node = tokens && !hasMore(tokens, text) && nodeOf(tokens);
    if (!node || !write(node, [], this.references, text).isSame) return undefined;
    return node.type.create({ ...node.attrs, origin }, node.content, node.marks);
  }

  /**
   * The text of a document.
   *
   * @param {Node} doc
   */
  write(doc) {
    if (doc.eq(this.doc)) return this.text;
    /** @type {Written[]} */
    const blocks = [];
    doc.forEach((/** @type {Node} */ node) => {
      const origin = this.origins.get(node.attrs.origin);
      const isKept = origin?.node.eq(node) === true;
      if (isKept || !(isEmpty(node) || (isSource(node) && !node.textContent.trim()))) {
        blocks.push({ node, origin: origin ? node.attrs.origin : 0, isKept, text: origin?.text ?? "" });
      }
    });
    let text = "";
    for (let round = 0; round < ROUNDS; round += 1) {
      text = this.joined(blocks);
      const wrong = this.misread(blocks);
      for (const block of wrong) block.isKept = false;
      if (!wrong.length) break;
    }
    return text;
  }

  /**
   * The blocks that have come together, and would be read as something else than they are: as one, for example. Source
   * that somebody has changed may be anything.
   *
   * @param {Written[]} blocks
   */
  misread(blocks) {
    /** @type {Map<string, boolean>} */
    const checked = new Map();
    /** @type {Set<Written>} */
    const wrong = new Set();
    for (const [place, block] of blocks.entries()) {
      const before = blocks[place - 1];
      if (!before || this.areNeighbours(before, block) || isChanged(before) || isChanged(block)) continue;
      const tail = block.isKept && block.origin === this.last ? this.tail : ""; // a fence that is left open has it
      const text = before.text + this.between(before, block) + block.text + tail;
      const isRight = this.checked.get(text) ?? isReadAs(text, [before.node, block.node], this.references);
      checked.set(text, isRight);
      if (!isRight) for (const each of [before, block]) if (each.isKept && !isSource(each.node)) wrong.add(each);
    }
    this.checked = checked;
    return [...wrong, ...this.unnamed(blocks)];
  }

  /**
   * The blocks with addresses that the text does not name any more.
   *
   * @param {Written[]} blocks
   */
  unnamed(blocks) {
    const names = Object.keys(this.references);
    const kept = new Set(blocks.filter(({ isKept }) => isKept).map(({ origin }) => origin));
    if (!names.length || this.naming.every((origin) => kept.has(origin))) return [];
    const env = { references: {} };
    blocksOf(blocks.map(({ text }) => text).join("\n\n"), env);
    if (names.every((name) => name in env.references)) return [];
    return blocks.filter(({ node, isKept, text }) => {
      const mayName = isKept && !isSource(node) && text.includes("[");
      return mayName && !isReadAs(text, [node], env.references);
    });
  }

  /**
   * Whether two blocks stand as they stood.
   *
   * @param {Written} before
   * @param {Written} block
   */
  areNeighbours(before, block) {
    return before.isKept && block.isKept && block.origin === before.origin + 1;
  }

  /** @param {Written[]} blocks */
  joined(blocks) {
    let text = "";
    for (const [place, block] of blocks.entries()) {
      const [before, after] = [blocks[place - 1], blocks[place + 1]];
      if (!block.isKept) block.text = this.madeOf(block.node, before?.text, after?.isKept ? after.text : "");
      text += this.between(before, block) + block.text;
    }
    const last = blocks.at(-1);
    return last && last.origin === this.last ? text + this.tail : text;
  }

  /**
   * @param {Node} node
   * @param {string} [before]
   * @param {string} [after]
   */
  madeOf(node, before = "", after = "") {
    if (node.type === schema.nodes.opaque) return node.textContent.replace(/^\s*\n|\s+$/g, "");
    const avoided = [markerOf(before), markerOf(after), /^[ \t]/.test(after) ? INDENTED : ""].map((sign) => sign ?? "");
    const made = this.made.get(node) ?? new Map();
    this.made.set(node, made);
    const key = avoided.join();
    if (!made.has(key)) made.set(key, write(node, avoided, this.references).text);
    return made.get(key);
  }

  /**
   * What stands between two blocks: what stood there if they are neighbours still, or else an empty line.
   *
   * @param {Written | undefined} before
   * @param {Written} block
   */
  between(before, block) {
    const stood = this.origins.get(block.origin)?.before;
    if (!before) return stood !== undefined && !this.origins.has(block.origin - 1) ? stood : "";
    const isEnough = block.origin === before.origin + 1 && (stood?.match(LINE_END) ?? []).length > 1;
    return stood !== undefined && (isEnough || this.areNeighbours(before, block)) ? stood : "\n\n";
  }
}

/**
 * Where the blocks of a text stand, and their tokens. Addresses that are named there have none.
 *
 * @param {string} text
 * @param {{ references: Record<string, unknown> }} env
 */
function partsOf(text, env) {
  const starts = [0, ...[...text.matchAll(LINE_END)].map((found) => found.index + found[0].length)];
  const at = (/** @type {number} */ line) => starts[line] ?? text.length;
  /** @type {{ from: number, to: number, tokens?: import("./prosemirror.js").Token[] }[]} */
  const parts = [];
  let line = 0;
  const rest = (/** @type {number} */ to) => {
    const [from, end] = trimmed(text, at(line), at(to));
    if (/[^ \t\r\n]/.test(text.slice(from, end))) parts.push({ from, to: end });
  };
  for (const tokens of blocksOf(text, env)) {
    const [start, end] = tokens[0].map;
    rest(start);
    const [from, to] = trimmed(text, at(start), at(end), tokens[0].type !== "fence");
    parts.push({ from, to, tokens });
    line = end;
  }
  rest(starts.length);
  return parts;
}

/**
 * A part of a text without empty lines at its start, and without the end of its last line.
 *
 * @param {string} text
 * @param {number} from
 * @param {number} to
 * @param {boolean} [isAll] whether it ends without empty lines
 */
function trimmed(text, from, to, isAll = true) {
  const part = text.slice(from, to);
  const start = /^(?:[ \t]*(?:\r\n?|\n))*/.exec(part)?.[0].length ?? 0;
  const end = part.replace(isAll ? /(?:(?:\r\n?|\n)[ \t]*)+$/ : /(?:\r\n?|\n)$/, "").length;
  return [from + start, Math.max(from + start, from + end)];
}

/**
 * @param {string} text
 * @param {number} [origin]
 */
function opaque(text, origin) {
  return schema.nodes.opaque.create({ origin: origin ?? null }, text ? schema.text(text) : null);
}

/**
 * Whether there is more in a block's source than readers see, and so more than its node has: cells beyond the head of a
 * table, and addresses that are named within a list or a quotation.
 *
 * @param {import("./prosemirror.js").Token[]} tokens
 * @param {string} text
 */
function hasMore(tokens, text) {
  const env = { references: {} };
  if (text.includes("]:")) blocksOf(text, env);
  const lines = text.split(LINE_END);
  let width = 0;
  return (
    tokens.some(({ type, map }) => {
      if (type === "table_open") width = 0;
      if (type === "th_open") width += 1;
      return type === "tr_open" && width > 0 && cellsIn(lines[map[0] - tokens[0].map[0]]) > width;
    }) || Object.keys(env.references).length > 0
  );
}

/** @param {string} row of a table */
const cellsIn = (row) => row.replace(/^[\s>]*\|?|\|\s*$/g, "").split(/(?<!\\)\|/).length;

/** @param {Node} node */
const isSource = (node) => node.type === schema.nodes.opaque;

/** @param {Written} block */
const isChanged = ({ node, isKept }) => isSource(node) && !isKept;

/**
 * Whether a text is read as these blocks.
 *
 * @param {string} text
 * @param {Node[]} nodes
 * @param {Record<string, unknown>} references
 */
function isReadAs(text, nodes, references) {
  const parts = partsOf(text, { references: { ...references } });
  return (
    parts.length === nodes.length &&
    parts.every(({ from, to, tokens }, place) => {
      if (isSource(nodes[place])) return nodes[place].textContent === text.slice(from, to);
      const read = tokens && nodeOf(tokens);
      return read !== undefined && meaningOf(read) === meaningOf(nodes[place]);
    })
  );
}

/**
 * Whether two documents look alike.
 *
 * @param {Node} doc
 * @param {Node} other
 */
export function isAlike(doc, other) {
  return contentOf(doc).join("\n") === contentOf(other).join("\n");
}
