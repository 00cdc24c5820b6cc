// Players of other sites. A frame replaces its button once the button is pressed; until then, no other host is
// contacted. Without this script, visitors have the link beside the button.

// A player may run scripts and go full screen, but may not navigate the visitor's window.
const MAY =
  "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation allow-forms";

/** @param {HTMLElement} place */
function start(place) {
  const frame = document.createElement("iframe");
  frame.title = place.dataset.title ?? "";
  frame.setAttribute("sandbox", MAY);
  frame.allow = "autoplay; fullscreen; encrypted-media; picture-in-picture";
  frame.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube plays nothing without a referrer
  frame.src = place.dataset.player ?? "";
  frame.tabIndex = 0;
  place.replaceChildren(frame);
  frame.focus();
}

for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-player]"))) {
  const button = place.querySelector("button");
  if (!button) continue;
  button.hidden = false;
  button.addEventListener("click", () => start(place));
}
