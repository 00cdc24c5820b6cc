// Menus of buttons: `details` with a panel that lies over what follows. A menu closes when somebody goes on elsewhere.
import { around, find, findAll } from "./dom.js";

/**
 * Close a menu by what has opened it, which has the focus then.
 *
 * @param {Element | null | undefined} menu
 */
export function closeMenu(menu) {
  if (!(menu instanceof HTMLDetailsElement) || !menu.open) return;
  menu.open = false;
  find(HTMLElement, "summary", menu).focus();
}

/** @param {EventTarget | null} target */
function closeOthers(target) {
  for (const menu of findAll(HTMLDetailsElement, ".menu[open]")) {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  }
}

document.addEventListener("click", ({ target }) => closeOthers(target));
document.addEventListener("focusin", ({ target }) => closeOthers(target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && around(event, "details[open]:is(.menu, .add-here)");
  if (!menu) return;
  event.preventDefault(); // it closes nothing else
  closeMenu(menu);
});
