// The admin's own behaviour: questions before deleting, badges that keep themselves up to date, items put in order.
"use strict";

(() => {
  const statusUrl = document.currentScript.dataset.statusUrl;
  const csrfToken = document.querySelector("meta[name=csrf-token]").content;
  const POLL_MS = 1500;

  // Questions: a form with data-confirm is sent only after a yes.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  // Bulk actions of a list.
  document.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]");
    if (!action) return;
    event.preventDefault();
    window.modelActions.execute(action.dataset.action);
  });

  // Badges: ask for news of those that are not final yet.
  async function refreshBadges() {
    const waiting = [...document.querySelectorAll("[data-upload][data-final='0']")];
    if (!waiting.length) return;
    const query = new URLSearchParams([...new Set(waiting.map((badge) => badge.dataset.upload))].map((id) => ["id", id]));
    try {
      const answer = await fetch(`${statusUrl}?${query}`, { headers: { Accept: "application/json" } });
      if (answer.ok) for (const upload of await answer.json()) showState(upload);
    } catch {
      // The site is away for a moment; ask again later.
    }
    window.setTimeout(refreshBadges, POLL_MS);
  }

  function showState(upload) {
    for (const badge of document.querySelectorAll(`[data-upload='${upload.id}']`)) {
      badge.className = `status status-${upload.status}`;
      badge.textContent = upload.label;
      badge.title = upload.reason;
      badge.dataset.final = upload.final ? "1" : "0";
    }
  }

  // Items of a page: dragged into order and saved at once.
  function makeSortable() {
    const list = document.querySelector("[data-reorder]");
    if (!list || !window.Sortable) return;
    window.Sortable.create(list, { handle: ".handle", animation: 150, forceFallback: true, onEnd: () => saveOrder(list) });
  }

  async function saveOrder(list) {
    const rows = [...list.querySelectorAll("[data-item]")];
    const body = new URLSearchParams([["id", list.dataset.page], ...rows.map((row) => ["item", row.dataset.item])]);
    const answer = await fetch(list.dataset.reorder, { method: "POST", body, headers: { "X-CSRFToken": csrfToken } });
    if (!answer.ok) window.location.reload();
    rows.forEach((row, order) => { row.querySelector("[data-order]").textContent = order; });
  }

  // Forms with a file: sent with a bar that shows how far it is. Without this script they are sent as they are.
  function showProgress(form) {
    const files = [...form.querySelectorAll("input[type=file]")];
    if (!files.length) return;
    let button = null;
    form.addEventListener("click", (event) => { if (event.target.type === "submit") button = event.target; });
    form.addEventListener("submit", (event) => {
      if (!files.some((field) => field.files.length)) return;
      event.preventDefault();
      const body = new FormData(form);
      if (button && button.name) body.append(button.name, button.value);
      const bar = document.createElement("progress");
      form.querySelector(".submit-row").replaceChildren(bar);
      const request = new XMLHttpRequest();
      request.open("POST", form.action || window.location.href);
      request.upload.onprogress = (sent) => { bar.max = sent.total; bar.value = sent.loaded; };
      request.onload = () => showAnswer(request);
      request.onerror = () => window.location.reload();
      request.send(body);
    });
  }

  // A saved form leads on; a refused one, or an error page, comes back as a document.
  function showAnswer(request) {
    const led = request.responseURL !== window.location.href;
    if (request.status === 200 && led) {
      window.location.assign(request.responseURL);
      return;
    }
    document.open();
    document.write(request.responseText);
    document.close();
  }

  document.addEventListener("DOMContentLoaded", makeSortable);
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".admin-form").forEach(showProgress));
  refreshBadges();
})();
