// Items of a page: dragged into order, or moved with the arrow keys on a handle, and saved at once.
import { refreshBadges } from "./badges.js";
import { around, find, findAll } from "./dom.js";
import { filled, words } from "./frame.js";
import { hold, release } from "./leaving.js";
import { announce, hideError, parsed, sentence, showError } from "./messages.js";
import { enableConfirmed } from "./questions.js";
import { csrfToken, ensureSignedIn } from "./session.js";
import { vendored } from "./vendored.js";

const KEYS_MS = 400; // a key that is held down moves many times
const list = find(HTMLElement, "[data-reorder]");
const { page = "", reorder = "" } = list.dataset;
let saved = order();
let saving = false;
let waiting = 0;

vendored.Sortable.create(list, { handle: ".handle", animation: 150, forceFallback: true, onUpdate: () => saveSoon(0) });

list.addEventListener("keydown", (event) => {
  const handle = around(event, ".handle");
  const row = handle?.closest("[data-item]");
  if (!handle || !(row instanceof HTMLElement) || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  if (event.key === "ArrowUp") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  handle.focus();
  const place = rows().indexOf(row) + 1;
  announce(filled(words.moved, { title: row.dataset.title, place, number: rows().length }));
  saveSoon(KEYS_MS);
});

// Others have put rows there, or taken some away.
list.addEventListener("items", (event) => {
  const now = /** @type {CustomEvent<string[]>} */ (event).detail;
  if (String([...now].sort()) !== String([...saved].sort())) saved = now;
});

function rows() {
  return findAll(HTMLElement, "[data-item]", list);
}

function order() {
  return rows().map((row) => row.dataset.item ?? "");
}

/** @param {number} milliseconds */
function saveSoon(milliseconds) {
  hold("order");
  window.clearTimeout(waiting);
  waiting = window.setTimeout(save, milliseconds);
}

/** One request at a time, so that the last order is the one that stays. */
async function save() {
  if (saving) return;
  saving = true;
  while (String(order()) !== String(saved)) {
    const wanted = order();
    const refusal = await send(wanted);
    if (refusal) {
      for (const item of saved) list.append(...rows().filter((row) => row.dataset.item === item));
      await showNow();
      showError(refusal);
    } else {
      saved = wanted;
      hideError();
      document.dispatchEvent(new Event("changed"));
    }
  }
  saving = false;
  release("order");
}

/** The items as they are now, should somebody else have moved, added or deleted some. */
async function showNow() {
  try {
    const answer = await fetch(window.location.href);
    if (!answer.ok || answer.redirected) return;
    const fresh = parsed(await answer.text());
    const now = [...(fresh.querySelector("[data-reorder]")?.children ?? [])];
    const open = findAll(HTMLElement, "li:has(> .in-place)", list); // with what is being written
    const kept = now.map((row) => open.find((mine) => mine.dataset.item === row.getAttribute("data-item")) ?? row);
    list.replaceChildren(...kept, ...open.filter((row) => !kept.includes(row)));
    saved = order();
    enableConfirmed(list);
    refreshBadges();
  } catch {
    // The site is away: what was there stays.
  }
}

/**
 * What was wrong; nothing if all went well.
 *
 * @param {string[]} items
 */
async function send(items) {
  const body = new URLSearchParams([
    ["id", page],
    ["_draft", "1"],
    ...items.map((item) => ["item", item]),
    ...saved.map((item) => ["was", item]),
  ]);
  const post = () => fetch(reorder, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
  try {
    let answer = await post();
    if ((answer.redirected || answer.status === 400) && (await ensureSignedIn())) answer = await post();
    if (answer.redirected) return words.signedOut;
    return answer.ok ? "" : sentence(await answer.text()) || words.notSaved;
  } catch {
    return words.notSaved;
  }
}
