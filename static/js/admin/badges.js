// The badges of uploads keep themselves up to date until they are final; then what stands beside them does, too.
"use strict";

(() => {
  const { admin } = window;
  const [SHORTEST_MS, LONGEST_MS] = [1500, 6000];
  let polling;
  let pause = SHORTEST_MS;

  // Ask for news of those that are not final yet; less often the longer there are none, and not where nobody looks.
  async function refreshBadges() {
    window.clearTimeout(polling);
    const waiting = [...document.querySelectorAll("[data-upload][data-final='0']")];
    if (!waiting.length || document.hidden) return;
    const query = new URLSearchParams([...new Set(waiting.map((badge) => badge.dataset.upload))].map((id) => ["id", id]));
    pause = Math.min(pause * 1.25, LONGEST_MS);
    try {
      const answer = await fetch(`${admin.statusUrl}?${query}`, { headers: { Accept: "application/json" } });
      if (answer.redirected) {
        admin.showError(admin.words.signedOut);
        return;
      }
      if (answer.ok) await showStates(await answer.json());
    } catch {
      // The site is away for a moment; ask again later.
    }
    polling = window.setTimeout(refreshBadges, pause);
  }

  async function showStates(states) {
    const changed = states.filter((state) => showState(state));
    if (changed.length) pause = SHORTEST_MS;
    const final = changed.filter((state) => state.final);
    if (final.length) {
      admin.announce(final.map((state) => `${state.filename}: ${state.label}. ${state.reason}`).join("\n"));
      await refreshLive();
    }
  }

  // Whether there is anything new.
  function showState(state) {
    let changed = false;
    for (const badge of document.querySelectorAll(`[data-upload='${state.id}']`)) {
      changed ||= badge.textContent !== state.label;
      badge.className = `status status-${state.status}`;
      badge.textContent = state.label;
      badge.dataset.final = state.final ? "1" : "0";
    }
    for (const reason of document.querySelectorAll(`[data-reason='${state.id}']`)) {
      changed ||= reason.textContent !== state.reason;
      reason.textContent = state.reason;
    }
    return changed;
  }

  // What has data-live is taken anew from the server.
  async function refreshLive() {
    const parts = document.querySelectorAll("[data-live]");
    if (!parts.length) return;
    const answer = await fetch(window.location.href);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts) {
      const fresh = page.getElementById(part.id);
      if (fresh && !fresh.isEqualNode(part)) part.replaceWith(fresh);
    }
  }

  document.addEventListener("visibilitychange", () => {
    pause = SHORTEST_MS;
    refreshBadges();
  });
  admin.refreshBadges = refreshBadges;
  refreshBadges();
})();
