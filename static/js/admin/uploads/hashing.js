// The digest of a file, made in a worker. One file at a time: two would only share the disk and the processor.
const worker = new URL("./hashing.worker.js", import.meta.url);
const START_MS = 10_000;
const SLOWEST = 20_000; // bytes a millisecond; a tenth of what is usual

/** @type {Promise<unknown>} */
let before = Promise.resolve();

/**
 * The digest in hexadecimal; nothing if it takes too long, or cannot be made here.
 *
 * @param {File} file
 * @param {string} library the address of hash-wasm
 * @returns {Promise<string | undefined>}
 */
export function digestOf(file, library) {
  const digest = before.then(() => hash(file, library));
  before = digest;
  return digest;
}

/**
 * @param {File} file
 * @param {string} library
 * @returns {Promise<string | undefined>}
 */
function hash(file, library) {
  return new Promise((resolve) => {
    /** @type {Worker} */
    let hasher;
    /** @param {string} [digest] */
    const end = (digest) => {
      window.clearTimeout(limit);
      hasher?.terminate();
      resolve(digest);
    };
    const limit = window.setTimeout(end, START_MS + file.size / SLOWEST);
    try {
      hasher = new Worker(worker);
      hasher.addEventListener("message", ({ data }) => end(data));
      hasher.addEventListener("error", () => end());
      hasher.postMessage({ file, library });
    } catch {
      end();
    }
  });
}
