// Elements that the templates promise.

/**
 * The first element that the selector finds.
 *
 * @template {Element} T
 * @param {new () => T} type
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {T}
 * @throws {TypeError} if there is none of that type
 */
export function find(type, selector, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`there is no ${selector}`);
  return found;
}

/**
 * All elements that the selector finds.
 *
 * @template {Element} T
 * @param {new () => T} type
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {T[]}
 */
export function findAll(type, selector, within = document) {
  return [...within.querySelectorAll(selector)].filter(/** @returns {found is T} */ (found) => found instanceof type);
}

/**
 * The element around what an event is about, or that itself.
 *
 * @param {Event} event
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export function around({ target }, selector) {
  return target instanceof Element ? target.closest(selector) : null;
}
