// Addresses of moments: `#item-12&t=90` is 90 seconds into the player of the item 12. Opened, such an address sets its
// player to that moment; clicked, it plays from there. Chapters are links of this form, and so are lines of transcripts.

import { players } from "./players.js";

/** @param {HTMLMediaElement} player the id of the heading of its item */
const itemOf = (player) => player.closest(".item")?.getAttribute("aria-labelledby") ?? "";

/**
 * The address of a moment within the page.
 *
 * @param {HTMLMediaElement} player
 * @param {number} seconds
 */
export const addressOf = (player, seconds) => `#${itemOf(player)}&t=${Math.round(seconds * 1000) / 1000}`;

/** @param {number} seconds as players show it: 1:02:03 */
export function clock(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const pad = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

/**
 * The player and the moment that an address names. The moment is in seconds or as players show it.
 *
 * @param {string} hash
 */
function find(hash) {
  const [, item, time] = /^#(item-\d+)&t=((?:\d+:){0,2}\d+(?:\.\d+)?)$/.exec(hash) ?? [];
  const player = players.find((one) => item && itemOf(one) === item);
  return player && { player, seconds: time.split(":").reduce((all, part) => all * 60 + Number(part), 0) };
}

/** Set the player that the page's address names to its moment. */
function open() {
  const found = find(location.hash);
  if (!found) return;
  found.player.currentTime = found.seconds;
  document.getElementById(itemOf(found.player))?.scrollIntoView();
  found.player.focus({ preventScroll: true });
}

/** @param {MouseEvent} event */
function follow(event) {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const found = link?.getAttribute("href")?.startsWith("#") && find(link.hash);
  if (!link || !found || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.replaceState(history.state, "", link.hash);
  found.player.currentTime = found.seconds;
  found.player.play().catch(() => {}); // players.js says why
}

/**
 * Mark the chapter that is played.
 *
 * @param {HTMLMediaElement} player
 * @param {HTMLAnchorElement[]} chapters
 */
function mark(player, chapters) {
  const current = chapters.findLast((chapter) => Number(chapter.dataset.start) <= player.currentTime);
  for (const chapter of chapters) chapter.ariaCurrent = chapter === current ? "true" : null;
}

/**
 * @param {HTMLMediaElement} player
 * @param {Element} tools
 */
async function copy(player, tools) {
  const address = new URL(addressOf(player, Math.floor(player.currentTime)), location.href);
  history.replaceState(history.state, "", address);
  const told = /** @type {HTMLElement} */ (tools.querySelector(".copied"));
  const isCopied = await navigator.clipboard?.writeText(address.href).then(
    () => true,
    () => false,
  );
  told.textContent = (isCopied ? told.dataset.copied : told.dataset.shown) ?? "";
}

for (const player of players) {
  const item = player.closest(".item");
  const chapters = /** @type {HTMLAnchorElement[]} */ ([...(item?.querySelectorAll(".chapters a") ?? [])]);
  for (const chapter of chapters) chapter.href = addressOf(player, Number(chapter.dataset.start));
  if (chapters.length)
    for (const event of ["timeupdate", "seeking"]) player.addEventListener(event, () => mark(player, chapters));
  const tools = item?.querySelector(".tools");
  if (tools) tools.querySelector(".moment")?.addEventListener("click", () => copy(player, tools));
}
document.addEventListener("click", follow);
addEventListener("hashchange", open);
open();
