// The search box above every screen: a combobox whose list is filled while one types (WAI-ARIA: list autocomplete).
import { around, find, findAll } from "./dom.js";
import { filled } from "./frame.js";

/**
 * @typedef {object} Result
 * @property {string} title
 * @property {string} about
 * @property {string} address
 * @property {string} icon
 * @property {{ path: string, width: number, height: number } | null} picture
 */

/** How long one may pause while typing, in milliseconds. */
const PAUSE = 150;

const form = find(HTMLFormElement, "#search");
const field = find(HTMLInputElement, "input", form);
const list = find(HTMLElement, "[role=listbox]", form);
const status = find(HTMLElement, "[role=status]", form);
const { offer = "", found: sentence = "", nothing = "" } = form.dataset;
/** @type {AbortController | null} */
let asking = null;
let pause = 0;

const options = () => findAll(HTMLAnchorElement, "[role=option]", list);
const active = () => options().find((option) => option.id === field.getAttribute("aria-activedescendant"));

/** @param {HTMLAnchorElement | undefined} option */
function activate(option) {
  active()?.setAttribute("aria-selected", "false");
  field.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
}

function close() {
  asking?.abort();
  window.clearTimeout(pause);
  list.hidden = true;
  status.textContent = "";
  field.setAttribute("aria-expanded", "false");
  activate(undefined);
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const text = field.value.trim();
  if (!text) {
    close();
    return;
  }
  /** @type {{ groups: { name: string, results: Result[] }[] }} */
  let answer;
  try {
    const headers = { Accept: "application/json" };
    const response = await fetch(`${offer}?${new URLSearchParams({ q: text })}`, { headers, signal: asking.signal });
    if (!response.ok) {
      close();
      return;
    }
    answer = await response.json(); // it is the sign-in if the session has ended
  } catch {
    return; // one has typed on, or Enter leads to the page that says what is wrong
  }
  list.replaceChildren(...answer.groups.map(group));
  const number = options().length;
  activate(undefined);
  list.hidden = !number;
  field.setAttribute("aria-expanded", String(Boolean(number)));
  status.textContent = number ? filled(sentence, { number }) : nothing;
}

/**
 * @param {{ name: string, results: Result[] }} found
 * @param {number} place
 */
function group(found, place) {
  const part = document.createElement("div");
  const name = Object.assign(document.createElement("div"), { id: `found-${place}`, textContent: found.name });
  name.className = "group-name";
  part.setAttribute("role", "group");
  part.setAttribute("aria-labelledby", name.id);
  name.setAttribute("role", "presentation");
  part.append(name, ...found.results.map((result, number) => option(result, `found-${place}-${number}`)));
  return part;
}

/**
 * @param {Result} result
 * @param {string} id
 */
function option(result, id) {
  const link = Object.assign(document.createElement("a"), { id, href: result.address, tabIndex: -1 });
  link.setAttribute("role", "option");
  link.setAttribute("aria-selected", "false");
  const [frame, words, title, about] = ["span", "span", "span", "small"].map((tag) => document.createElement(tag));
  frame.className = "thumbnail";
  if (result.picture) {
    const { path, width, height } = result.picture;
    frame.append(Object.assign(new Image(width, height), { alt: "", loading: "lazy", src: path }));
  } else {
    const icon = Object.assign(document.createElement("span"), { className: `fa ${result.icon}` });
    icon.setAttribute("aria-hidden", "true");
    frame.append(icon);
  }
  Object.assign(title, { className: "name", textContent: result.title });
  about.textContent = result.about;
  words.append(title, " ", about);
  link.append(frame, words);
  return link;
}

field.addEventListener("input", () => {
  activate(undefined); // Enter means the words, not what was found for others
  window.clearTimeout(pause);
  pause = window.setTimeout(ask, PAUSE);
});

field.addEventListener("keydown", (event) => {
  const all = list.hidden ? [] : options();
  const chosen = active();
  const at = chosen ? all.indexOf(chosen) : -1;
  if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    all[at].click();
  } else if (event.key === "ArrowDown" && !all.length) ask();
  else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
    event.preventDefault();
    // Beyond the last one is the field itself.
    const next = event.key === "ArrowDown" ? at + 1 : (at < 0 ? all.length : at) - 1;
    activate(all[next]);
  }
});

form.addEventListener("focusout", ({ relatedTarget }) => {
  if (!(relatedTarget instanceof Node && form.contains(relatedTarget))) close();
});
// A click must not take the focus first: the list would close under it.
list.addEventListener("mousedown", (event) => event.preventDefault());

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const writes = around(event, "input, textarea, select, [contenteditable], dialog[open]");
  if (writes || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  field.focus();
  field.select();
});
