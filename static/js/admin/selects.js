// Names what Select2 and Flask-Admin's filters draw for those who do not see it, before either has drawn anything.
"use strict";

(() => {
  // What a filter's fields are about, as the button that removes it says.
  function filterName(field) {
    return field.closest(".filters tr")?.querySelector(".remove-filter").lastChild.textContent.trim() ?? "";
  }

  // Select2's box is a combobox, named by its label and by what is chosen; it opens a dialog with a list of options.
  const single = window.Select2.class.single.prototype;
  const { initContainer } = single;
  single.initContainer = function () {
    initContainer.call(this);
    const [field, box, search, list] = [this.opts.element, this.focusser, this.search, this.results].map((part) => part[0]);
    const label = box.previousElementSibling;
    label.id = `${box.id}-label`;
    label.textContent = field.labels[0]?.firstChild.textContent.trim() ?? filterName(field);
    const set = (element, attributes) => {
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    };
    set(box, { "aria-labelledby": `${label.id} ${box.getAttribute("aria-labelledby")}` });
    set(box, { role: "combobox", "aria-haspopup": "dialog", "aria-controls": "select2-drop", "aria-expanded": "false" });
    set(this.dropdown[0], { role: "dialog", "aria-label": label.textContent });
    set(search, { "aria-label": label.textContent, "aria-controls": list.id });
    set(list, { "aria-label": label.textContent });
    this.opts.element.on("select2-open select2-close", (event) => {
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
  const name = () => {
    for (const field of filters.querySelectorAll("select, input.filter-val")) {
      field.setAttribute("aria-label", filterName(field));
    }
  };
  if (filters) new MutationObserver(name).observe(filters, { childList: true, subtree: true });
})();
