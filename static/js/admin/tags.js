// Tags are completed as they are written: the browser offers the ones that go with what stands before the last comma.
import { find, findAll } from "./dom.js";

for (const field of findAll(HTMLInputElement, "[data-tags]")) {
  const list = find(HTMLDataListElement, `#${field.getAttribute("list")}`);
  const names = findAll(HTMLOptionElement, "option", list).map((option) => option.value);
  field.addEventListener("input", () => {
    const before = field.value.slice(0, field.value.lastIndexOf(",") + 1).trim();
    const has = before.toLowerCase().split(/\s*,\s*/);
    const left = names.filter((name) => !has.includes(name.toLowerCase()));
    list.replaceChildren(...left.map((name) => new Option("", before ? `${before} ${name}` : name)));
  });
}
