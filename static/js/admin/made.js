// The revisions that changes of this screen have made: what can be undone.

/**
 * Tell of the revisions that an answer's address names, and take them out of it.
 *
 * @param {URL} address
 */
export function noteMade(address) {
  const made = address.searchParams.get("made");
  address.searchParams.delete("made");
  if (made) document.dispatchEvent(new CustomEvent("made", { detail: made.split(".") }));
}

/**
 * Tell of the revisions that an answer names in its head.
 *
 * @param {string | null} made
 */
export function noteMadeIn(made) {
  if (made) document.dispatchEvent(new CustomEvent("made", { detail: made.split(".") }));
}
