// A file of the library for a slot, chosen in a dialog. It is found while one types, and is saved with the form.
import { around, find } from "./dom.js";
import { filled } from "./frame.js";
import { announce } from "./messages.js";

/**
 * What the site tells of a file to choose from.
 *
 * @typedef {object} Offered
 * @property {number} id
 * @property {string} name
 * @property {string} facts
 * @property {{ path: string, width: number, height: number } | null} picture
 */

/** How long one may pause while typing, in milliseconds. */
const PAUSE = 200;

const dialog = find(HTMLDialogElement, "#library");
const list = find(HTMLElement, "ul", dialog);
const status = find(HTMLElement, "[role=status]", dialog);
const more = find(HTMLButtonElement, "[data-more]", dialog);
const search = find(HTMLInputElement, "[name=q]", dialog);
const { url = "", picked = "", nothing = "", failed = "" } = dialog.dataset;
/** @type {HTMLElement | null} */
let slot = null;
let page = 0;
let asked = 0;
let pause = 0;

/** @param {number} wanted the page of the list, from 0 */
async function show(wanted) {
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams({ q: search.value, family: slot?.dataset.family ?? "", page: String(wanted) });
  /** @type {{ files: Offered[], has_more: boolean }} */
  let found;
  try {
    const answer = await fetch(`${url}?${query}`, { headers: { Accept: "application/json" } });
    found = await answer.json(); // it is the sign-in if the session has ended
  } catch {
    if (mine === asked) status.textContent = failed;
    return;
  }
  if (mine !== asked) return; // one has typed on meanwhile
  page = wanted;
  const rows = found.files.map(row);
  if (wanted) list.append(...rows);
  else list.replaceChildren(...rows);
  more.hidden = !found.has_more;
  status.textContent = list.children.length ? "" : nothing;
}

/** @param {Offered} file */
function row(file) {
  const [item, button, frame, name, facts] = ["li", "button", "span", "span", "small"].map((tag) =>
    document.createElement(tag),
  );
  Object.assign(button, { type: "button" });
  button.dataset.file = String(file.id);
  button.dataset.name = file.name;
  frame.className = "thumbnail";
  if (file.picture) {
    const { path, width, height } = file.picture;
    frame.append(Object.assign(new Image(width, height), { alt: "", loading: "lazy", src: path }));
  }
  Object.assign(name, { className: "name", textContent: file.name });
  Object.assign(facts, { className: "summary", textContent: file.facts });
  button.append(frame, name, facts);
  item.append(button);
  return item;
}

/** @param {HTMLElement} button that of the chosen file */
function choose(button) {
  if (!slot) return;
  const field = find(HTMLInputElement, "input", slot);
  field.value = button.dataset.file ?? "";
  const told = filled(picked, { name: button.dataset.name });
  find(HTMLElement, "[data-picked]", slot).textContent = told;
  const upload = slot.closest(".slot")?.querySelector("input[type=file]");
  if (upload instanceof HTMLInputElement) upload.value = "";
  dialog.close();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  announce(told);
}

document.addEventListener("click", (event) => {
  slot = around(event, "[data-pick]")?.closest(".from-library") ?? slot;
  const file = around(event, "#library [data-file]");
  if (around(event, "[data-pick]")) {
    list.replaceChildren();
    dialog.showModal();
    search.focus();
    show(0);
  } else if (file) choose(file);
  else if (around(event, "#library [data-close]")) dialog.close();
  else if (around(event, "#library [data-more]")) show(page + 1);
});

search.addEventListener("input", () => {
  window.clearTimeout(pause);
  pause = window.setTimeout(() => show(0), PAUSE);
});
search.form?.addEventListener("submit", (event) => {
  event.preventDefault();
  show(0);
});
// A file that is chosen to be uploaded comes in place of the one from the library.
document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement && target.type === "file" && target.value)) return;
  const other = target.closest(".slot")?.querySelector(".from-library");
  if (!(other instanceof HTMLElement)) return;
  find(HTMLInputElement, "input", other).value = "";
  find(HTMLElement, "[data-picked]", other).textContent = "";
});
