// Where files come from: dropped anywhere on the window, with whole folders, or chosen.
import { find, findAll } from "../dom.js";

/**
 * A file, and the path to it from the folder that was dropped or chosen; without a folder it is its name.
 *
 * @typedef {{ file: File, path: string }} Found
 */

/**
 * Call `take` with the files that are dropped or chosen.
 *
 * @param {HTMLElement} section with the fields that buttons open, and what is shown while files hang over the window
 * @param {(files: Found[]) => void} take
 */
export function listen(section, take) {
  const hint = find(HTMLElement, "[data-drop-hint]", section);
  let depth = 0; // each element that is entered and left on the way tells of it

  /** @param {DragEvent} event */
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files") && !document.querySelector("dialog[open]");
  window.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    hint.hidden = false;
  });
  window.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  window.addEventListener("dragleave", (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    hint.hidden = depth === 0;
  });
  window.addEventListener("drop", async (event) => {
    if (!hasFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    depth = 0;
    hint.hidden = true;
    take(await dropped(event.dataTransfer));
  });
  for (const field of findAll(HTMLInputElement, "input[type=file]", section)) {
    field.webkitdirectory = "folder" in field.dataset;
    field.addEventListener("change", () => {
      const found = [...(field.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
      take(found.filter(isWanted));
      field.value = ""; // the same file may be chosen again
    });
  }
  for (const button of findAll(HTMLElement, "[data-opens]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault(); // a link leads to a form, without scripts
      find(HTMLInputElement, `#${button.dataset.opens}`, section).click();
    });
  }
}

/**
 * The files that were dropped, and those in dropped folders, in the order of their names.
 *
 * @param {DataTransfer} transfer
 */
async function dropped(transfer) {
  // (All are taken at once: after a wait they are gone.)
  const found = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const each = found.map((one) => (one instanceof File ? [{ file: one, path: one.name }] : one ? within(one) : []));
  const files = (await Promise.all(each)).flat();
  return files.filter(isWanted);
}

/**
 * @param {FileSystemEntry} entry
 * @returns {Promise<Found[]>}
 */
async function within(entry) {
  if (entry.isFile) {
    const file = /** @type {FileSystemFileEntry} */ (entry);
    const path = entry.fullPath.replace(/^\//, "");
    return [{ file: await new Promise((resolve, reject) => file.file(resolve, reject)), path }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const entries = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    entries.push(...some);
  }
  entries.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  return (await Promise.all(entries.map(within))).flat();
}

/**
 * Not what is hidden, nor what systems leave in folders.
 *
 * @param {Found} found
 */
function isWanted({ file, path }) {
  return !path.split("/").some((part) => part.startsWith(".")) && !["Thumbs.db", "desktop.ini"].includes(file.name);
}
