// Subtitles from another host make a player ask the film's host for permission too (crossorigin). A film whose host
// gives none is better shown without subtitles than not at all.
"use strict";

(function () {
  const playPlainly = (video) => {
    const wasStarted = !video.paused; // such films are asked for only when somebody wants to see them
    video.removeAttribute("crossorigin");
    video.load();
    if (wasStarted) video.play();
  };

  for (const video of document.querySelectorAll("video[crossorigin]")) {
    if (video.error) playPlainly(video);
    else video.addEventListener("error", () => playPlainly(video), { once: true });
  }
})();
