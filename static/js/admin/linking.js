// Links to other sites become items: the address is pasted into a new form, or anywhere on the page's screen.
import { around, find } from "./dom.js";
import { add } from "./workbench.js";

const kinds = find(HTMLElement, "#add");
/** The kind of item that is a link. */
const kind = kinds.querySelector("a[data-link]");

/**
 * @param {HTMLElement | null} after the row after which it is added
 * @param {string} [address]
 */
async function addLink(after, address = "") {
  if (!(kind instanceof HTMLAnchorElement)) return;
  const form = await add(kind.href, after);
  const field = form?.querySelector(`[name="${kind.dataset.link}"]`);
  const title = form?.querySelector("[name=title]");
  if (!(field instanceof HTMLInputElement && title instanceof HTMLInputElement)) return;
  field.focus();
  /** @param {Event} event */
  const nameIt = (event) => {
    const isWhole = event.type === "change" || (event instanceof InputEvent && event.inputType === "insertFromPaste");
    // What is no link gets a title, too, once it is written: the site says then what is wrong with it.
    const name = nameOf(field.value) || (isWhole ? field.value.trim().slice(0, title.maxLength) : "");
    if (title.value && title.value !== title.dataset.made) return; // somebody has written it
    title.value = name;
    title.dataset.made = name;
  };
  for (const type of ["input", "change"]) field.addEventListener(type, nameIt);
  if (!address) return;
  field.value = address;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * What an item with a link is called first: the words at the end of its address, or else the site.
 *
 * @param {string} address
 */
function nameOf(address) {
  if (!isLink(address)) return "";
  const { hostname, pathname } = new URL(address);
  const last = pathname.split("/").filter(Boolean).pop() ?? "";
  const words = readable(last)
    .replace(/\.\w{1,5}$/, "")
    .split(/[-_+\s]+/)
    .filter(Boolean);
  const name = words.length > 1 ? words.join(" ") : hostname.replace(/^www\./, "");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** @param {string} text percent-encoded */
function readable(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} text */
function isLink(text) {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text);
}

document.addEventListener("click", (event) => {
  const button = around(event, "[data-paste]");
  if (!button) return;
  const menu = button.closest("details");
  if (menu) menu.open = false;
  addLink(button.closest("li"));
});
document.addEventListener("paste", (event) => {
  const text = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (event.defaultPrevented || !isLink(text) || around(event, "input, textarea, select, [contenteditable], dialog"))
    return;
  event.preventDefault();
  addLink(around(event, "[data-item]"), text);
});
