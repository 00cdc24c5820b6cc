// What the browser remembers of uploads that are not whole yet: after a reload it asks for the same file and goes on.
import { find } from "../dom.js";

/**
 * The place of a file in an item that exists, or the folder that it is from, with the title of the item or of the page.
 *
 * @typedef {{ item: string, slot: string, title: string }} Slot
 * @typedef {Slot | { folder: string, title: string }} Place
 */

/**
 * An upload that has begun.
 *
 * @typedef {object} Kept
 * @property {string} address where its bytes go
 * @property {string} home whose file it is: the id of a page, `library`, or `pages`
 * @property {Place} [place] where exactly, if it goes to no new item of the page, and not into the library
 * @property {string} name of the file
 * @property {number} size
 * @property {number} at when it began
 */

const PREFIX = `upload ${find(HTMLElement, "#sign-in").dataset.owner} `;
const KEPT_MS = 7 * 24 * 3600 * 1000; // as long as the site keeps it

/**
 * What tells a file from others, without reading it.
 *
 * @param {string} home
 * @param {File} file
 * @param {Place} [place]
 */
export function fingerprint(home, file, place) {
  const exactly = place && ("folder" in place ? `${place.folder} ` : `${place.item} ${place.slot} `);
  return `${PREFIX}${home} ${exactly ?? ""}${file.size} ${file.lastModified} ${file.name}`;
}

/**
 * @param {string} key
 * @returns {Kept | undefined}
 */
export function recall(key) {
  try {
    const { page, ...found } = JSON.parse(window.localStorage.getItem(key) ?? "");
    found.home ??= page; // of the last release
    if (found.at > Date.now() - KEPT_MS) return found;
    forget(key);
  } catch {
    // There is none, or it is not allowed to keep anything.
  }
  return undefined;
}

/**
 * @param {string} key
 * @param {Kept} upload
 */
export function remember(key, upload) {
  try {
    window.localStorage.setItem(key, JSON.stringify(upload));
  } catch {
    // No room, or not allowed: it goes on as long as the page is open.
  }
}

/** @param {string} key */
export function forget(key) {
  try {
    window.localStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}

/**
 * The uploads that have begun, of one home or of all.
 *
 * @param {string} [home]
 * @returns {[key: string, upload: Kept][]}
 */
export function unfinished(home) {
  const start = home ? `${PREFIX}${home} ` : PREFIX;
  try {
    const keys = Object.keys(window.localStorage).filter((key) => key.startsWith(start));
    return keys.flatMap((key) => {
      const upload = recall(key);
      return upload ? /** @type {[string, Kept][]} */ ([[key, upload]]) : [];
    });
  } catch {
    return [];
  }
}
