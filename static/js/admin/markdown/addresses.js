// Addresses that links and pictures may have. The site, which has the last word, refuses the same.
import { words } from "./words.js";

/** @param {string} address without the spaces and signs that browsers do not see in it */
const seen = (address) => address.replace(/[\p{Cc}\s]/gu, "");

/**
 * Whether a link or a picture may have an address.
 *
 * @param {string} address
 */
export function isSafe(address) {
  return !/^(?:vbscript|javascript|file|data|blob):/i.test(seen(address));
}

/**
 * Whether an address is one of this site.
 *
 * @param {string} address
 */
export function isOwn(address) {
  return /^\/(?!\/)/.test(address);
}

/**
 * An address as it is stored: of this site without its host, and of others with a scheme.
 *
 * @param {string} text
 */
export function stored(text) {
  const address = text.trim();
  const { origin } = window.location;
  if (address.startsWith(`${origin}/`)) return address.slice(origin.length);
  return /^(?:www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/?#:]|$))/i.test(address) ? `https://${address}` : address;
}

/**
 * Why an address cannot be linked to; nothing if it can.
 *
 * @param {string} address
 */
export function whyNoLink(address) {
  if (!isSafe(address)) return words.unsafe;
  return /^(?:https?:\/\/.|mailto:.|tel:.|\/|#)/i.test(address) && !/\s/.test(address) ? undefined : words.noAddress;
}

/**
 * Why an address cannot be that of a picture; nothing if it can.
 *
 * @param {string} address
 */
export function whyNoPicture(address) {
  if (!isSafe(address)) return words.unsafe;
  if (/\.(?:svgz?|x?html?|xml|js)(?:[?#]|$)/i.test(address)) return words.noPicture;
  return whyNoLink(address);
}
