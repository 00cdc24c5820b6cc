// Uploads that are not whole yet are told on every screen: the screens of their pages go on with them.
import { find } from "../dom.js";
import { filled } from "../frame.js";
import { unfinished } from "./kept.js";

const note = find(HTMLElement, "#unfinished");
const { url = "", words = "", goOn = "" } = note.dataset;
const here = document.querySelector("#uploads")?.getAttribute("data-page");
/** @type {Map<string, string[]>} the names of files, by their pages */
const names = new Map();
for (const [, { page, name }] of unfinished()) {
  if (page !== here) names.set(page, [...(names.get(page) ?? []), name]);
}
for (const [page, files] of names) {
  const link = document.createElement("a");
  Object.assign(link, { href: `${url}?id=${page}#uploads`, textContent: goOn });
  const line = document.createElement("p");
  line.append(filled(words, { files: files.join(", ") }), " ", link);
  note.append(line);
}
note.hidden = !names.size;
