// Sending a form as a browser would, with what a script wants to know of it: where it led, and how much of it is sent.
import { hold, release } from "./leaving.js";
import { parsed } from "./messages.js";

/** What requests of a page's screen have. They get no more than a script takes. */
export const ASKS = { "X-Screen": "1" };

/**
 * An answer of the site to a form.
 *
 * @typedef {object} Answer
 * @property {string} url where it led
 * @property {number} status
 * @property {Document} page
 * @property {string} html
 */

/**
 * Send a form. It is refused if the site is not reached, or has a fault.
 *
 * @param {string} action
 * @param {FormData} body
 * @param {(part: number) => void} [progress] told how much is sent, from 0 to 1: the form has files
 * @returns {Promise<Answer>}
 */
export function post(action, body, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    if (progress) {
      hold("upload");
      request.upload.addEventListener("progress", ({ loaded, total }) => progress(loaded / total));
    }
    request.addEventListener("loadend", () => release("upload"));
    request.addEventListener("load", () => {
      const { status, responseURL: url, responseText: html } = request;
      if (status >= 500) reject(new Error(request.statusText));
      else resolve({ url, status, page: parsed(html), html });
    });
    request.addEventListener("error", () => reject(new Error("not reached")));
    request.open("POST", action);
    for (const [name, value] of Object.entries(ASKS)) request.setRequestHeader(name, value);
    request.send(body);
  });
}

/**
 * Whether a session has ended: what was sent leads to the sign-in, or its token is none any more.
 *
 * @param {Answer} answer
 */
export function isSignedOut({ url, status }) {
  return new URL(url).pathname.endsWith("/login") || status === 400;
}
