// Requests to `/uploads/` whose answers are JSON. A session that has ended is signed in again, and it is asked again.
import { noteMadeIn } from "../made.js";
import { ASKS } from "../posting.js";
import { csrfToken, ensureSignedIn } from "../session.js";

/**
 * What the site says of an upload.
 *
 * @typedef {object} Described
 * @property {import("../badges.js").State} upload
 * @property {number | null} item
 */

/** What the site refuses, in its words. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} words
   */
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

/**
 * @param {string} method
 * @param {string} address
 * @param {Record<string, string>} headers
 * @param {BodyInit} [body]
 * @param {boolean} [again] whether it is asked again after signing in
 * @returns {Promise<Response>}
 * @throws {Refused} if the site says no
 */
export async function ask(method, address, headers, body, again = true) {
  const answer = await fetch(address, {
    method,
    body,
    headers: { ...headers, "X-CSRFToken": csrfToken(), ...ASKS },
  });
  noteMadeIn(answer.headers.get("X-Made"));
  if (answer.ok) return answer;
  // (400: another tab has begun another session, and the token is of the one before.)
  if (again && [400, 401].includes(answer.status) && (await ensureSignedIn())) {
    return ask(method, address, headers, body, false);
  }
  throw new Refused(answer.status, words(await answer.text()));
}

/**
 * @param {string} address
 * @param {Record<string, unknown>} told
 * @returns {Promise<any>}
 */
export async function post(address, told) {
  const answer = await ask("POST", address, { "Content-Type": "application/json" }, JSON.stringify(told));
  return answer.json();
}

/**
 * The sentence in a refusal.
 *
 * @param {string} body
 * @returns {string}
 */
export function words(body) {
  try {
    return JSON.parse(body).detail ?? "";
  } catch {
    return "";
  }
}

/**
 * The value of the header `Upload-Metadata`.
 *
 * @param {Record<string, string>} told
 */
export function metadata(told) {
  const encoded = (/** @type {string} */ text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  return Object.entries(told)
    .map(([name, value]) => `${name} ${encoded(value)}`)
    .join(",");
}
