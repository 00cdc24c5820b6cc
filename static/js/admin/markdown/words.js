// What the editor has to say, in the language of the page. Tests of texts alone have no page.
const told = globalThis.document?.querySelector("[data-prosemirror]")?.getAttribute("data-words");

/** @type {Record<string, string>} */
export const words = JSON.parse(told ?? "{}");
