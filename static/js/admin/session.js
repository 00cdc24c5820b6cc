// Whether one is still signed in is asked before anything is sent. If not, one signs in over the page, which stays as
// it is: what was written, and the files that were chosen.
"use strict";

(() => {
  const { admin } = window;
  const dialog = document.getElementById("sign-in");
  const form = dialog.querySelector("form");
  const error = dialog.querySelector("[role=alert]");
  let { owner } = dialog.dataset;
  let signedIn; // ends the wait for the dialog
  let waiting; // for it, while it is open

  async function state() {
    const answer = await fetch(dialog.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.json();
  }

  // Whether what is sent now is sent by whoever opened the page. If not, it is said why.
  async function ensureSignedIn() {
    let now;
    try {
      now = await state();
    } catch {
      admin.showError(admin.words.notReached);
      return false;
    }
    useToken(now.csrf_token);
    if (!now.email) now = await signIn();
    if (!now) {
      admin.showError(admin.words.signedOut);
      return false;
    }
    useToken(now.csrf_token);
    document.getElementById("error")?.remove();
    if (now.email === owner) return true;
    const names = { email: now.email, owner };
    admin.showError(admin.words.otherPerson.replace(/\{(\w+)\}/g, (_, name) => names[name]));
    owner = now.email;
    return false;
  }

  async function isSignedOut() {
    try {
      return !(await state()).email;
    } catch {
      return false;
    }
  }

  function csrfToken() {
    return document.querySelector("meta[name=csrf-token]").content;
  }

  function useToken(token) {
    document.querySelector("meta[name=csrf-token]").content = token;
    for (const input of document.querySelectorAll("[name=csrf_token]")) input.value = token;
  }

  // The state of the session that was signed in to; nothing if it was given up.
  function signIn() {
    if (dialog.open) return waiting;
    error.hidden = true;
    form.elements.email.value ||= owner;
    form.elements.password.value = "";
    dialog.showModal();
    form.elements.password.focus();
    waiting = new Promise((resolve) => { signedIn = resolve; });
    return waiting;
  }

  async function send() {
    const post = async () => fetch(dialog.dataset.url, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-CSRFToken": csrfToken() },
    });
    try {
      let answer = await post();
      if (answer.status === 400) { // another tab has begun another session
        useToken((await state()).csrf_token);
        answer = await post();
      }
      if (answer.ok) return answer.json();
      const text = await answer.text();
      showError(answer.status === 401 ? JSON.parse(text).detail : admin.sentence(text) || admin.words.notReached);
    } catch {
      showError(admin.words.notReached);
    }
    return undefined;
  }

  function showError(text) {
    error.textContent = text;
    error.hidden = false;
    form.elements.password.select();
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const now = await send();
    if (!now) return;
    signedIn(now);
    dialog.close();
    admin.refreshBadges();
  });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => signedIn());

  Object.assign(admin, { ensureSignedIn, isSignedOut, csrfToken });
})();
