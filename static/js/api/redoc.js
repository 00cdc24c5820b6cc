// Starts ReDoc on the specification that the page names, in the site's colours and the system's fonts.

/** ReDoc, from the script before this one. */
const { Redoc } = /** @type {any} */ (window);
const place = /** @type {HTMLElement} */ (document.getElementById("redoc"));
const style = window.getComputedStyle(document.documentElement);
const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
const sans = token("--sans");
const mono = token("--mono");
const ink = token("--ink");
const accent = token("--accent");

// ReDoc signs its menu with a picture from its makers' host. Nothing is loaded from other hosts here, so pictures of
// theirs get no source, whichever way it is set.
const image = HTMLImageElement.prototype;
const source = Object.getOwnPropertyDescriptor(image, "src");
const isForeign = (/** @type {string} */ address) =>
  /^https?:/.test(address) && new URL(address).origin !== window.location.origin;
image.setAttribute = function setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
  if (name !== "src" || !isForeign(value)) Element.prototype.setAttribute.call(this, name, value);
};
Object.defineProperty(image, "src", {
  ...source,
  set(value) {
    if (!isForeign(value)) source?.set?.call(this, value);
  },
});

const theme = {
  colors: {
    primary: { main: accent },
    success: { main: token("--good") },
    error: { main: token("--wrong") },
    text: { primary: ink, secondary: token("--muted") },
    border: { dark: token("--line"), light: token("--line") },
  },
  schema: { nestedBackground: token("--surface"), linesColor: token("--line"), typeNameColor: token("--muted") },
  sidebar: { backgroundColor: token("--surface"), textColor: ink, activeTextColor: accent },
  rightPanel: { backgroundColor: token("--samples") },
  typography: {
    fontFamily: sans,
    headings: { fontFamily: sans },
    code: { fontFamily: mono, color: accent, backgroundColor: token("--surface") },
    links: { color: accent, visited: accent, hover: ink },
  },
};

// It leaves out levels of headings.
const level = () => {
  for (const heading of place.querySelectorAll("h5")) heading.setAttribute("aria-level", "3");
};
new MutationObserver(level).observe(place, { childList: true, subtree: true });

place.textContent = "";
Redoc.init(place.dataset.spec, { disableSearch: true, nativeScrollbars: true, theme }, place);
