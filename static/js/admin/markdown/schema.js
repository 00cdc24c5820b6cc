// What a text may be made of: what Markdown has and the site shows, and nothing else.
import { isOwn, isSafe } from "./addresses.js";
import { Schema } from "./prosemirror.js";
import { words } from "./words.js";

/** Headings in texts go on from those of the page, so more levels than these would look alike. */
const LEVELS = [1, 2, 3, 4, 5, 6];

/** @param {any} node */
const alignOf = (node) => (node.attrs.align ? { "data-align": node.attrs.align } : {});

/** @param {string} tag */
function cell(tag) {
  return {
    // (What prosemirror-tables expects of a cell; Markdown has no cells that are larger.)
    attrs: { align: { default: "" }, colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null } },
    content: "(text | image)*",
    isolating: true,
    tableRole: tag === "th" ? "header_cell" : "cell",
    parseDOM: [{ tag, getAttrs: (/** @type {HTMLElement} */ dom) => ({ align: dom.dataset.align ?? "" }) }],
    toDOM: (/** @type {any} */ node) => [tag, alignOf(node), 0],
  };
}

/**
 * Blocks have an `origin`: the number of the block of the source that they were made from. source.js says what for.
 *
 * @param {Record<string, any>} spec
 */
const block = (spec) => ({ group: "block", ...spec, attrs: { origin: { default: null }, ...spec.attrs } });

export const schema = new Schema({
  nodes: {
    doc: { content: "(block | opaque)+" },
    paragraph: block({ content: "inline*", parseDOM: [{ tag: "p" }], toDOM: () => ["p", 0] }),
    heading: block({
      attrs: { level: { default: 1 } },
      content: "(text | image)*",
      defining: true,
      parseDOM: LEVELS.map((level) => ({ tag: `h${level}`, attrs: { level } })),
      toDOM: (/** @type {any} */ node) => [`h${node.attrs.level}`, 0],
    }),
    blockquote: block({
      content: "block+",
      defining: true,
      parseDOM: [{ tag: "blockquote" }],
      toDOM: () => ["blockquote", 0],
    }),
    bullet_list: block({
      attrs: { tight: { default: true } },
      content: "list_item+",
      parseDOM: [{ tag: "ul" }],
      toDOM: () => ["ul", 0],
    }),
    ordered_list: block({
      attrs: { start: { default: 1 }, tight: { default: true } },
      content: "list_item+",
      parseDOM: [{ tag: "ol", getAttrs: (/** @type {HTMLOListElement} */ dom) => ({ start: Math.max(0, dom.start) }) }],
      toDOM: (/** @type {any} */ node) => ["ol", node.attrs.start === 1 ? {} : { start: node.attrs.start }, 0],
    }),
    list_item: {
      attrs: { checked: { default: null } }, // of tasks: whether they are done
      content: "paragraph block*",
      defining: true,
      parseDOM: [
        {
          tag: "li",
          getAttrs: (/** @type {HTMLElement} */ dom) => ({
            checked: dom.dataset.checked ? dom.dataset.checked === "true" : null,
          }),
        },
      ],
      toDOM: (/** @type {any} */ { attrs: { checked } }) => {
        if (checked === null) return ["li", 0];
        /** @type {Record<string, string>} */
        const box = {
          type: "checkbox",
          tabindex: "-1",
          "aria-label": words.done ?? "",
          ...(checked ? { checked: "" } : {}),
        };
        return [
          "li",
          { class: "task", "data-checked": String(checked) },
          ["label", { contenteditable: "false" }, ["input", box]],
          ["div", 0],
        ];
      },
    },
    code_block: block({
      attrs: { info: { default: "" } },
      content: "text*",
      marks: "",
      code: true,
      defining: true,
      parseDOM: [{ tag: "pre", preserveWhitespace: "full" }],
      toDOM: () => ["pre", ["code", 0]],
    }),
    horizontal_rule: block({ parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] }),
    table: block({
      content: "table_row+",
      tableRole: "table",
      isolating: true,
      parseDOM: [{ tag: "table" }],
      toDOM: () => ["table", ["tbody", 0]],
    }),
    table_row: {
      content: "(table_cell | table_header)+",
      tableRole: "row",
      parseDOM: [{ tag: "tr" }],
      toDOM: () => ["tr", 0],
    },
    table_header: cell("th"),
    table_cell: cell("td"),
    // What is edited as source, because it cannot be shown otherwise.
    opaque: {
      attrs: { origin: { default: null } },
      content: "text*",
      marks: "",
      code: true,
      defining: true,
      parseDOM: [{ tag: "pre[data-source]", preserveWhitespace: "full", priority: 60 }],
      toDOM: () => ["pre", { "data-source": "" }, 0],
    },
    text: { group: "inline" },
    hard_break: { group: "inline", inline: true, selectable: false, parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
    image: {
      attrs: { src: {}, alt: { default: "" }, title: { default: "" } },
      group: "inline",
      inline: true,
      draggable: true,
      parseDOM: [
        {
          tag: "img[src]",
          getAttrs: (/** @type {HTMLElement} */ dom) => {
            const src = dom.getAttribute("src") ?? "";
            return isSafe(src) && { src, alt: dom.getAttribute("alt") ?? "", title: dom.getAttribute("title") ?? "" };
          },
        },
      ],
      // A picture elsewhere is a link on the site: other hosts must not learn who reads it, nor who writes it.
      toDOM: (/** @type {any} */ { attrs: { src, alt, title } }) =>
        isOwn(src)
          ? ["img", { src, alt, ...(title ? { title } : {}) }]
          : ["span", { class: "elsewhere", "data-src": src }, alt || src],
    },
  },
  // The order in which they are nested: the first is the outermost.
  marks: {
    link: {
      attrs: { href: {}, title: { default: "" } },
      inclusive: false,
      parseDOM: [
        {
          tag: "a[href]",
          getAttrs: (/** @type {HTMLElement} */ dom) => {
            const href = dom.getAttribute("href") ?? "";
            return isSafe(href) && { href, title: dom.getAttribute("title") ?? "" };
          },
        },
      ],
      toDOM: (/** @type {any} */ { attrs: { href, title } }) => ["a", { href, ...(title ? { title } : {}) }, 0],
    },
    em: { parseDOM: [{ tag: "em" }, { tag: "i" }], toDOM: () => ["em", 0] },
    strong: { parseDOM: [{ tag: "strong" }, { tag: "b" }], toDOM: () => ["strong", 0] },
    strike: { parseDOM: [{ tag: "s" }, { tag: "del" }, { tag: "strike" }], toDOM: () => ["s", 0] },
    code: { code: true, parseDOM: [{ tag: "code" }, { tag: "kbd" }, { tag: "tt" }], toDOM: () => ["code", 0] },
  },
});
