// The admin's own behaviour: questions before deleting, bulk actions, uploads that show how far they are, badges that
// keep themselves up to date, items put in order.
"use strict";

(() => {
  const statusUrl = document.currentScript.dataset.statusUrl;
  const csrfToken = document.querySelector("meta[name=csrf-token]").content;
  const POLL_MS = 1500;
  let polling;

  // Questions: a form or button with data-confirm sends only after a yes. Without this script such buttons stay off.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (form.dataset.none && !document.querySelector(`[form="${form.id}"]:checked`)) {
      event.preventDefault();
      window.alert(form.dataset.none);
    } else if (question && !window.confirm(question)) {
      event.preventDefault();
    } else if (form.matches(".admin-form") && chosenFiles(form).length) {
      event.preventDefault();
      upload(form, event.submitter);
    }
  });

  for (const button of document.querySelectorAll("[data-confirm] button")) button.disabled = false;

  // The box in a list's head ticks all boxes, and tells when all are ticked.
  document.addEventListener("change", (event) => {
    const all = document.querySelector(".action-rowtoggle");
    const boxes = [...document.querySelectorAll(".action-checkbox")];
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    else if (boxes.includes(event.target)) all.checked = boxes.every((box) => box.checked);
  });

  // Uploads: sent in the background, so that there is something to see meanwhile.
  function chosenFiles(form) {
    return [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
  }

  function upload(form, submitter) {
    if (chosenFiles(form).some((file) => file.size > form.dataset.limit)) {
      finish(form, form.dataset.tooLarge);
      return;
    }
    const body = new FormData(form);
    if (submitter?.name) body.append(submitter.name, submitter.value);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => showProgress(form, loaded / total));
    request.addEventListener("load", () => {
      if (request.status < 400) showAnswer(request, form);
      else finish(form, sentence(request.responseText) || form.dataset.broken);
    });
    request.addEventListener("error", () => finish(form, form.dataset.broken));
    request.open("POST", form.action);
    request.send(body);
    showProgress(form, 0);
    form.querySelector(".upload-error").hidden = true;
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  }

  function showProgress(form, part) {
    const box = form.querySelector(".upload-progress");
    box.hidden = false;
    box.querySelector("progress").value = part;
    box.querySelector("output").value = `${form.dataset.uploading} ${Math.floor(part * 100)}%`;
  }

  function finish(form, message) {
    const box = form.querySelector(".upload-error");
    box.textContent = message;
    box.hidden = false;
    form.querySelector(".upload-progress").hidden = true;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }

  // The answer: another page is gone to, with the messages that came with it (they are told only once). The form
  // itself, saved or refused, takes this one's place; if refused, the files that were chosen stay chosen.
  function showAnswer(request, form) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    if (request.responseURL !== window.location.href.split("#")[0]) {
      const messages = [...page.querySelectorAll("main > .alert")].map((message) => message.outerHTML);
      window.sessionStorage.setItem("messages", messages.join(""));
      window.location.assign(request.responseURL);
      return;
    }
    const main = page.querySelector("main");
    const refused = main.querySelector(".is-invalid");
    if (refused) for (const input of form.querySelectorAll("input[type=file]")) {
      page.getElementById(input.id).files = input.files;
    }
    document.querySelector("main").replaceWith(main);
    window.faForm.applyGlobalStyles(main);
    window.scrollTo(0, 0);
    refused?.focus();
    refreshBadges();
  }

  function showKeptMessages() {
    const messages = window.sessionStorage.getItem("messages");
    window.sessionStorage.removeItem("messages");
    if (messages) document.querySelector("main").insertAdjacentHTML("afterbegin", messages);
  }

  // What the site's error page says.
  function sentence(html) {
    return new DOMParser().parseFromString(html, "text/html").querySelector(".notice h1 + p")?.textContent;
  }

  // Badges: ask for news of those that are not final yet.
  async function refreshBadges() {
    window.clearTimeout(polling);
    openReasons();
    const waiting = [...document.querySelectorAll("[data-upload][data-final='0']")];
    if (!waiting.length) return;
    const query = new URLSearchParams([...new Set(waiting.map((badge) => badge.dataset.upload))].map((id) => ["id", id]));
    try {
      const answer = await fetch(`${statusUrl}?${query}`, { headers: { Accept: "application/json" } });
      if (answer.ok) for (const state of await answer.json()) showState(state);
    } catch {
      // The site is away for a moment; ask again later.
    }
    polling = window.setTimeout(refreshBadges, POLL_MS);
  }

  function showState(state) {
    for (const badge of document.querySelectorAll(`[data-upload='${state.id}']`)) {
      badge.className = `status status-${state.status}`;
      badge.textContent = state.label;
      badge.title = state.reason;
      badge.dataset.final = state.final ? "1" : "0";
    }
    openReasons();
  }

  // A badge with a reason can be touched or tabbed to; the style then shows the reason.
  function openReasons() {
    for (const badge of document.querySelectorAll(".status")) badge.tabIndex = badge.title ? 0 : -1;
  }

  // Items of a page: dragged into order, or moved with the arrow keys on a handle, and saved at once.
  function makeSortable() {
    const list = document.querySelector("[data-reorder]");
    if (!list) return;
    window.Sortable.create(list, {
      handle: ".handle", animation: 150, forceFallback: true, onUpdate: () => saveOrder(list),
    });
    list.addEventListener("keydown", (event) => {
      const row = event.target.closest(".handle") && event.target.closest("tr");
      if (!row || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      if (event.key === "ArrowUp") row.previousElementSibling?.before(row);
      else row.nextElementSibling?.after(row);
      event.target.focus();
      saveOrder(list);
    });
  }

  async function saveOrder(list) {
    const rows = [...list.querySelectorAll("[data-item]")];
    const body = new URLSearchParams([["id", list.dataset.page], ...rows.map((row) => ["item", row.dataset.item])]);
    try {
      const answer = await fetch(list.dataset.reorder, { method: "POST", body, headers: { "X-CSRFToken": csrfToken } });
      if (!answer.ok) throw new Error(answer.statusText);
      rows.forEach((row, order) => { row.querySelector("[data-order]").textContent = order; });
    } catch {
      window.location.reload();
    }
  }

  showKeptMessages();
  makeSortable();
  refreshBadges();
})();
