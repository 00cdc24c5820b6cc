// Players of other sites: a frame takes the place of its button once the button is pressed, and no other host is asked
// before. Without this script there is a link beside it.

// A player may run scripts and go full screen; it may not lead the visitor's window elsewhere.
const MAY =
  "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation allow-forms";

/** @param {HTMLElement} place */
function start(place) {
  const frame = document.createElement("iframe");
  frame.title = place.dataset.title ?? "";
  frame.setAttribute("sandbox", MAY);
  frame.allow = "autoplay; fullscreen; encrypted-media; picture-in-picture";
  frame.referrerPolicy = "strict-origin-when-cross-origin"; // YouTube plays nothing for a site that it does not know
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
