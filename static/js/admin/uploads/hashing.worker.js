// Hashes a file with BLAKE3, away from the page, which stays quick. It is a classic worker because the library is a
// classic script. The answer with this script allows WebAssembly; the pages do not.
const PART = 4 * 2 ** 20;
const scope = /** @type {any} */ (self);

scope.addEventListener("message", async (/** @type {MessageEvent<{ file: File, library: string }>} */ { data }) => {
  const { file, library } = data;
  scope.importScripts(library);
  const hasher = await scope.hashwasm.createBLAKE3();
  for (let start = 0; start < file.size; start += PART) {
    hasher.update(new Uint8Array(await file.slice(start, start + PART).arrayBuffer()));
  }
  scope.postMessage(hasher.digest("hex"));
});
