// What is pasted from Word, Google Docs and the web, without what Markdown has no words for.
import { isSafe, stored } from "./addresses.js";

const NEVER =
  "style, script, meta, link, title, xml, template, iframe, object, embed, svg, math, video, audio, canvas, input, button, select, textarea";
const KEPT = ["href", "src", "alt", "title", "start"];
const BLOCKS = "p, div, ul, ol, table, pre, blockquote, h1, h2, h3, h4, h5, h6";

/**
 * HTML of the clipboard, cleaned, and whether pictures were left out that are no addresses.
 *
 * @param {string} html
 * @returns {{ html: string, hasLost: boolean }}
 */
export function cleaned(html) {
  const { body } = new DOMParser().parseFromString(harmless(html), "text/html");
  for (const comment of commentsOf(body)) comment.remove();
  lists(body);
  for (const element of body.querySelectorAll(NEVER)) element.remove();
  for (const element of [...body.querySelectorAll("*")].filter(({ localName }) => localName.includes(":")))
    unwrap(element);
  for (const element of body.querySelectorAll("[data-style]")) styled(element);
  for (const element of body.querySelectorAll(".MsoTitle")) renamed(element, "h1");
  const hasLost = pictures(body);
  for (const link of body.querySelectorAll("a")) linked(link);
  for (const table of body.querySelectorAll("table")) tabled(table);
  for (const element of body.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) if (!KEPT.includes(name)) element.removeAttribute(name);
  }
  for (const element of [...body.querySelectorAll("p, div, li, h1, h2, h3, h4, h5, h6, span")].reverse()) {
    const words = element.localName === "span" ? element.textContent : element.textContent?.trim();
    if (!words && !element.querySelector("img, hr, table")) element.remove();
  }
  spaces(body);
  return { html: body.innerHTML, hasLost };
}

/**
 * HTML whose styles and handlers are none: the site's policy has browsers complain of each.
 *
 * @param {string} html
 */
function harmless(html) {
  const within = (/** @type {string} */ tag) => tag.replace(/(\s)(style|on\w+)(?=\s*=)/gi, "$1data-$2");
  return html.replace(/<style\b.*?<\/style>/gis, "").replace(/<[a-z][^<>]*>/gi, within);
}

/** @param {Element} part */
function commentsOf(part) {
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_COMMENT);
  /** @type {Comment[]} */
  const found = [];
  while (walker.nextNode()) found.push(/** @type {Comment} */ (walker.currentNode));
  return found;
}

/** @param {Element} element */
function unwrap(element) {
  element.replaceWith(...element.childNodes);
}

/**
 * @param {Element} element
 * @param {string} name
 */
function renamed(element, name) {
  const other = element.ownerDocument.createElement(name);
  other.append(...element.childNodes);
  element.replaceWith(other);
  return other;
}

/**
 * Emphasis that is a style becomes an element. What bears it in Google Docs is bold, but in name.
 *
 * @param {Element} element
 */
function styled(element) {
  const style = element.getAttribute("data-style") ?? "";
  const weight = /(?<![\w-])font-weight:\s*(\w+)/i.exec(style)?.[1];
  const isHeading = element.closest("h1, h2, h3, h4, h5, h6") !== null;
  /** @type {string[]} */
  const names = [];
  if (weight && (weight.startsWith("bold") || Number(weight) >= 600) && !isHeading) names.push("strong");
  if (/(?<![\w-])font-style:\s*italic/i.test(style)) names.push("em");
  if (/text-decoration[\w-]*:[^;]*line-through/i.test(style)) names.push("s");
  for (const name of names) {
    const mark = element.ownerDocument.createElement(name);
    mark.append(...element.childNodes);
    element.append(mark);
  }
  if (element.matches("b, strong") && /^(?:normal|[1-5]00)$/.test(weight ?? "")) unwrap(element);
}

/**
 * Word's lists are paragraphs that say how deep they are, and begin with their sign.
 *
 * @param {Element} body
 */
function lists(body) {
  /** @type {Element[]} the list of each level that is open */
  let open = [];
  for (const line of body.querySelectorAll("[data-style*='mso-list']:is(p, h1, h2, h3, h4, h5, h6)")) {
    const level = Number(/level(\d)/.exec(line.getAttribute("data-style") ?? "")?.[1] ?? 1);
    const sign = line.querySelector("[data-style*='mso-list:Ignore'], [data-style*='mso-list: Ignore']");
    const name = /^\s*(?:\d+|[a-z]|[ivxlcdm]+)[.)]/i.test(sign?.textContent ?? "") ? "ol" : "ul";
    sign?.remove();
    const last = open[0];
    if (last?.nextElementSibling !== line) open = [];
    open = open.slice(0, level);
    while (open.length < level) {
      const list = body.ownerDocument.createElement(name);
      const within = open.at(-1);
      if (within) (within.lastElementChild ?? within.appendChild(body.ownerDocument.createElement("li"))).append(list);
      else line.before(list);
      open.push(list);
    }
    const item = body.ownerDocument.createElement("li");
    item.append(...line.childNodes);
    open[level - 1].append(item);
    line.remove();
  }
}

/**
 * Pictures of other sites become links. Those that are no addresses cannot be kept.
 *
 * @param {Element} body
 */
function pictures(body) {
  let hasLost = false;
  for (const image of body.querySelectorAll("img")) {
    const address = stored(image.getAttribute("src") ?? "");
    if (address.startsWith("/") && !address.startsWith("//")) image.setAttribute("src", address);
    else if (/^https?:/i.test(address) && !image.closest("a")) {
      const link = body.ownerDocument.createElement("a");
      link.setAttribute("href", address);
      link.textContent = image.alt || address;
      image.replaceWith(link);
    } else {
      hasLost = true;
      image.remove();
    }
  }
  return hasLost;
}

/** @param {HTMLAnchorElement} link */
function linked(link) {
  const written = link.getAttribute("href") ?? "";
  const through = /^https:\/\/www\.google\.com\/url\?/.test(written) && new URL(written).searchParams.get("q");
  const address = stored(through || written);
  if (isSafe(address) && /^(?:https?:|mailto:|tel:|\/|#)/i.test(address)) link.setAttribute("href", address);
  else unwrap(link);
}

/**
 * Cells have a line of text, and the first row is the head.
 *
 * @param {HTMLTableElement} table
 */
function tabled(table) {
  for (const cell of table.querySelectorAll("td, th")) {
    for (const part of [...cell.querySelectorAll(`${BLOCKS}, li, br`)].reverse()) {
      part.after(" ");
      unwrap(part);
    }
  }
  for (const cell of table.rows[0]?.querySelectorAll("td") ?? []) renamed(cell, "th");
}

/**
 * No-break spaces that only fill up a line are spaces.
 *
 * @param {Element} body
 */
function spaces(body) {
  const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: text } = walker;
    if (!text.parentElement?.closest("pre"))
      text.nodeValue = text.nodeValue?.replace(/\u00a0[ \n\u00a0]+|[ \n]+\u00a0/g, " ") ?? "";
  }
}
