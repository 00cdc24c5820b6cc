// Items of a page: dragged into order, or moved with the arrow keys on a handle, and saved at once.
import { around, find, findAll } from "./dom.js";
import { filled, words } from "./frame.js";
import { hold, release } from "./leaving.js";
import { noteMadeIn } from "./made.js";
import { announce, hideError, sentence, showError } from "./messages.js";
import { ASKS } from "./posting.js";
import { renew } from "./renewing.js";
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
  step(row, event.key, handle);
});

list.addEventListener("click", (event) => {
  const button = around(event, "[data-step]");
  const row = button?.closest("[data-item]");
  if (button && row instanceof HTMLElement) step(row, button.dataset.step ?? "", button);
});

/**
 * Move a row by one place.
 *
 * @param {HTMLElement} row
 * @param {string} key an arrow
 * @param {HTMLElement} from what has the focus, and keeps it
 */
function step(row, key, from) {
  if (key === "ArrowUp") row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  from.focus();
  const place = rows().indexOf(row) + 1;
  announce(filled(words.moved, { title: row.dataset.title, place, number: rows().length }));
  saveSoon(KEYS_MS);
}

// The site's items: in the site's order, unless one has been moved here that is not saved yet.
list.addEventListener("items", (event) => {
  const now = /** @type {CustomEvent<string[]>} */ (event).detail;
  const [mine, was] = [order(), saved].map((items) =>
    items.filter((item) => saved.includes(item) && now.includes(item)),
  );
  if (String(mine) === String(was)) {
    arrange(now);
    saved = now;
  } else if (String([...now].sort()) !== String([...saved].sort())) {
    saved = now;
  }
});

/**
 * Put the rows into an order; others, which are not saved yet, stay where they are.
 *
 * @param {string[]} items
 */
function arrange(items) {
  const places = new Map(rows().map((row) => [row.dataset.item ?? "", row]));
  if (String(order().filter((item) => items.includes(item))) === String(items)) return;
  for (const item of items) {
    const row = places.get(item);
    if (row) list.append(row);
  }
}

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
      arrange(saved);
      await renew();
      saved = order();
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
  const post = () => fetch(reorder, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(), ...ASKS } });
  try {
    let answer = await post();
    if ((answer.redirected || answer.status === 400) && (await ensureSignedIn())) answer = await post();
    if (answer.redirected) return words.signedOut;
    noteMadeIn(answer.headers.get("X-Made"));
    return answer.ok ? "" : sentence(await answer.text()) || words.notSaved;
  } catch {
    return words.notSaved;
  }
}
