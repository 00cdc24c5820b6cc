// What the frame of every page of the admin has to say, and where to ask.
import { find } from "./dom.js";

const { words: said = "{}", statusUrl = "", savedUrl = "" } = find(HTMLScriptElement, "script[data-words]").dataset;

/** @type {Record<string, string>} */
export const words = JSON.parse(said);
export { savedUrl, statusUrl };

/**
 * A sentence with values in the places of their names.
 *
 * @param {string} sentence
 * @param {Record<string, string | number | undefined>} values
 */
export function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
