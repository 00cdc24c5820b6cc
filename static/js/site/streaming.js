// Videos in several sizes (HLS), in browsers that do not play them by themselves. hls.js is fetched when such a video is
// played for the first time. If it fails, the other sources are played as if there were none of this.

import { players } from "./players.js";

/** How much later than at its beginning a stream may start, in seconds. */
const LATE = 0.1;
const TYPE = "application/vnd.apple.mpegurl";
const own = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-hls]"));

/** @type {Promise<any> | undefined} */
let fetched;

function library() {
  fetched ??= import(own.dataset.hls ?? "").then((module) => module.default);
  return fetched;
}

/**
 * Hand a player that has just been started over to hls.js, at the same moment.
 *
 * @param {HTMLMediaElement} player
 * @param {string} address of the playlist
 */
async function stream(player, address) {
  const Hls = await library();
  if (!Hls.isSupported()) return;
  const sources = [...player.querySelectorAll("source")];
  const wasPlaying = !player.paused;
  const hls = new Hls({ workerPath: own.dataset.worker, startPosition: player.currentTime });
  const giveUp = () => {
    const [seconds, goesOn] = [player.currentTime, !player.paused];
    hls.destroy();
    player.prepend(...sources);
    player.load();
    player.currentTime = seconds;
    if (goesOn) player.play().catch(() => {}); // players.js says why
  };
  hls.on(Hls.Events.ERROR, (/** @type {string} */ _, /** @type {{ fatal: boolean }} */ { fatal }) => {
    if (fatal) giveUp();
  });
  // WebKitGTK passes over the edit list, which says when the first frame is shown: picture and sound would part.
  hls.on(Hls.Events.FRAG_BUFFERED, (/** @type {string} */ _, /** @type {{ frag: { sn: number } }} */ { frag }) => {
    if (frag.sn === 0 && player.buffered.length && player.buffered.start(0) > LATE) giveUp();
  });
  hls.loadSource(address);
  hls.attachMedia(player);
  if (wasPlaying) player.play().catch(() => {});
}

for (const player of players) {
  const source = player.querySelector("source");
  if (source?.type !== TYPE || player.canPlayType(TYPE)) continue;
  player.addEventListener("play", () => stream(player, source.src).catch(() => {}), { once: true });
}
