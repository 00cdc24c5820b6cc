// What is said to the editor.
import { find } from "./dom.js";

/**
 * Said to those who do not see it.
 *
 * @param {string} text
 */
export function announce(text) {
  find(HTMLElement, "#news").textContent = text;
}

/** @param {string} text */
export function showError(text) {
  hideError();
  const box = document.createElement("div");
  Object.assign(box, { id: "error", className: "alert alert-danger", role: "alert", textContent: text });
  find(HTMLElement, "main").prepend(box);
  box.scrollIntoView({ block: "nearest" });
}

export function hideError() {
  document.getElementById("error")?.remove();
}

/** @param {string} html */
export function parsed(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/**
 * What the site's error page says.
 *
 * @param {string} html
 */
export function sentence(html) {
  return parsed(html).querySelector(".notice h1 + p")?.textContent;
}
