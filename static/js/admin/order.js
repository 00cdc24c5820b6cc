// Items of a page: dragged into order, or moved with the arrow keys on a handle, and saved at once.
"use strict";

(() => {
  const { admin } = window;
  const KEYS_MS = 400; // a key that is held down moves many times
  const list = document.querySelector("[data-reorder]");
  if (!list) return;

  let saved = order();
  let saving = false;
  let waiting;

  window.Sortable.create(list, { handle: ".handle", animation: 150, forceFallback: true, onUpdate: () => saveSoon(0) });

  list.addEventListener("keydown", (event) => {
    const row = event.target.closest(".handle") && event.target.closest("tr");
    if (!row || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "ArrowUp") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    event.target.focus();
    const values = { title: row.dataset.title, place: rows().indexOf(row) + 1, number: rows().length };
    admin.announce(admin.words.moved.replace(/\{(\w+)\}/g, (_, name) => values[name]));
    saveSoon(KEYS_MS);
  });

  function rows() {
    return [...list.querySelectorAll("[data-item]")];
  }

  function order() {
    return rows().map((row) => row.dataset.item);
  }

  function saveSoon(milliseconds) {
    admin.hold("order");
    window.clearTimeout(waiting);
    waiting = window.setTimeout(save, milliseconds);
  }

  // One request at a time, so that the last order is the one that stays.
  async function save() {
    if (saving) return;
    saving = true;
    let refused = false;
    while (String(order()) !== String(saved)) {
      const wanted = order();
      const refusal = await send(wanted);
      if (refusal) {
        for (const item of saved) list.append(rows().find((row) => row.dataset.item === item));
        await showNow();
        refused = true;
        admin.showError(refusal);
      } else {
        saved = wanted;
        document.getElementById("error")?.remove();
      }
    }
    if (!refused) rows().forEach((row, place) => { row.querySelector("[data-order]").textContent = place + 1; });
    saving = false;
    admin.release("order");
  }

  // The items as they are now, should somebody else have moved, added or deleted some.
  async function showNow() {
    try {
      const answer = await fetch(window.location.href);
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...(page.querySelector("[data-reorder]")?.children ?? []));
      saved = order();
      admin.enableConfirmed(list);
      admin.refreshBadges();
    } catch {
      // The site is away: what was there stays.
    }
  }

  // What was wrong; nothing if all went well.
  async function send(items) {
    const body = new URLSearchParams([
      ["id", list.dataset.page],
      ...items.map((item) => ["item", item]),
      ...saved.map((item) => ["was", item]),
    ]);
    const post = () => fetch(list.dataset.reorder, { method: "POST", body, headers: { "X-CSRFToken": admin.csrfToken() } });
    try {
      let answer = await post();
      if ((answer.redirected || answer.status === 400) && (await admin.ensureSignedIn())) answer = await post();
      if (answer.redirected) return admin.words.signedOut;
      return answer.ok ? "" : admin.sentence(await answer.text()) || admin.words.notSaved;
    } catch {
      return admin.words.notSaved;
    }
  }
})();
