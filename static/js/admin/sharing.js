// The picture that other sites show of a page is chosen in the library's dialog.
import { find } from "./dom.js";

const box = find(HTMLElement, ".sharing");
const field = find(HTMLInputElement, "input", box);
const shown = find(HTMLElement, ".sharing-picture", box);
const library = box.querySelector(".from-library");
field.readOnly = true; // or a half-written address would keep the form from being saved
const remove = box.querySelector("[data-remove]");

/**
 * @param {string} address of a picture, or nothing
 * @param {{ path: string, width: number, height: number } | null} picture what it looks like
 */
function take(address, picture) {
  field.value = address;
  const { path, width, height } = picture ?? {};
  shown.replaceChildren(...(path ? [Object.assign(new Image(width, height), { alt: "", src: path })] : []));
  if (remove instanceof HTMLElement) remove.hidden = !address;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

library?.addEventListener("picked", (event) => {
  const [file] = /** @type {CustomEvent<import("./library.js").Offered[]>} */ (event).detail;
  if (file) take(file.address, file.picture);
});
remove?.addEventListener("click", () => {
  take("", null);
  field.focus();
});
// It may have been undone, or chosen by somebody else.
document.addEventListener("renewed", (event) => {
  const { detail: page } = /** @type {CustomEvent<Document>} */ (event);
  const fresh = page.querySelector(".sharing");
  const theirs = fresh?.querySelector("input");
  if (!fresh || theirs?.value !== field.value) return;
  shown.replaceChildren(...find(HTMLElement, ".sharing-picture", fresh).childNodes);
  if (remove instanceof HTMLElement) remove.hidden = !field.value;
});
