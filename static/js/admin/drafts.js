// What is written in a form and not saved yet is kept in the browser, and offered when the form is opened again: after
// a crash, a reload, or a session that ended. It goes when it is saved, and all of it when its editor signs out.
"use strict";

(() => {
  const { admin } = window;
  const { savedUrl } = document.currentScript.dataset;
  const PREFIX = `draft ${document.getElementById("sign-in").dataset.owner} `;
  const PAUSE_MS = 400;
  const KEPT_MS = 5 * 24 * 3600 * 1000; // the site knows for a week which forms are saved
  const NOT_KEPT = ["csrf_token", "form_token", "theirs", ""];
  let waiting;
  let signsOut = false;

  function editForm() {
    return document.querySelector("main .admin-form");
  }

  // One for each row, and for each page that an item is added to.
  function key() {
    const { pathname, searchParams } = new URL(window.location.href);
    return `${PREFIX}${pathname} ${searchParams.get("id") ?? searchParams.get("page") ?? ""}`;
  }

  function fields(form) {
    return [...form.elements].filter((field) => !NOT_KEPT.includes(field.name ?? "") && !["file", "submit", "button"].includes(field.type));
  }

  // Each field's value; of a select box that asks the server also what it shows.
  function content(form) {
    return Object.fromEntries(fields(form).map((field) => [
      field.name,
      field.type === "checkbox" ? field.checked : [field.value, window.jQuery(field).data("select2")?.data()?.text],
    ]));
  }

  function keep() {
    const form = editForm();
    if (!form) return;
    const draft = { token: form.elements.form_token.value, at: Date.now(), content: content(form) };
    try {
      window.localStorage.setItem(key(), JSON.stringify(draft));
    } catch {
      // No room, or not allowed: the form works all the same.
    }
  }

  function drafts() {
    const found = [];
    for (const name of Object.keys(window.localStorage).filter((each) => each.startsWith(PREFIX))) {
      try {
        const draft = JSON.parse(window.localStorage.getItem(name));
        if (draft.at < Date.now() - KEPT_MS) throw new Error("too old");
        found.push([name, draft]);
      } catch {
        window.localStorage.removeItem(name);
      }
    }
    return found;
  }

  // What the site has saved is no draft any more.
  async function forgetSaved() {
    const found = drafts();
    if (!found.length) return;
    try {
      const answer = await fetch(`${savedUrl}?${new URLSearchParams(found.map(([, draft]) => ["token", draft.token]))}`);
      const saved = answer.ok && !answer.redirected ? await answer.json() : [];
      for (const [name, draft] of found) if (saved.includes(draft.token)) window.localStorage.removeItem(name);
    } catch {
      // The site is away: they are asked about later.
    }
  }

  async function offer() {
    await forgetSaved();
    const form = editForm();
    const draft = form && drafts().find(([name]) => name === key())?.[1];
    if (!draft || draft.token === form.elements.form_token.value || isSame(draft, form)) return;
    const box = document.getElementById("draft").content.firstElementChild.cloneNode(true);
    const today = new Date(draft.at).toDateString() === new Date().toDateString();
    const time = new Date(draft.at).toLocaleString(document.documentElement.lang, {
      timeStyle: "short",
      ...(today ? {} : { dateStyle: "medium" }),
    });
    box.querySelector("p").textContent = admin.words.draft.replace("{time}", time);
    box.querySelector("[data-restore]").addEventListener("click", () => {
      restore(draft, form);
      box.remove();
      admin.announce(admin.words.restored);
    });
    box.querySelector("[data-discard]").addEventListener("click", () => {
      window.localStorage.removeItem(key());
      box.remove();
    });
    form.before(box);
  }

  function isSame(draft, form) {
    const hidden = ["version", "form_seen"];
    const now = content(form);
    return Object.keys(now).every((name) => hidden.includes(name) || JSON.stringify(now[name]) === JSON.stringify(draft.content[name]));
  }

  // With the version that it was written from: if somebody else has saved the row since, saving tells.
  function restore(draft, form) {
    for (const field of fields(form)) {
      const value = draft.content[field.name];
      if (value === undefined) continue;
      if (field.type === "checkbox") field.checked = value;
      else if (value[1] !== undefined && value[1] !== null) window.jQuery(field).select2("data", { id: value[0], text: value[1] });
      else [field.value] = value;
    }
    admin.hold("edits");
    keep();
  }

  // (By jQuery, because select boxes tell it alone of a change.)
  window.jQuery(document).on("input change", "main .admin-form", () => {
    signsOut = false;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(keep, PAUSE_MS);
  });
  window.addEventListener("pagehide", () => {
    if (admin.isHeld("edits") && !signsOut) keep();
  });
  document.addEventListener("submit", (event) => {
    if (event.target === editForm()) keep();
    if (!event.target.matches("[data-sign-out]")) return;
    signsOut = true;
    window.clearTimeout(waiting);
    for (const [name] of drafts()) window.localStorage.removeItem(name);
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-cancel]")) window.localStorage.removeItem(key());
  });

  admin.forgetSaved = forgetSaved;
  offer();
})();
