// Whether one is still signed in is asked before anything is sent. If not, one signs in over the page, which stays as
// it is: what was written, and the files that were chosen.
import { refreshBadges } from "./badges.js";
import { find, findAll } from "./dom.js";
import { filled, words } from "./frame.js";
import { hideError, sentence, showError } from "./messages.js";

/**
 * What `/login/session` says.
 *
 * @typedef {object} Session
 * @property {string | null} email nobody is signed in if there is none
 * @property {string} csrf_token
 */

const dialog = find(HTMLDialogElement, "#sign-in");
const form = find(HTMLFormElement, "form", dialog);
const error = find(HTMLElement, "[role=alert]", dialog);
const email = find(HTMLInputElement, "[name=email]", form);
const password = find(HTMLInputElement, "[name=password]", form);
const code = find(HTMLInputElement, "[name=code]", form);
const { url = "" } = dialog.dataset;
let { owner = "" } = dialog.dataset;
/** @type {(session?: Session) => void} */
let signedIn = () => {}; // ends the wait for the dialog
/** @type {Promise<Session | undefined>} */
let waiting; // for it, while it is open

/** @returns {Promise<Session>} */
async function state() {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

/** Whether what is sent now is sent by whoever opened the page. If not, it is said why. */
export async function ensureSignedIn() {
  /** @type {Session | undefined} */
  let now;
  try {
    now = await state();
  } catch {
    showError(words.notReached);
    return false;
  }
  useToken(now.csrf_token);
  if (!now.email) now = await signIn();
  if (!now?.email) {
    showError(words.signedOut);
    return false;
  }
  useToken(now.csrf_token);
  hideError();
  if (now.email === owner) return true;
  showError(filled(words.otherPerson, { email: now.email, owner }));
  owner = now.email;
  return false;
}

export async function isSignedOut() {
  try {
    return !(await state()).email;
  } catch {
    return false;
  }
}

function tokenInHead() {
  return find(HTMLMetaElement, "meta[name=csrf-token]");
}

export function csrfToken() {
  return tokenInHead().content;
}

/** @param {string} token */
function useToken(token) {
  tokenInHead().content = token;
  for (const input of findAll(HTMLInputElement, "[name=csrf_token]")) input.value = token;
}

/** The session that was signed in to; nothing if it was given up. */
function signIn() {
  if (dialog.open) return waiting;
  error.hidden = true;
  email.value ||= owner;
  password.value = "";
  code.value = "";
  dialog.showModal();
  password.focus();
  waiting = new Promise((resolve) => {
    signedIn = resolve;
  });
  return waiting;
}

/** @returns {Promise<Session | undefined>} */
async function send() {
  const post = () =>
    fetch(url, {
      method: "POST",
      body: new URLSearchParams({ email: email.value, password: password.value, code: code.value }),
      headers: { "X-CSRFToken": csrfToken() },
    });
  try {
    let answer = await post();
    if (answer.status === 400) {
      useToken((await state()).csrf_token); // another tab has begun another session
      answer = await post();
    }
    if (answer.ok) return answer.json();
    const text = await answer.text();
    if (answer.status !== 401) refuse(sentence(text) || words.notReached);
    else {
      const { detail, needs_code } = JSON.parse(text);
      refuse(detail, needs_code);
    }
  } catch {
    refuse(words.notReached);
  }
  return undefined;
}

/**
 * @param {string} text
 * @param {boolean} [needsCode] the password was right, and the code is not, or not there yet
 */
function refuse(text, needsCode = false) {
  error.textContent = text;
  error.hidden = false;
  find(HTMLElement, "[data-code]", form).hidden = !needsCode;
  (needsCode ? code : password).select();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const now = await send();
  if (!now) return;
  signedIn(now);
  dialog.close();
  refreshBadges();
});
find(HTMLElement, "[data-close]", dialog).addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => signedIn());
