// Subtitles from another host make a player ask the film's host for permission too (crossorigin). A film whose host
// gives none is better shown without subtitles than not at all.
"use strict";

(function () {
  const playPlainly = (video) => {
    video.removeAttribute("crossorigin");
    video.load();
  };

  for (const video of document.querySelectorAll("video[crossorigin]")) {
    if (video.error) playPlainly(video);
    else video.addEventListener("error", () => playPlainly(video), { once: true });
  }
})();
