// A player that has really played tells the site once: after five seconds, or half of what is shorter. What was skipped has
// not been played. docs/counting.md says what counts.

const SECONDS = 5;
// The site may be away for a moment. What it cannot count then is sent again, with longer and longer pauses.
const TRIES = 6;
const FIRST_PAUSE_MS = 5000;

const script = /** @type {HTMLElement} */ (document.querySelector("script[data-token]"));
const { token: pageToken = "", to: address = "" } = script.dataset;
// Each item is counted once for each time that its page is loaded.
const told = new Set();

/** @param {HTMLMediaElement} player */
function secondsPlayed({ played }) {
  let seconds = 0;
  for (let range = 0; range < played.length; range++) seconds += played.end(range) - played.start(range);
  return seconds;
}

/**
 * @param {URLSearchParams} body
 * @param {number} [tries]
 */
async function tell(body, tries = 1) {
  const answer = await fetch(address, { method: "POST", body, credentials: "omit", keepalive: true }).catch(() => null);
  if ((answer && answer.status < 500) || tries === TRIES) return;
  window.setTimeout(() => tell(body, tries + 1), FIRST_PAUSE_MS * 2 ** (tries - 1));
}

/** @param {Event} event */
function onProgress({ target }) {
  if (!(target instanceof HTMLMediaElement)) return;
  const item = target.closest("section")?.dataset.item;
  // (The length of a live stream is infinite, and that of a file may not be known yet.)
  if (!item || told.has(item) || !(secondsPlayed(target) >= Math.min(SECONDS, target.duration / 2))) return;
  told.add(item);
  tell(new URLSearchParams({ token: pageToken, item }));
}

// The rest of a token is blank if plays are not counted: for editors, and for bots.
if (!pageToken.endsWith(" ")) {
  for (const name of ["timeupdate", "pause", "ended"]) document.addEventListener(name, onProgress, { capture: true });
}
