// The badges of uploads and derivatives keep themselves up to date until they are final; then what stands beside them
// does, too. A file's icon gives way to its picture.
import { findAll } from "./dom.js";
import { statusUrl, words } from "./frame.js";
import { announce, parsed, showError } from "./messages.js";
import { enableConfirmed } from "./questions.js";

/**
 * The state of one piece of work, as the site tells it.
 *
 * @typedef {object} State
 * @property {string} work upload or derivative
 * @property {number} id
 * @property {string} name what it is about
 * @property {string} status
 * @property {string} label the status in the editor's words
 * @property {string} reason
 * @property {boolean} final
 */

/**
 * Whether a file has a picture by now: the smallest one. It is final, too, if none is being made.
 *
 * @typedef {object} Picture
 * @property {"picture"} work
 * @property {number} id
 * @property {{ path: string, width: number, height: number } | null} picture
 * @property {boolean} final
 */

const WORK = ["upload", "derivative", "picture"];
const PAUSE_MS = 2000;
let polling = 0;
let known = ""; // the ETag of the states that are shown

/** Ask for news of those that are not final yet, but not where nobody looks. */
export async function refreshBadges() {
  window.clearTimeout(polling);
  const query = new URLSearchParams(WORK.flatMap((work) => waiting(work).map((id) => [work, id])));
  if (!query.size || document.hidden) return;
  try {
    const answer = await fetch(`${statusUrl}?${query}`, {
      headers: { Accept: "application/json", "If-None-Match": known },
    });
    if (answer.redirected) {
      showError(words.signedOut);
      return;
    }
    if (answer.ok) {
      await showStates(await answer.json());
      known = answer.headers.get("ETag") ?? "";
    }
  } catch {
    // The site is away for a moment; ask again later.
  }
  polling = window.setTimeout(refreshBadges, PAUSE_MS);
}

/**
 * The ids of the work that is not final yet.
 *
 * @param {string} work
 */
function waiting(work) {
  const badges = findAll(HTMLElement, `[data-${work}][data-final='0']`);
  return [...new Set(badges.map((badge) => badge.dataset[work] ?? ""))];
}

/** @param {(State | Picture)[]} states */
async function showStates(states) {
  const final = [];
  for (const state of states) {
    if ("picture" in state) showPicture(state);
    else if (showState(state) && state.final) final.push(state);
  }
  if (final.length) {
    announce(final.map((state) => `${state.name}: ${state.label}. ${state.reason}`).join("\n"));
    await refreshLive();
    document.dispatchEvent(new CustomEvent("final", { detail: final }));
  }
}

/** @param {Picture} state */
function showPicture({ id, picture, final }) {
  for (const box of findAll(HTMLElement, `[data-picture='${id}']`)) {
    box.dataset.final = final ? "1" : "0";
    if (!picture) continue;
    const image = new Image(picture.width, picture.height);
    image.alt = "";
    image.src = picture.path;
    box.replaceChildren(image);
  }
}

/**
 * Whether there is anything new.
 *
 * @param {State} state
 */
function showState(state) {
  let changed = false;
  for (const badge of findAll(HTMLElement, `[data-${state.work}='${state.id}']`)) {
    changed ||= badge.textContent !== state.label;
    badge.className = `status status-${state.status}`;
    badge.textContent = state.label;
    badge.dataset.final = state.final ? "1" : "0";
  }
  for (const reason of findAll(HTMLElement, `[data-reason='${state.work}-${state.id}']`)) {
    changed ||= reason.textContent !== state.reason;
    reason.textContent = state.reason;
  }
  return changed;
}

/** What has data-live is taken anew from the server. What is selected in it stays selected. */
export async function refreshLive() {
  const parts = findAll(HTMLElement, "[data-live]");
  if (!parts.length) return;
  const answer = await fetch(window.location.href);
  if (!answer.ok || answer.redirected) return;
  const page = parsed(await answer.text());
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.isEqualNode(part)) continue;
    for (const { name, value } of findAll(HTMLInputElement, "[name]:checked", part)) {
      const [box] = findAll(HTMLInputElement, `[name="${name}"][value="${CSS.escape(value)}"]`, fresh);
      if (box) box.checked = true;
    }
    enableConfirmed(fresh);
    part.replaceWith(fresh);
  }
}

document.addEventListener("visibilitychange", refreshBadges);
refreshBadges();
