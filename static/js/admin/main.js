// What the admin's pages share: questions before deleting, bulk actions, what holds an editor back, what is announced.
"use strict";

window.admin = (() => {
  const { words, statusUrl } = document.currentScript.dataset;
  const holds = new Set();

  // Select boxes that ask the server speak the editor's language.
  const said = JSON.parse(words);
  Object.assign(window.jQuery.fn.select2.defaults, {
    formatNoMatches: () => said.noMatches,
    formatSearching: () => said.searching,
    formatLoadMore: () => said.searching,
  });

  // Days that a list is filtered by are chosen in the browser's own calendar.
  window.jQuery(document).one("adminFormReady", () => window.faForm.addFieldConverter((field, type) => {
    if (type !== "date") return false;
    field.attr("type", "date");
    return true;
  }));

  // Reasons why the browser asks before the page is left.
  const ask = (event) => event.preventDefault();
  function hold(reason) {
    if (!holds.size) window.addEventListener("beforeunload", ask);
    holds.add(reason);
  }
  function release(reason) {
    holds.delete(reason);
    if (!holds.size) window.removeEventListener("beforeunload", ask);
  }

  function isHeld(reason) {
    return holds.has(reason);
  }

  // Said to those who do not see it.
  function announce(text) {
    document.getElementById("news").textContent = text;
  }

  function showError(text) {
    document.getElementById("error")?.remove();
    const box = document.createElement("div");
    Object.assign(box, { id: "error", className: "alert alert-danger", role: "alert", textContent: text });
    document.querySelector("main").prepend(box);
    box.scrollIntoView({ block: "nearest" });
  }

  // What the site's error page says.
  function sentence(html) {
    return new DOMParser().parseFromString(html, "text/html").querySelector(".notice h1 + p")?.textContent;
  }

  // Questions: a form or button with data-confirm sends only after a yes. Without this script such buttons stay off.
  // And once is enough: what was sent is not sent again by a second click.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (form.dataset.none && !document.querySelector(`[form="${form.id}"]:checked`)) {
      event.preventDefault();
      window.alert(form.dataset.none);
    } else if (form.dataset.sent || (question && !window.confirm(question))) {
      event.preventDefault();
    }
  });
  window.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && event.target.method === "post") event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  function enableConfirmed(part) {
    for (const button of part.querySelectorAll("[data-confirm] button")) button.disabled = false;
  }
  enableConfirmed(document);

  // The box in a list's head ticks all boxes, and tells when all are ticked.
  document.addEventListener("change", (event) => {
    const all = document.querySelector(".action-rowtoggle");
    const boxes = [...document.querySelectorAll(".action-checkbox")];
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    else if (boxes.includes(event.target)) all.checked = boxes.every((box) => box.checked);
  });

  return { words: said, statusUrl, hold, release, isHeld, announce, showError, sentence, enableConfirmed };
})();
