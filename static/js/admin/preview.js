// The page as visitors will see it, beside its form: in the width of a phone, a tablet or a desktop, light or dark, in
// each language of the site. It follows what is edited.
import { find, findAll } from "./dom.js";

const KEY = "preview";

const side = find(HTMLElement, ".side");
const pane = find(HTMLElement, "#side-preview", side);
const screen = find(HTMLElement, ".side-screen", pane);
const frame = find(HTMLIFrameElement, "iframe", pane);
const link = find(HTMLAnchorElement, "[data-preview]");
/** @type {{ width: string, scheme: string, language: string }} */
const chosen = { width: "390", scheme: "light", language: document.documentElement.lang, ...kept() };

function kept() {
  try {
    return JSON.parse(window.localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

function isShown() {
  return !side.hidden && !pane.hidden;
}

let isOld = false;

/** Show what is chosen. */
function show() {
  for (const button of findAll(HTMLButtonElement, "[data-width], [data-scheme], [data-language]", pane)) {
    const { width, scheme, language } = button.dataset;
    const isChosen = [chosen.width, chosen.scheme, chosen.language].includes(width ?? scheme ?? language ?? "");
    button.setAttribute("aria-pressed", String(isChosen));
  }
  if (!isShown()) return;
  const address = new URL(link.href);
  address.searchParams.set("language", chosen.language);
  if (frame.src !== address.href) frame.src = address.href;
  else if (isOld) frame.contentWindow?.location.reload();
  isOld = false;
  frame.style.colorScheme = chosen.scheme;
  const scale = Math.min(1, screen.clientWidth / Number(chosen.width));
  frame.style.width = `${chosen.width}px`;
  frame.style.height = `${screen.clientHeight / scale}px`;
  frame.style.transform = `scale(${scale})`;
}

/** @param {Partial<typeof chosen>} choice */
function choose(choice) {
  Object.assign(chosen, choice);
  try {
    window.localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // It is chosen for now.
  }
  show();
}

pane.addEventListener("click", ({ target }) => {
  const { width, scheme, language } = (target instanceof Element && target.closest("button")?.dataset) || {};
  if (width) choose({ width });
  if (scheme) choose({ scheme });
  if (language) choose({ language });
});
side.addEventListener("shown", show);
window.addEventListener("resize", show);

let followed = "";
document.addEventListener("edited", (event) => {
  if (event instanceof CustomEvent && event.detail) followed = event.detail;
  isOld = true;
  show();
});
frame.addEventListener("load", () => {
  // Whoever hears the screen can tell the preview's parts from those around it.
  for (const part of frame.contentDocument?.querySelectorAll("body > header, main") ?? []) part.ariaLabel = frame.title;
  if (followed) frame.contentDocument?.getElementById(`item-${followed}`)?.scrollIntoView({ block: "center" });
});

show();
