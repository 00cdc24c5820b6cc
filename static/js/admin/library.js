// Files of the library for a slot, chosen in a dialog: they are found while one types, narrowed by the library's own
// filters, and are saved with the form. On a page's screen they become items. Whoever asks for what is `data-named` is
// told of the file.
import { around, find, findAll } from "./dom.js";
import { filled, words } from "./frame.js";
import { announce, parsed, showError } from "./messages.js";
import { Refused, ask } from "./uploads/asking.js";

/**
 * What the site tells of a file to choose from.
 *
 * @typedef {object} Offered
 * @property {number} id
 * @property {string} name
 * @property {string} address
 * @property {string} alt what is in the picture
 * @property {string} facts
 * @property {{ path: string, width: number, height: number } | null} picture
 * @property {string} icon what stands in its place
 */

/** How long one may pause while typing, in milliseconds. */
const PAUSE = 200;

const dialog = find(HTMLDialogElement, "#library");
const list = find(HTMLElement, "ul", dialog);
const status = find(HTMLElement, "[role=status]", dialog);
const more = find(HTMLButtonElement, "[data-more]", dialog);
const form = find(HTMLFormElement, "form", dialog);
const search = find(HTMLInputElement, "[name=q]", form);
const narrowing = find(HTMLElement, ".narrowing", form);
const footer = find(HTMLElement, ".selected", dialog);
const takeButton = find(HTMLButtonElement, "[data-take]", dialog);
const { url = "", told: sentence = "", selected: take = "", nothing = "", failed = "" } = dialog.dataset;
/** @type {Map<string, string>} the names of what is selected, by id, where several can be */
const selected = new Map();
/** @type {Map<string, Offered>} what is offered, by id */
const offered = new Map();
/** @type {HTMLElement | null} */
let slot = null;
let page = 0;
let asked = 0;
let pause = 0;

/** @param {number} wanted the page of the list, from 0 */
async function show(wanted) {
  asked += 1;
  const mine = asked;
  const query = narrowed();
  query.set("family", slot?.dataset.family ?? "");
  query.set("page", String(wanted));
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

/** What is searched and filtered, and the order, as the list of the library names them. */
function narrowed() {
  const query = new URLSearchParams(findAll(HTMLSelectElement, "[data-order]", narrowing)[0]?.value);
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value) query.set(name, value);
  return query;
}

/** Fetch the filters when they are needed first, and offer those that fit. */
async function prepareFilters() {
  if (!narrowing.children.length) {
    const answer = await fetch(dialog.dataset.filters ?? "").catch(() => null); // the search works without them
    if (answer?.ok && !answer.redirected) narrowing.replaceChildren(...parsed(await answer.text()).body.children);
  }
  const family = slot?.dataset.family ?? "";
  for (const kind of findAll(HTMLElement, "[data-any]", narrowing)) kind.hidden = family !== "";
  for (const group of findAll(HTMLOptGroupElement, "optgroup", narrowing)) {
    group.hidden = group.disabled = family !== "" && group.dataset.family !== family;
  }
}

/** @param {Offered} file */
function row(file) {
  const [item, button, frame, name, facts] = ["li", "button", "span", "span", "small"].map((tag) =>
    document.createElement(tag),
  );
  Object.assign(button, { type: "button" });
  button.dataset.file = String(file.id);
  offered.set(button.dataset.file, file);
  button.dataset.name = file.name;
  frame.className = "thumbnail";
  if (file.picture) {
    const { path, width, height } = file.picture;
    frame.append(Object.assign(new Image(width, height), { alt: "", loading: "lazy", src: path }));
  } else {
    frame.append(Object.assign(document.createElement("span"), { className: `fa ${file.icon}`, ariaHidden: "true" }));
  }
  Object.assign(name, { className: "name", textContent: file.name });
  Object.assign(facts, { className: "summary", textContent: file.facts });
  button.append(frame, name, facts);
  if (isMany()) button.setAttribute("aria-pressed", String(selected.has(button.dataset.file)));
  item.append(button);
  return item;
}

function isMany() {
  return slot?.dataset.many !== undefined;
}

/** @param {HTMLElement} button that of a file */
function select(button) {
  const { file = "", name = "" } = button.dataset;
  if (!selected.delete(file)) selected.set(file, name);
  button.setAttribute("aria-pressed", String(selected.has(file)));
  count();
}

function count() {
  footer.hidden = !isMany();
  takeButton.disabled = selected.size === 0;
  takeButton.textContent = filled(take, { count: selected.size });
}

/**
 * Make items of the selected files.
 *
 * @param {HTMLElement} from
 */
async function makeItems(from) {
  const body = new FormData(); // their order is that in which they were selected
  for (const file of selected.keys()) body.append("file", file);
  body.append("id", find(HTMLElement, "[data-page]").dataset.page ?? "");
  const after = from.closest("[data-item]");
  if (after instanceof HTMLElement) body.append("after", after.dataset.item ?? "");
  dialog.close();
  try {
    await ask("POST", from.dataset.items ?? "", {}, body);
    document.dispatchEvent(new Event("changed"));
  } catch (error) {
    showError((error instanceof Refused && error.message) || words.notReached);
  }
}

/** @param {Map<string, string>} files the names of the chosen files by their ids */
function choose(files) {
  if (!slot) return;
  if (slot.dataset.items) {
    makeItems(slot);
    return;
  }
  if (slot.dataset.named !== undefined) {
    dialog.close();
    const detail = [...files.keys()].map((id) => offered.get(id));
    slot.dispatchEvent(new CustomEvent("picked", { detail }));
    return;
  }
  const field = find(HTMLInputElement, "input", slot);
  field.value = [...files.keys()].join(",");
  const told = filled(sentence, { name: [...files.values()].join(", ") });
  find(HTMLElement, "[data-picked]", slot).textContent = told;
  const upload = slot.closest(".slot")?.querySelector("input[type=file]");
  if (upload instanceof HTMLInputElement && !isMany()) upload.value = "";
  dialog.close();
  field.dispatchEvent(new Event("change", { bubbles: true }));
  announce(told);
}

document.addEventListener("click", (event) => {
  slot = around(event, "[data-pick]")?.closest(".from-library") ?? slot;
  const file = around(event, "#library [data-file]");
  if (around(event, "[data-pick]")) {
    list.replaceChildren();
    offered.clear();
    selected.clear();
    count();
    dialog.showModal();
    search.focus();
    form.reset();
    prepareFilters();
    show(0);
  } else if (file && isMany()) select(file);
  else if (file) choose(new Map([[file.dataset.file ?? "", file.dataset.name ?? ""]]));
  else if (around(event, "#library [data-take]")) choose(selected);
  else if (around(event, "#library [data-close]")) dialog.close();
  else if (around(event, "#library [data-more]")) show(page + 1);
});

form.addEventListener("input", () => {
  window.clearTimeout(pause);
  pause = window.setTimeout(() => show(0), PAUSE);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(0);
});
// A file that is chosen to be uploaded comes in place of the one from the library.
document.addEventListener("change", ({ target }) => {
  if (!(target instanceof HTMLInputElement && target.type === "file" && target.value)) return;
  const other = target.closest(".slot")?.querySelector(".from-library");
  if (!(other instanceof HTMLElement) || other.dataset.many !== undefined) return;
  find(HTMLInputElement, "input", other).value = "";
  find(HTMLElement, "[data-picked]", other).textContent = "";
});
