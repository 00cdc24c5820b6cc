// Who else has this page open. What they change is shown here soon after.
import { find } from "./dom.js";
import { filled } from "./frame.js";
import { renew } from "./renewing.js";
import { csrfToken } from "./session.js";

const BEAT_MS = 15_000;
const box = find(HTMLOutputElement, "#people");
const { page = "" } = find(HTMLElement, "[data-reorder]").dataset;
/** @type {number | null | undefined} */
let known;
let beat = 0;

async function say() {
  window.clearTimeout(beat);
  if (document.hidden) return;
  try {
    const body = new URLSearchParams({ id: page });
    const headers = { "X-CSRFToken": csrfToken() };
    const answer = await fetch(box.dataset.url ?? "", { method: "POST", body, headers });
    if (answer.ok && !answer.redirected) show(await answer.json());
  } catch {
    // The site is away: who is there is said when it is back.
  }
  beat = window.setTimeout(say, BEAT_MS);
}

/** @param {{ people: string[], revision: number | null }} told */
function show({ people, revision }) {
  const words = people.length > 1 ? box.dataset.many : box.dataset.one;
  box.hidden = !people.length;
  box.value = people.length ? filled(words ?? "", { people: people.join(", ") }) : "";
  if (known !== undefined && revision !== known && people.length) renew();
  known = revision;
}

document.addEventListener("visibilitychange", say);
window.addEventListener("pagehide", () => {
  navigator.sendBeacon(box.dataset.url ?? "", new URLSearchParams({ id: page, gone: "1", csrf_token: csrfToken() }));
});
say();
