// The badges of uploads keep themselves up to date until they are final; then what stands beside them does, too.
import { findAll } from "./dom.js";
import { statusUrl, words } from "./frame.js";
import { announce, parsed, showError } from "./messages.js";

/**
 * The state of one upload, as the site tells it.
 *
 * @typedef {object} UploadState
 * @property {number} id
 * @property {string} filename
 * @property {string} status
 * @property {string} label the status in the editor's words
 * @property {string} reason
 * @property {boolean} final
 */

const [SHORTEST_MS, LONGEST_MS] = [1500, 6000];
let polling = 0;
let pause = SHORTEST_MS;

/** Ask for news of those that are not final yet; less often the longer there are none, and not where nobody looks. */
export async function refreshBadges() {
  window.clearTimeout(polling);
  const waiting = findAll(HTMLElement, "[data-upload][data-final='0']");
  if (!waiting.length || document.hidden) return;
  const ids = new Set(waiting.map((badge) => badge.dataset.upload ?? ""));
  const query = new URLSearchParams([...ids].map((id) => ["id", id]));
  pause = Math.min(pause * 1.25, LONGEST_MS);
  try {
    const answer = await fetch(`${statusUrl}?${query}`, { headers: { Accept: "application/json" } });
    if (answer.redirected) {
      showError(words.signedOut);
      return;
    }
    if (answer.ok) await showStates(await answer.json());
  } catch {
    // The site is away for a moment; ask again later.
  }
  polling = window.setTimeout(refreshBadges, pause);
}

/** @param {UploadState[]} states */
async function showStates(states) {
  const changed = states.filter((state) => showState(state));
  if (changed.length) pause = SHORTEST_MS;
  const final = changed.filter((state) => state.final);
  if (final.length) {
    announce(final.map((state) => `${state.filename}: ${state.label}. ${state.reason}`).join("\n"));
    await refreshLive();
  }
}

/**
 * Whether there is anything new.
 *
 * @param {UploadState} state
 */
function showState(state) {
  let changed = false;
  for (const badge of findAll(HTMLElement, `[data-upload='${state.id}']`)) {
    changed ||= badge.textContent !== state.label;
    badge.className = `status status-${state.status}`;
    badge.textContent = state.label;
    badge.dataset.final = state.final ? "1" : "0";
  }
  for (const reason of findAll(HTMLElement, `[data-reason='${state.id}']`)) {
    changed ||= reason.textContent !== state.reason;
    reason.textContent = state.reason;
  }
  return changed;
}

/** What has data-live is taken anew from the server. */
async function refreshLive() {
  const parts = findAll(HTMLElement, "[data-live]");
  if (!parts.length) return;
  const answer = await fetch(window.location.href);
  if (!answer.ok || answer.redirected) return;
  const page = parsed(await answer.text());
  for (const part of parts) {
    const fresh = page.getElementById(part.id);
    if (fresh && !fresh.isEqualNode(part)) part.replaceWith(fresh);
  }
}

document.addEventListener("visibilitychange", () => {
  pause = SHORTEST_MS;
  refreshBadges();
});
refreshBadges();
