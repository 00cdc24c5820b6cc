// What the vendored scripts leave on the window, as far as it is used here.

/**
 * What Flask-Admin's form.js does to fields. It runs after these modules.
 *
 * @typedef {object} FieldStyles
 * @property {(part: Element) => void} applyGlobalStyles
 * @property {(convert: (field: any, type: string) => boolean) => void} addFieldConverter
 */

/**
 * jQuery, Select2, SortableJS and tus-js-client have no types here: theirs would be larger than what uses them.
 *
 * @typedef {object} Vendored
 * @property {any} jQuery
 * @property {any} Select2
 * @property {any} Sortable
 * @property {any} tus
 * @property {FieldStyles} faForm
 */

/** Of which each part is there as soon as its script has run. */
export const vendored = /** @type {Window & Vendored} */ (/** @type {unknown} */ (window));
export const { jQuery } = vendored;
