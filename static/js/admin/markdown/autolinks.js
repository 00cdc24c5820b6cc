// Bare addresses, which the site makes links of, as GitHub does: they are text in the editor, and nothing in them is markup.
// The same rules as those of gfm_autolink in mdit-py-plugins.

const MAY_PRECEDE = /[ \t\r\n*_~(]/;
const IN_NAME = /[A-Za-z0-9.+\-_]/;
/** What markdown-it calls text, but it ends before an address. */
const TEXT = /(?:(?!www\.)[^\n!#$%&*+\-:<=>@[\\\]^_`{}~])+/y;

/**
 * How much of the text a domain at its start takes.
 *
 * @param {string} text
 * @param {boolean} isShort whether it needs no dot
 */
function domainLength(text, isShort) {
  let [dots, before, last] = [0, 0, 0];
  for (const [place, sign] of [...text].entries()) {
    if (sign === "_") last += 1;
    else if (sign === ".") {
      [before, last] = [last, 0];
      dots += 1;
    } else if (/[\s\p{P}]/u.test(sign) && sign !== "-") {
      return !before && !last && (isShort || dots) ? [...text].slice(0, place).join("").length : undefined;
    }
  }
  if ((before || last) && dots <= 10) return undefined;
  return text && (isShort || dots) ? text.length : undefined;
}

/**
 * An address without the punctuation that ends a sentence.
 *
 * @param {string} address
 */
function trimmed(address) {
  let end = address.split("<")[0].length;
  while (end > 0) {
    const part = address.slice(0, end);
    const entity = /&\p{L}+;$/u.exec(part);
    if (/[?!.,:*_~'"[\]]$/.test(part)) end -= 1;
    else if (part.endsWith(";")) end = entity ? entity.index : end - 1;
    else if (part.endsWith(")") && part.split(")").length > part.split("(").length) end -= 1;
    else break;
  }
  return end;
}

/**
 * The length of an address at the start of a text, or 0.
 *
 * @param {string} text
 * @param {string} scheme
 */
function addressLength(text, scheme) {
  const domain = domainLength(text.slice(scheme.length), scheme !== "www.");
  if (domain === undefined) return 0;
  const rest = /^[^ \t\r\n\0\v\f]*/.exec(text.slice(scheme.length + domain)) ?? [""];
  return trimmed(text.slice(0, scheme.length + domain + rest[0].length));
}

/**
 * The length of a mail address at the start of a text, or 0.
 *
 * @param {string} text
 * @param {string} scheme
 */
function mailLength(text, scheme) {
  const found = /^[A-Za-z0-9.+\-_]+@((?:[A-Za-z0-9\-_]|\.(?=[A-Za-z0-9]))+)/.exec(text.slice(scheme.length));
  if (
    !found?.[1].includes(".") ||
    !/[A-Za-z.]$/.test(found[1]) ||
    text.charAt(scheme.length + found[0].length) === "@"
  ) {
    return 0;
  }
  return scheme.length + found[0].length;
}

/**
 * Take text as it is, from before where the parser stands.
 *
 * @param {any} state
 * @param {number} read how much of it is read already
 * @param {(text: string) => number} lengthOf
 * @param {boolean} silent
 */
function take(state, read, lengthOf, silent) {
  const start = state.pos - read;
  if (state.linkLevel > 0 || silent || (start > 0 && !MAY_PRECEDE.test(state.src[start - 1]))) return false;
  const length = lengthOf(state.src.slice(start, state.posMax));
  if (length <= read) return false;
  state.pending += state.src.slice(state.pos, start + length);
  state.pos = start + length;
  return true;
}

/** @param {any} md a parser */
export function bareAddresses(md) {
  const rules = md.inline.ruler;
  rules.at("text", (/** @type {any} */ state, /** @type {boolean} */ silent) => {
    TEXT.lastIndex = state.pos;
    const found = TEXT.exec(state.src.slice(0, state.posMax));
    if (!found) return false;
    if (!silent) state.pending += found[0];
    state.pos += found[0].length;
    return true;
  });
  rules.push("bare_www", (/** @type {any} */ state, /** @type {boolean} */ silent) => {
    if (!state.src.startsWith("www.", state.pos)) return false;
    return take(state, 0, (text) => addressLength(text, "www."), silent);
  });
  rules.push("bare_scheme", (/** @type {any} */ state, /** @type {boolean} */ silent) => {
    const scheme = state.src[state.pos] === ":" && /(?:https?|mailto|xmpp)$/.exec(state.pending)?.[0];
    if (!scheme) return false;
    const isMail = scheme === "mailto" || scheme === "xmpp";
    const lengthOf = (/** @type {string} */ text) => {
      if (isMail) return mailLength(text, `${scheme}:`);
      return text.startsWith(`${scheme}://`) ? addressLength(text, `${scheme}://`) : 0;
    };
    return take(state, scheme.length, lengthOf, silent);
  });
  rules.push("bare_mail", (/** @type {any} */ state, /** @type {boolean} */ silent) => {
    if (state.src[state.pos] !== "@") return false;
    let read = 0;
    while (read < state.pending.length && IN_NAME.test(state.pending.at(-1 - read))) read += 1;
    return read > 0 && take(state, read, (text) => mailLength(text, ""), silent);
  });
}
