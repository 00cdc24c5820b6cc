// One file on its way: it is hashed, created, sent, and goes on after whatever has cut it off.
import { statusUrl } from "../frame.js";
import { csrfToken, ensureSignedIn } from "../session.js";
import { vendored } from "../vendored.js";
import { ask, metadata, post, Refused, words as wordsOf } from "./asking.js";
import { digestOf } from "./hashing.js";
import { fingerprint, forget, recall, remember } from "./kept.js";

/**
 * `asks` whether a known file is to be used; `rests` after Pause; `stopped` by a fault; `sent`: the rest is the site's.
 *
 * @typedef {"waits" | "sends" | "asks" | "rests" | "stopped" | "refused" | "sent" | "used" | "cancelled"} Step
 */

/**
 * Where files are sent, and where they go.
 *
 * @typedef {object} Site
 * @property {string} url
 * @property {string} home whose files these are, for what the browser remembers: a page's id, `library`, or `pages`
 * @property {Record<string, string>} target where they go, as the site is told
 * @property {string} hasher the address of hash-wasm
 * @property {number} limit
 * @property {string} tooLarge
 * @property {string} broken
 */

const TUS = { "Tus-Resumable": "1.0.0" };
const FIRST = 2 ** 18; // bytes that tell what kind of file it is
const CHUNK = 64 * 2 ** 20;
const PATIENCE_MS = 3000; // for the digest; then the bytes go, and the verdict may still come
const PAUSES_MS = [0, 1000, 3000, ...Array(5000).fill(5000)];
const CREATION_PAUSES_MS = [500, 2000, 5000, 10_000, 0];
const AT_ONCE = 3;
const MOST_REFUSALS = 3; // of what should be right after signing in

/** @type {Set<Sending>} */
const active = new Set();
/** @type {Sending[]} */
const queue = [];

export class Sending extends EventTarget {
  /** @type {Step} */
  step = "waits";
  /** How many bytes have arrived. */
  arrived = 0;
  /** What there is to say about it. */
  words = "";
  /** @type {import("../badges.js").State | undefined} what the site says of it, once it knows of it */
  upload = undefined;
  /** @type {number | null} */
  item = null;
  #address = "";
  #digest = "";
  #isAsked = false; // whether the verdict is known, or not wanted
  #isUsed = false; // whether a known file is used without a question
  #refusals = 0;
  /** @type {() => void} */
  #begin = () => {};
  /** @type {any} */
  #tus = null;
  #token = crypto.randomUUID?.() ?? `${Math.random()}${Math.random()}`;

  /**
   * @param {File} file
   * @param {Site} site
   * @param {import("./kept.js").Place} [place] where it goes, if it is to be no new item
   * @param {Promise<void>} [before] what it waits for: so the files of a folder become items in their order
   */
  constructor(file, site, place, before) {
    super();
    this.before = before;
    /** The site has begun to take it, or it is left for now. @type {Promise<void>} */
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.file = file;
    this.site = site;
    this.place = place;
    this.key = fingerprint(site.home, file, place);
    this.#address = recall(this.key)?.address ?? "";
  }

  /** Whether the site has begun to take it: then the browser remembers it. */
  get hasBegun() {
    return this.#address !== "";
  }

  /** Have it sent when it is its turn. */
  enqueue() {
    this.#be("waits");
    queue.push(this);
    next();
  }

  pause() {
    this.#tus?.abort();
    this.#leave("rests");
  }

  async cancel() {
    this.#leave("cancelled");
    await this.#takeBack();
  }

  /** Show the file that is here already, and take back what was sent. */
  async useKnown() {
    try {
      await this.#takeBack();
      const told = { digest: this.#digest, filename: this.file.name, ...this.#target() };
      this.#know(await post(`${this.site.url}use`, told));
      this.#leave("used");
    } catch (error) {
      this.#stop(error);
    }
  }

  sendAnyway() {
    this.#isAsked = true;
    this.enqueue();
  }

  /** Called by the queue alone. */
  async run() {
    this.#be("sends");
    try {
      if (this.file.size > this.site.limit) throw new Refused(413, this.site.tooLarge);
      const verdict = this.#address || this.#isAsked ? Promise.resolve() : this.#ask();
      if (this.#isOfFolder) await verdict;
      else await Promise.race([verdict, new Promise((resolve) => window.setTimeout(resolve, PATIENCE_MS))]);
      await this.before;
      if (this.#isUsed && this.step === "sends") {
        await this.useKnown();
        return;
      }
      for (const pause of CREATION_PAUSES_MS) {
        if (this.step !== "sends" || this.#address) break;
        await this.#create().catch((error) => this.#wait(error, pause));
      }
      if (this.step === "sends") this.#send();
    } catch (error) {
      this.#stop(error);
    }
  }

  /**
   * Wait before the creation is sent again, which creates no second upload.
   *
   * @param {unknown} error
   * @param {number} pause in milliseconds; none if it was the last time
   */
  async #wait(error, pause) {
    if (!pause || (error instanceof Refused && !isPassing(error.status))) throw error;
    this.words = this.site.broken;
    this.#tell();
    await new Promise((resolve) => window.setTimeout(resolve, pause));
  }

  /** Whether the bytes are here already. */
  async #ask() {
    try {
      this.#digest = (await digestOf(this.file, this.site.hasher)) ?? "";
      this.#isAsked = true;
      const told = { digest: this.#digest, ...this.#target() };
      const { known } = this.#digest ? await post(`${this.site.url}known`, told) : { known: null };
      if (!known || this.step !== "sends") return;
      if (known.there) await this.#passOver(known.words);
      else if (this.#isOfFolder) this.#isUsed = true;
      else {
        this.#tus?.abort();
        this.words = known.words;
        this.#leave("asks");
      }
    } catch {
      // Without a verdict it is sent.
    }
  }

  /**
   * It is already where it goes.
   *
   * @param {string} said
   */
  async #passOver(said) {
    this.#tus?.abort();
    await this.#takeBack();
    this.upload = undefined;
    this.words = said;
    this.#leave("used");
  }

  async #create() {
    const { home, url } = this.site;
    const headers = {
      ...TUS,
      "Content-Type": "application/offset+octet-stream",
      "Upload-Length": String(this.file.size),
      "Upload-Metadata": metadata({ filename: this.file.name, token: this.#token, ...this.#target() }),
    };
    const answer = await ask("POST", url, headers, this.file.slice(0, FIRST));
    const described = await answer.json();
    if (described.known) {
      await this.#passOver(described.known.words);
      return;
    }
    this.#address = new URL(answer.headers.get("Location") ?? "", window.location.href).pathname;
    this.#know(described);
    this.#begin();
    const { name, size } = this.file;
    if (["cancelled", "used"].includes(this.step)) await this.#takeBack();
    else remember(this.key, { address: this.#address, home, place: this.place, name, size, at: Date.now() });
    this.dispatchEvent(new Event("created"));
  }

  get #isOfFolder() {
    return this.place !== undefined && "folder" in this.place;
  }

  /** @returns {Record<string, string>} */
  #target() {
    if (!this.place) return this.site.target;
    const { title: _, ...target } = this.place;
    return target;
  }

  #send() {
    this.#tus = new vendored.tus.Upload(this.file, {
      uploadUrl: this.#address,
      chunkSize: CHUNK,
      retryDelays: PAUSES_MS,
      storeFingerprintForResuming: false,
      onBeforeRequest: (/** @type {any} */ request) => request.setHeader("X-CSRFToken", csrfToken()),
      onShouldRetry: (/** @type {any} */ error) => this.#isRetried(error),
      onProgress: (/** @type {number} */ arrived) => {
        this.arrived = arrived;
        this.words = "";
        this.#tell();
      },
      onChunkComplete: () => {
        this.#refusals = 0;
      },
      onSuccess: () => this.#arrive(),
      onError: (/** @type {any} */ error) => this.#failed(error),
    });
    this.#tus.start();
  }

  /**
   * Whether it is tried again after a pause. Until then it is said why.
   *
   * @param {any} error of tus
   */
  #isRetried(error) {
    if (!isPassing(status(error))) return false;
    this.words = said(error) || this.site.broken;
    this.#tell();
    return true;
  }

  async #arrive() {
    forget(this.key);
    this.arrived = this.file.size;
    if (!this.upload) {
      // It was created before the page was loaded.
      const number = this.#address.split("/").pop();
      const answer = await fetch(`${statusUrl}?upload=${number}`).catch(() => null);
      this.upload = answer?.ok ? (await answer.json())[0] : undefined;
    }
    this.#leave("sent");
  }

  /** @param {any} error of tus */
  async #failed(error) {
    const code = status(error);
    this.#refusals += 1;
    if ([400, 401].includes(code) && this.#refusals < MOST_REFUSALS && (await ensureSignedIn())) {
      this.#tus.start();
    } else if ([404, 410].includes(code)) {
      forget(this.key); // given up, or of another editor: it begins anew
      this.#address = "";
      this.#token += "2";
      this.enqueue();
    } else {
      this.#stop(new Refused(code, said(error)));
    }
  }

  async #takeBack() {
    const address = this.#address;
    forget(this.key);
    this.#address = "";
    if (address) await ask("DELETE", address, TUS).catch(() => {}); // the site gives it up by itself
  }

  /** @param {unknown} error */
  #stop(error) {
    const is = error instanceof Refused ? error : new Refused(0, "");
    this.words = is.message || this.site.broken;
    this.#leave([403, 413, 415, 422].includes(is.status) ? "refused" : "stopped");
  }

  /** @param {import("./asking.js").Described} described */
  #know({ upload, item }) {
    this.upload = upload;
    this.item = item;
  }

  /** @param {Step} step */
  #be(step) {
    if (this.step === "cancelled") return;
    if (["waits", "sends"].includes(step)) this.words = "";
    this.step = step;
    if (step === "sends") active.add(this);
    this.#tell();
  }

  /** @param {Step} step */
  #leave(step) {
    active.delete(this);
    this.#begin();
    if (queue.includes(this)) queue.splice(queue.indexOf(this), 1);
    this.#be(step);
    next();
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

function next() {
  while (active.size < AT_ONCE && queue.length) queue.shift()?.run();
}

/** @param {any} error */
function said(error) {
  return wordsOf(error.originalResponse?.getBody() ?? "");
}

/** @param {any} error */
function status(error) {
  return error.originalResponse?.getStatus() ?? 0;
}

/**
 * Whether it may be other the next time: the connection was lost, the site restarts, another request has the file.
 *
 * @param {number} code
 */
function isPassing(code) {
  return [0, 409, 423, 429, 500, 502, 503, 504].includes(code);
}
