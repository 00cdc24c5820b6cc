// The page as visitors will see it, beside its form: in the width of a phone, a tablet or a desktop, light or dark. It
// follows what is edited. Where there is no room for it, the link opens it in a tab of its own.
import { find, findAll } from "./dom.js";

const KEY = "preview";
const ROOM = window.matchMedia("(min-width: 75rem)");

const pane = find(HTMLElement, ".side");
const screen = find(HTMLElement, ".side-screen", pane);
const frame = find(HTMLIFrameElement, "iframe", pane);
const link = find(HTMLAnchorElement, "[data-preview]");
/** @type {{ isOpen: boolean, width: string, scheme: string }} */
const chosen = { isOpen: false, width: "390", scheme: "light", ...kept() };

function kept() {
  try {
    return JSON.parse(window.localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** Show what is chosen, and remember it. */
function show() {
  const isShown = chosen.isOpen && ROOM.matches;
  pane.hidden = !isShown;
  link.setAttribute("aria-expanded", String(isShown));
  for (const button of findAll(HTMLButtonElement, "[data-width], [data-scheme]", pane)) {
    const isChosen = [chosen.width, chosen.scheme].includes(button.dataset.width ?? button.dataset.scheme ?? "");
    button.setAttribute("aria-pressed", String(isChosen));
  }
  if (!isShown) return;
  if (!frame.src) frame.src = link.href;
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

link.addEventListener("click", (event) => {
  if (!ROOM.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose({ isOpen: !chosen.isOpen });
});
pane.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  if (button?.dataset.width) choose({ width: button.dataset.width });
  if (button?.dataset.scheme) choose({ scheme: button.dataset.scheme });
  if (button?.matches("[data-close]")) {
    choose({ isOpen: false });
    link.focus();
  }
});
window.addEventListener("resize", show);
ROOM.addEventListener("change", show);

let followed = "";
document.addEventListener("edited", (event) => {
  if (event instanceof CustomEvent && event.detail) followed = event.detail;
  if (frame.src && !pane.hidden) frame.contentWindow?.location.reload();
});
frame.addEventListener("load", () => {
  if (followed) frame.contentDocument?.getElementById(`item-${followed}`)?.scrollIntoView({ block: "center" });
});

show();
