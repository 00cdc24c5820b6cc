// Uploads that are not whole yet are told on every screen: the screens of their pages, or the lists, go on with them.
import { find } from "../dom.js";
import { filled } from "../frame.js";
import { unfinished } from "./kept.js";

const note = find(HTMLElement, "#unfinished");
const { url = "", library = "", pages = "", words = "", goOn = "" } = note.dataset;
/** @type {Record<string, string>} the addresses of homes that are no page */
const lists = { library, pages };
const here = document.querySelector("#uploads")?.getAttribute("data-home");
/** @type {Map<string, string[]>} the names of files, by whose they are */
const names = new Map();
for (const [, { home, name }] of unfinished()) {
  if (home !== here) names.set(home, [...(names.get(home) ?? []), name]);
}
for (const [home, files] of names) {
  const link = document.createElement("a");
  const address = lists[home] ?? `${url}?id=${home}`;
  Object.assign(link, { href: `${address}#uploads`, textContent: goOn });
  const line = document.createElement("p");
  line.append(filled(words, { files: files.join(", ") }), " ", link);
  note.append(line);
}
note.hidden = !names.size;
