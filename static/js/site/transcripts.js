// Transcripts, made from the captions of a player. The lines are links to their moments; the one that is spoken is marked
// and kept in sight.

import { addressOf, clock } from "./moments.js";
import { players } from "./players.js";

/** @param {HTMLMediaElement} player */
const captionsOf = (player) =>
  /** @type {HTMLTrackElement[]} */ ([...player.querySelectorAll("track:not([kind=chapters])")]);

/**
 * @param {HTMLMediaElement} player
 * @param {HTMLDetailsElement} details
 */
function write(player, details) {
  const tracks = captionsOf(player);
  const list = /** @type {HTMLOListElement} */ (details.querySelector("ol"));
  const select = /** @type {HTMLSelectElement} */ (details.querySelector("select"));
  const note = details.querySelector(".machine-made");
  let chosen = tracks.find((track) => track.default) ?? tracks[0];

  /** Have the browser read the captions, without showing them if nobody asked for that. */
  const ask = () => {
    if (details.open && chosen.track.mode === "disabled") chosen.track.mode = "hidden";
  };

  const fill = () => {
    list.lang = chosen.srclang;
    list.replaceChildren(...[...(chosen.track.cues ?? [])].map((cue) => line(/** @type {VTTCue} */ (cue))));
    mark();
  };

  /** @param {VTTCue} cue */
  const line = (cue) => {
    const link = document.createElement("a");
    link.href = addressOf(player, cue.startTime);
    const time = document.createElement("span");
    time.className = "at";
    time.textContent = clock(cue.startTime);
    link.append(time, " ", cue.getCueAsHTML().textContent?.replaceAll("\n", " ") ?? "");
    const item = document.createElement("li");
    item.append(link);
    return item;
  };

  const mark = () => {
    const cues = [...(chosen.track.cues ?? [])];
    const active = chosen.track.activeCues?.[0];
    for (const [number, item] of [...list.children].entries()) {
      const isSpoken = cues[number] === active;
      item.ariaCurrent = isSpoken ? "true" : null;
      if (!isSpoken || !(item instanceof HTMLElement) || list.matches(":focus-within, :hover")) continue;
      list.scrollTop = item.offsetTop - (list.clientHeight - item.offsetHeight) / 2; // only the list, not the page
    }
  };

  const choose = () => {
    list.replaceChildren();
    note?.toggleAttribute("hidden", !("machineMade" in chosen.dataset));
    if (chosen.readyState === HTMLTrackElement.LOADED) fill();
    ask();
  };

  for (const track of tracks) {
    track.addEventListener("load", () => track === chosen && fill());
    track.track.addEventListener("cuechange", () => track === chosen && mark());
    select.add(new Option(track.label, String(select.length), false, track === chosen));
  }
  select.hidden = tracks.length < 2;
  select.addEventListener("change", () => {
    chosen = tracks[select.selectedIndex];
    choose();
  });
  details.addEventListener("toggle", ask);
  player.textTracks.addEventListener("change", ask); // a transcript stays when somebody switches the captions off
  choose();
}

for (const player of players) {
  const details = player.closest(".item")?.querySelector(".transcript");
  if (details instanceof HTMLDetailsElement && captionsOf(player).length) write(player, details);
}
