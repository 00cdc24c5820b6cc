// Commands of a page's screen: what their buttons do is shown without leaving the screen.
import { saveAll } from "./autosave.js";
import { find, findAll } from "./dom.js";
import { words } from "./frame.js";
import { noteMade } from "./made.js";
import { closeMenu } from "./menus.js";
import { announce, hideError, parsed, sentence, showError } from "./messages.js";
import { ASKS } from "./posting.js";
import { show } from "./renewing.js";
import { csrfToken, ensureSignedIn } from "./session.js";

const COMMANDS = ".bar form, .bottom-bar form, #item-command, #side-history form, form.undo";

/**
 * Have the site change something of this page, and show what it says. What is written is saved before.
 *
 * @param {string} address
 * @param {URLSearchParams} body
 */
export async function command(address, body) {
  if (!(await saveAll())) {
    showError(find(HTMLOutputElement, "#saved").value || words.notReached);
    return false;
  }
  if (!(await ensureSignedIn())) return false;
  const answer = await fetch(address, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": csrfToken(), ...ASKS },
  }).catch(() => null);
  const html = await answer?.text().catch(() => "");
  if (!answer?.ok || !html) {
    showError((html && sentence(html)) || words.notReached);
    return false;
  }
  const page = parsed(html);
  const led = new URL(answer.url);
  noteMade(led);
  const told = findAll(HTMLElement, "main > .alert", page);
  if (!isHere(led)) {
    window.sessionStorage.setItem("messages", told.map((message) => message.outerHTML).join(""));
    window.location.assign(led);
    return true;
  }
  hideError();
  tell(told);
  show(page);
  document.dispatchEvent(new CustomEvent("edited"));
  return true;
}

/** @param {URL} address */
function isHere({ pathname, searchParams }) {
  const here = new URL(window.location.href);
  return pathname === here.pathname && searchParams.get("id") === here.searchParams.get("id");
}

/** @param {HTMLElement[]} messages in place of those that are there */
function tell(messages) {
  const main = document.querySelector("main");
  for (const old of findAll(HTMLElement, "main > .alert")) old.remove();
  main?.prepend(...messages);
  announce(
    messages.map((message) => message.querySelector("[role=status]")?.textContent ?? message.textContent).join(" "),
  );
}

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches(COMMANDS)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    const sender = submitter ?? form;
    const question = submitter?.dataset.confirm || form.dataset.confirm;
    if (sender.dataset.sent || (question && !window.confirm(question))) return;
    sender.dataset.sent = "1"; // a second click sends nothing
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, submitter)) body.append(name, String(value));
    body.delete("csrf_token");
    closeMenu(sender.closest("details"));
    const address = new URL(submitter?.getAttribute("formaction") ?? form.action, window.location.href).href;
    const isDone = await command(address, body);
    if (isDone && /\/(discard|restore)\/$/.test(address)) document.dispatchEvent(new Event("undone"));
    delete sender.dataset.sent;
  },
  true,
);
