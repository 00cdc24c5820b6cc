// A source that cannot be played says so where it stands, in the words that are in the player for browsers without
// players. Before that, a video that fails is tried without subtitles of another host: they make a player ask the
// video's host for permission, too (crossorigin), and a video without subtitles is better than none.

/** @param {HTMLMediaElement} player */
function playPlainly(player) {
  const wasStarted = !player.paused; // such videos are asked for only when somebody wants to see them
  player.removeAttribute("crossorigin");
  player.load();
  if (wasStarted) player.play().catch(() => {}); // should it fail, there is another error event
}

/** @param {HTMLMediaElement} player */
function say(player) {
  const words = player.querySelector(".unplayable");
  if (!words) return;
  const hadFocus = document.activeElement === player;
  player.after(words);
  // What broke off on the way may go on; what was never understood will not.
  player.hidden = player.error?.code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED;
  if (hadFocus && player.hidden) words.querySelector("a")?.focus();
}

/** @param {HTMLMediaElement} player */
const onError = (player) => (player.hasAttribute("crossorigin") ? playPlainly : say)(player);

for (const player of /** @type {NodeListOf<HTMLMediaElement>} */ (document.querySelectorAll("video, audio"))) {
  player.addEventListener("error", () => onError(player));
  if (player.error) onError(player);
}
