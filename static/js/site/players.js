// One player at a time, and words where nothing can be played.
//
// A source that cannot be played says so where it stands, in the words that are in the player for browsers without
// players. Before that, a video that fails is tried without subtitles of another host: they make a player ask the
// video's host for permission, too (crossorigin), and a video without subtitles is better than none.

/** All players of the page. */
export const players = /** @type {HTMLMediaElement[]} */ ([...document.querySelectorAll("video, audio")]);

/** @param {HTMLMediaElement} player */
function playPlainly(player) {
  const wasStarted = !player.paused; // such videos are asked for only when somebody wants to see them
  player.removeAttribute("crossorigin");
  player.load();
  if (wasStarted) player.play().catch(() => {}); // should it fail, there is another error event
}

/**
 * @param {HTMLMediaElement} player
 * @param {boolean} isHopeless what broke off on the way may go on; what was never understood will not
 */
function say(player, isHopeless) {
  const words = player.querySelector(".unplayable");
  if (!words) return;
  const hadFocus = document.activeElement === player;
  player.after(words);
  player.hidden = isHopeless;
  if (hadFocus && isHopeless) words.querySelector("a")?.focus();
}

/**
 * @param {HTMLMediaElement} player
 * @param {boolean} isHopeless
 */
const fail = (player, isHopeless) =>
  player.hasAttribute("crossorigin") ? playPlainly(player) : say(player, isHopeless);

for (const player of players) {
  const last = [...player.querySelectorAll("source")].at(-1);
  let isUnderstood = false;
  player.addEventListener("loadedmetadata", () => {
    isUnderstood = true;
  });
  // A browser has tried those before it by then. Firefox says so, too, of what it cannot go on with.
  last?.addEventListener("error", () => fail(player, !isUnderstood));
  player.addEventListener("error", () => fail(player, false));
  if (player.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) fail(player, true);
  else if (player.error) fail(player, false);
  player.addEventListener("play", () => {
    for (const other of players) if (other !== player) other.pause();
  });
}
