// Another period of a chart takes the place of the present one, without leaving the form above it.
import { around, find } from "./dom.js";
import { parsed } from "./messages.js";

/** @param {HTMLAnchorElement} link */
async function show(link) {
  const answer = await fetch(link.href).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    window.location.assign(link.href); // it says what is wrong
    return;
  }
  const fresh = find(HTMLElement, "#days", parsed(await answer.text()));
  find(HTMLElement, "#days").replaceWith(fresh);
  find(HTMLAnchorElement, ".periods [aria-current]", fresh).focus();
}

document.addEventListener("click", (event) => {
  const link = around(event, ".periods a");
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link);
});
