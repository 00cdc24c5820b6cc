// Where a visitor stopped is remembered in the browser, for what is longer than half a minute, until its end. A button
// offers to go on from there.

import { clock } from "./moments.js";
import { players } from "./players.js";

const KEY = "positions";
const SHORTEST = 30; // seconds
const MOST = 100; // files

/** @returns {Record<string, number>} seconds by the address of the file, those of longest ago first */
function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {}; // there is no storage in private windows of some browsers
  }
}

/**
 * @param {string} file
 * @param {number} [seconds] none forgets it
 */
function write(file, seconds) {
  const { [file]: _, ...others } = read();
  const kept = Object.entries(seconds ? { ...others, [file]: seconds } : others).slice(-MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(kept)));
  } catch {
    // It is not remembered, then.
  }
}

/** @param {HTMLMediaElement} player */
function remember(player) {
  // A playlist of several sizes has a type, and comes and goes with a setting.
  const source = /** @type {HTMLSourceElement | null} */ (player.querySelector("source:not([type])"));
  const file = source?.src ?? "";
  const button = /** @type {HTMLElement | null} */ (player.closest(".item")?.querySelector(".resume"));
  const saved = read()[file];
  let kept = 0;
  const keep = () => {
    if (!(player.duration > SHORTEST)) return;
    kept = player.currentTime;
    write(file, player.duration - kept > 2 ? kept : undefined);
  };
  player.addEventListener("timeupdate", () => {
    if (!player.paused && Math.abs(player.currentTime - kept) > 5) keep();
  });
  player.addEventListener("pause", keep);
  player.addEventListener("ended", () => write(file));
  if (!saved || !button) return;
  /** @type {HTMLElement} */ (button.querySelector(".at")).textContent = clock(saved);
  button.classList.add("offered");
  button.addEventListener("click", () => {
    player.currentTime = saved;
    player.play().catch(() => {}); // players.js says why
    player.focus();
    button.classList.remove("offered");
  });
}

players.forEach(remember);
