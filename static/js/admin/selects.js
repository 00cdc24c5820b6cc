// Select2's boxes and the fields that Flask-Admin draws for filters: in the editor's language, and named for those who
// do not see them. It has to be there before either has drawn anything.
import { around, findAll } from "./dom.js";
import { words } from "./frame.js";
import { jQuery, vendored } from "./vendored.js";

Object.assign(jQuery.fn.select2.defaults, {
  formatNoMatches: () => words.noMatches,
  formatSearching: () => words.searching,
  formatLoadMore: () => words.searching,
});

// Days that a list is filtered by are chosen in the browser's own calendar.
jQuery(document).one("adminFormReady", () =>
  vendored.faForm.addFieldConverter((field, type) => {
    if (type !== "date") return false;
    field.attr("type", "date");
    return true;
  }),
);

/**
 * What a filter's fields are about, as the button that removes it says.
 *
 * @param {Element} field
 */
function filterName(field) {
  return field.closest(".filters tr")?.querySelector(".remove-filter")?.lastChild?.textContent?.trim() ?? "";
}

/**
 * @param {Element} element
 * @param {Record<string, string>} attributes
 */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

// Select2's box is a combobox, named by its label and by what is chosen; it opens a dialog with a list of options.
const single = vendored.Select2.class.single.prototype;
const { initContainer } = single;
single.initContainer = function initNamedContainer() {
  initContainer.call(this);
  const parts = [this.opts.element, this.focusser, this.search, this.results].map((part) => part[0]);
  const [field, box, search, list] = parts;
  const label = box.previousElementSibling;
  label.id = `${box.id}-label`;
  label.textContent = field.labels[0]?.firstChild.textContent.trim() ?? filterName(field);
  set(box, { "aria-labelledby": `${label.id} ${box.getAttribute("aria-labelledby")}` });
  set(box, { role: "combobox", "aria-haspopup": "dialog", "aria-controls": "select2-drop", "aria-expanded": "false" });
  set(this.dropdown[0], { role: "dialog", "aria-label": label.textContent });
  set(search, { "aria-label": label.textContent, "aria-controls": list.id });
  set(list, { "aria-label": label.textContent });
  this.opts.element.on("select2-open select2-close", (/** @type {Event} */ event) => {
    set(box, { "aria-expanded": String(event.type === "select2-open") });
  });
  // Of what is said in place of options it makes items without a role.
  const say = () => {
    for (const item of list.querySelectorAll("li:not([role])")) set(item, { role: "option", "aria-disabled": "true" });
  };
  new MutationObserver(say).observe(list, { childList: true, subtree: true });
};

// Flask-Admin draws a filter's fields without names, and draws them anew.
const filters = document.querySelector("#filter_form .filters");
if (filters) {
  const name = () => {
    for (const field of findAll(HTMLElement, "select, input.filter-val", filters)) {
      field.setAttribute("aria-label", filterName(field));
    }
  };
  new MutationObserver((records) => {
    name();
    // Whoever has chosen a filter from the menu goes on in its fields: the menu closes.
    const added = records.flatMap(({ addedNodes }) => [...addedNodes]).find((node) => node instanceof HTMLElement);
    if (!(added instanceof HTMLElement) || !document.activeElement?.closest(".field-filters")) return;
    const fields = findAll(HTMLElement, "select, input:not([type=hidden])", added);
    fields.findLast(({ tabIndex }) => tabIndex >= 0)?.focus();
  }).observe(filters, { childList: true, subtree: true });
  document.addEventListener("click", (event) => {
    if (around(event, ".field-filters a")) event.preventDefault(); // the way to the form would take the focus away
  });
}
