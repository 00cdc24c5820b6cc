// Markdown, as the site reads it, becomes nodes of a document.
import { bareAddresses } from "./autolinks.js";
import { MarkdownIt } from "./prosemirror.js";
import { schema } from "./schema.js";

/** @typedef {import("./prosemirror.js").Node} Node */
/** @typedef {import("./prosemirror.js").Mark} Mark */
/** @typedef {import("./prosemirror.js").Token} Token */

// The same as cms/pages/markup.py. Tasks are found below.
export const markdown = new MarkdownIt("commonmark", { html: false }).enable(["table", "strikethrough"]);
markdown.use(bareAddresses);

/** @type {Record<string, (token: Token) => [string, Record<string, unknown>?]>} */
const BLOCKS = {
  paragraph: () => ["paragraph"],
  heading: ({ tag }) => ["heading", { level: Number(tag.slice(1)) }],
  blockquote: () => ["blockquote"],
  bullet_list: ({ meta }) => ["bullet_list", { tight: meta.tight }],
  ordered_list: (token) => ["ordered_list", { start: Number(token.attrGet("start") ?? 1), tight: token.meta.tight }],
  list_item: ({ meta }) => ["list_item", { checked: meta?.checked ?? null }],
  table: () => ["table"],
  tr: () => ["table_row"],
  th: (token) => ["table_header", { align: alignOf(token) }],
  td: (token) => ["table_cell", { align: alignOf(token) }],
};
/** Of which only the content counts. */
const WRAPPERS = ["thead", "tbody"];
/** @type {Record<string, (token: Token) => Mark>} */
const MARKS = {
  em: () => schema.marks.em.create(),
  strong: () => schema.marks.strong.create(),
  s: () => schema.marks.strike.create(),
  link: (token) => schema.marks.link.create({ href: token.attrGet("href"), title: token.attrGet("title") ?? "" }),
};

/** @param {Token} token of a cell */
function alignOf(token) {
  return /text-align:(\w+)/.exec(token.attrGet("style") ?? "")?.[1] ?? "";
}

/**
 * Note of lists whether they are tight, and of items whether they are tasks.
 *
 * @param {Token[]} tokens
 */
function prepare(tokens) {
  /** @type {Token[]} */
  const lists = [];
  for (const [place, token] of tokens.entries()) {
    if (/list_open$/.test(token.type)) {
      token.meta = { tight: true };
      lists.push(token);
    } else if (/list_close$/.test(token.type)) lists.pop();
    const list = lists.at(-1);
    // A paragraph of a loose list is not hidden; those deeper within items are no matter of the list.
    if (token.type === "paragraph_open" && list && token.level === list.level + 2 && !token.hidden)
      list.meta.tight = false;
    const isTask = tokens[place - 2]?.type === "list_item_open" && tokens[place - 1].type === "paragraph_open";
    const box = isTask && token.type === "inline" && /^\[([ xX])\] /.exec(token.content);
    if (box) {
      tokens[place - 2].meta = { checked: box[1] !== " " };
      token.children[0].content = token.children[0].content.slice(box[0].length);
    }
  }
}

/** Makes nodes of tokens, one after another. */
class Builder {
  constructor() {
    /** @type {{ type: string, attrs?: Record<string, unknown>, content: Node[] }[]} */
    this.open = [{ type: "doc", content: [] }];
    /** The marks around, from the outermost: emphasis within emphasis is there twice. @type {Mark[]} */
    this.around = [];
    /** @type {readonly Mark[]} */
    this.marks = [];
  }

  /** @param {Node} node */
  add(node) {
    const content = this.open[this.open.length - 1].content;
    const last = content.at(-1);
    if (node.isText && last?.isText && last.sameMarkup(node))
      content[content.length - 1] = last.withText(last.text + node.text);
    else content.push(node);
  }

  /** @param {string} text */
  text(text) {
    if (text) this.add(schema.text(text, this.marks));
  }

  close() {
    const { type, attrs, content } = /** @type {typeof this.open[0]} */ (this.open.pop());
    // What is empty in Markdown has an empty paragraph here. Content that does not fit is an error.
    const node = content.length
      ? schema.nodes[type].createChecked(attrs, content)
      : schema.nodes[type].createAndFill(attrs);
    this.add(node);
  }

  /** @param {Token[]} tokens */
  read(tokens) {
    for (const token of tokens) {
      const name = token.type.replace(/_(open|close)$/, "");
      if (WRAPPERS.includes(name)) continue;
      if (BLOCKS[name]) {
        if (token.nesting === 1) {
          const [type, attrs] = BLOCKS[name](token);
          this.open.push({ type, attrs, content: [] });
        } else this.close();
      } else if (MARKS[name]) {
        if (token.nesting === 1) this.around.push(MARKS[name](token));
        else this.around.pop();
        this.marks = this.around.reduce((/** @type {readonly Mark[]} */ set, mark) => mark.addToSet(set), []);
      } else this.leaf(token);
    }
  }

  /** @param {Token} token */
  leaf(token) {
    const { type, content, children } = token;
    if (type === "inline") this.read(children);
    else if (type === "text") this.text(content);
    else if (type === "softbreak") this.text(" ");
    else if (type === "hardbreak") this.add(schema.nodes.hard_break.create(null, null, this.marks));
    else if (type === "code_inline") this.add(schema.text(content, schema.marks.code.create().addToSet(this.marks)));
    else if (type === "fence" || type === "code_block") {
      const text = content.replace(/\n$/, "");
      const attrs = { info: type === "fence" ? markdown.utils.unescapeAll(token.info).trim() : "" };
      this.add(schema.nodes.code_block.create(attrs, text ? schema.text(text) : null));
    } else if (type === "hr") this.add(schema.nodes.horizontal_rule.create());
    else if (type === "image") {
      const attrs = { src: token.attrGet("src"), alt: textOf(children), title: token.attrGet("title") ?? "" };
      this.add(schema.nodes.image.create(attrs, null, this.marks));
    } else throw new Error(`no node for ${type}`);
  }
}

/**
 * All words of tokens, without markup.
 *
 * @param {Token[]} tokens
 * @returns {string}
 */
function textOf(tokens) {
  return tokens
    .map(({ type, content, children }) => {
      if (children) return textOf(children);
      return type.endsWith("break") ? " " : content;
    })
    .join("");
}

/** @param {string} text */
const squeezed = (text) => text.replace(/\s+/g, "");

/**
 * The tokens of each block of a text, without those inside others.
 *
 * @param {string} text
 * @param {Record<string, unknown>} env
 */
export function blocksOf(text, env) {
  /** @type {Token[][]} */
  const blocks = [];
  for (const token of markdown.parse(text, env)) {
    if (token.level === 0 && token.nesting >= 0) blocks.push([]);
    blocks[blocks.length - 1].push(token);
  }
  return blocks;
}

/**
 * The node that a block's tokens make; none if there would be words missing in it.
 *
 * @param {Token[]} tokens
 * @returns {Node | undefined}
 */
export function nodeOf(tokens) {
  const builder = new Builder();
  try {
    prepare(tokens);
    builder.read(tokens);
  } catch {
    return undefined;
  }
  const [node, ...others] = builder.open[0].content;
  if (!node || others.length || builder.open.length > 1) return undefined;
  const words = node.textBetween(0, node.content.size, "", (/** @type {Node} */ leaf) => leaf.attrs.alt ?? "");
  return squeezed(words) === squeezed(textOf(tokens)) ? node : undefined;
}
