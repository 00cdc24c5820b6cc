// Folders on a list: each becomes a page, or its files go into the library. What will happen is asked first.
import { find } from "../dom.js";
import { filled, words } from "../frame.js";
import { showError } from "../messages.js";
import { Refused, post } from "./asking.js";

/** @typedef {import("./dropping.js").Found} Found */
/** @typedef {import("./main.js").Wanted} Wanted */
/** @typedef {(count: number, things?: Record<string, string>) => string} Counted */

/**
 * The files of a folder, by their places among all, in their order.
 *
 * @typedef {{ title: string, isNew: boolean, files: number[] }} Group
 */

/**
 * Where files go; none if that is not wanted. On a page's screen nothing is asked.
 *
 * @param {Found[]} found
 * @param {HTMLElement} section
 * @param {Counted} counted
 * @returns {Promise<Wanted[]>}
 */
export async function placed(found, section, counted) {
  const dialog = section.querySelector("dialog");
  if (!dialog) return found;
  const { plan = "", nothing = "" } = dialog.dataset;
  if (!plan && found.every(({ path }) => !path.includes("/"))) return found;
  let groups = byFolder(found);
  try {
    if (plan) groups = (await post(plan, { paths: found.map(({ path }) => path) })).pages;
  } catch (error) {
    showError((error instanceof Refused && error.message) || words.notReached || "");
    return [];
  }
  if (!groups.length) showError(nothing);
  if (!groups.length || !(await isWanted(groups, found.length, dialog, counted))) return [];
  return groups.flatMap(({ title, files }) =>
    files.flatMap((place) => {
      const file = found[place]?.file;
      if (!file) return [];
      return [plan ? { file, place: { folder: title, title } } : { file }];
    }),
  );
}

/**
 * @param {Found[]} found
 * @returns {Group[]}
 */
function byFolder(found) {
  /** @type {Map<string, number[]>} */
  const folders = new Map();
  for (const [place, { path }] of found.entries()) {
    const folder = path.split("/").slice(0, -1).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), place]);
  }
  return [...folders].map(([title, files]) => ({ title, isNew: true, files }));
}

/**
 * @param {Group[]} groups
 * @param {number} all how many files were dropped or chosen
 * @param {HTMLDialogElement} dialog
 * @param {Counted} counted
 * @returns {Promise<boolean>}
 */
function isWanted(groups, all, dialog, counted) {
  const { things = "{}", title = "", there = "", left = "" } = dialog.dataset;
  const count = groups.reduce((sum, { files }) => sum + files.length, 0);
  const values = { things: counted(groups.length, JSON.parse(things)), files: counted(count) };
  find(HTMLElement, "h2", dialog).textContent = filled(title, values);
  const rows = groups.map(({ title: name, isNew, files }) => {
    const row = document.createElement("li");
    row.textContent = `${name}: ${counted(files.length)}${isNew ? "" : ` (${there})`}`;
    return row;
  });
  find(HTMLElement, "ul", dialog).replaceChildren(...rows);
  find(HTMLElement, "[data-left]", dialog).textContent =
    count < all ? filled(left, { files: counted(all - count) }) : "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
