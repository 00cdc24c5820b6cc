// Files for a page or for the library: each has a row in the tray until it is ready. On a page it becomes an item.
import { find } from "../dom.js";
import { filled } from "../frame.js";
import { hold, release } from "../leaving.js";
import { announce, showError } from "../messages.js";
import { ensureSignedIn } from "../session.js";
import { ask } from "./asking.js";
import { listen } from "./dropping.js";
import { placed } from "./folders.js";
import { fingerprint, forget, unfinished } from "./kept.js";
import { Sending } from "./sending.js";
import { listenToSlots, showProgress, tellSlot } from "./slot_files.js";
import { Row } from "./tray.js";

const section = find(HTMLElement, "#uploads");
const tray = find(HTMLElement, ".tray", section);
const template = find(HTMLTemplateElement, "template", section);
const end = find(HTMLElement, ".tray-end", section);
const { url = "", home = "", target = "", hasher = "", limit, tooLarge = "", broken = "" } = section.dataset;
/** @type {Record<string, string>} */
const words = JSON.parse(section.dataset.words ?? "{}");
/** @type {Record<string, string>} the words for a number of files, by its plural form */
const numbers = JSON.parse(section.dataset.numbers ?? "{}");
const site = { url, home, target: JSON.parse(target), hasher, limit: Number(limit), tooLarge, broken };
/** @type {Map<Sending, Row>} what is told of at the end */
const rows = new Map();
/** @type {Map<string, Row>} those that wait for their file, by fingerprint */
const missing = new Map();
/** The one that asks for its file. @type {import("./kept.js").Kept | undefined} */
let asking;
let refreshing = 0;

/** @typedef {{ file: File, place?: import("./kept.js").Place }} Wanted */

/**
 * @param {import("./dropping.js").Found[]} found
 */
async function receive(found) {
  const asked = asking;
  asking = undefined;
  const again = found.find(({ file }) => asked?.name === file.name && asked.size === file.size);
  if (again) await take([{ file: again.file, place: asked?.place }]);
  else if (found.length) await take(await placed(found, section, number));
}

/** @param {Wanted[]} wanted */
async function take(wanted) {
  if (!wanted.length) return;
  if (!(await ensureSignedIn())) {
    showError(words.signedOut ?? "");
    return;
  }
  if (!isGoing()) rows.clear();
  end.replaceChildren();
  announce(filled(words.taken, { files: number(wanted.length) }));
  /** @type {Promise<void> | undefined} */
  let before;
  for (const { file, place } of wanted) before = add(file, place, before) ?? before;
  refreshSoon();
}

/**
 * @param {File} file
 * @param {import("./kept.js").Place} [place]
 * @param {Promise<void>} [before] what it waits for
 * @returns what the next one of a folder waits for
 */
function add(file, place, before) {
  const key = fingerprint(home, file, place);
  const over = ["cancelled", "refused", "used"];
  if (!place || !("folder" in place)) over.push("sent"); // the page of a folder gets each file once
  if ([...rows.keys()].some((known) => known.key === key && !over.includes(known.step))) return undefined;
  const sending = new Sending(file, site, place, before);
  const row = new Row(template, words, named(file.name, place), file.size);
  const waiting = missing.get(key);
  if (waiting) waiting.element.replaceWith(row.element);
  else tray.append(row.element);
  missing.delete(key);
  rows.set(sending, row);
  row.on("pause", () => sending.pause());
  row.on("resume", () => sending.enqueue());
  row.on("cancel", () => sending.cancel());
  row.on("use", () => sending.useKnown());
  row.on("anyway", () => sending.sendAnyway());
  row.on("dismiss", () => {
    row.element.remove();
    rows.delete(sending);
    end.replaceChildren();
    tellEnd();
  });
  sending.addEventListener("change", () => show(sending, row));
  sending.addEventListener("created", () => refreshSoon(place));
  sending.enqueue();
  return place && "folder" in place ? sending.begun : undefined;
}

/**
 * @param {Sending} sending
 * @param {Row} row
 */
function show(sending, row) {
  const { step, upload } = sending;
  const isNew = row.element.dataset.step !== step;
  row.show(step, sending.arrived, sending.words);
  row.element.dataset.step = step;
  if (sending.place && "item" in sending.place) {
    const isOnItsWay = ["waits", "sends", "rests", "stopped"].includes(step);
    const { size, name } = sending.file;
    showProgress(sending.place, isOnItsWay ? sending.arrived / size : undefined, name);
  }
  if (!isNew) return;
  if (step === "cancelled") {
    row.element.remove();
    rows.delete(sending);
  }
  if (step === "asks") announce(`${sending.file.name}: ${sending.words}`);
  if (upload && ["sent", "used"].includes(step)) row.showBadge(upload);
  if (["sent", "used", "cancelled"].includes(step)) refreshSoon(sending.place);
  if (isGoing()) hold("files");
  else release("files");
  tellEnd();
}

/** Whether bytes are going or about to go: leaving the page would end that, or forget what has not begun. */
function isGoing() {
  const isOpen = (/** @type {Sending} */ { step, hasBegun }) =>
    ["waits", "sends"].includes(step) || (["asks", "rests", "stopped"].includes(step) && !hasBegun);
  return [...rows.keys()].some(isOpen);
}

/** One message when all is done. */
function tellEnd() {
  const ended = [...rows].map(([sending, row]) => outcome(sending, row));
  if (!ended.length || ended.includes("")) return;
  const count = (/** @type {string} */ which) => ended.filter((each) => each === which).length;
  const parts = ["ready", "here", "failed"].filter(count).map((each) => filled(words[each], { number: count(each) }));
  end.textContent = filled(words.end, { files: number(ended.length), outcome: parts.join(", ") });
  const wrong = [...rows].find(([sending, row]) => outcome(sending, row) === "failed")?.[1];
  if (wrong) {
    const link = document.createElement("a");
    wrong.element.id = "upload-wrong";
    Object.assign(link, { href: "#upload-wrong", textContent: words.why });
    end.append(" ", link);
  }
}

/**
 * What has become of a file; empty while that is open.
 *
 * @param {Sending} sending
 * @param {Row} row
 */
function outcome({ step }, row) {
  if (step === "used") return "here";
  if (["refused", "stopped"].includes(step)) return "failed";
  const badge = find(HTMLElement, ".status", row.element);
  if (step !== "sent" || badge.dataset.final !== "1") return "";
  return badge.classList.contains("status-completed") ? "ready" : "failed";
}

/**
 * @param {number} count
 * @param {Record<string, string>} [things] the words for them, if they are no files
 */
function number(count, things = numbers) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return filled(things[form] ?? things.other ?? "", { count });
}

/**
 * @param {string} name of the file
 * @param {import("./kept.js").Place} [place]
 */
function named(name, place) {
  return place ? filled(words.into, { name, title: place.title }) : name;
}

/** @param {import("./kept.js").Place} [place] */
function refreshSoon(place) {
  if (place && "item" in place) tellSlot(place);
  window.clearTimeout(refreshing);
  refreshing = window.setTimeout(() => document.dispatchEvent(new Event("changed")), 600);
}

/** What had begun before the page was loaded asks for its file. */
function recallAll() {
  for (const [key, kept] of unfinished(home)) {
    const row = new Row(template, words, named(kept.name, kept.place), kept.size);
    missing.set(key, row);
    row.on("choose", () => {
      asking = kept;
      find(HTMLInputElement, "#upload-files", section).click();
    });
    row.on("cancel", async () => {
      forget(key);
      missing.delete(key);
      row.element.remove();
      await ask("DELETE", kept.address, { "Tus-Resumable": "1.0.0" }).catch(() => {});
      refreshSoon(kept.place);
    });
    row.show("missing", 0, "");
    tray.append(row.element);
  }
}

section.hidden = false;
listen(section, receive);
listenToSlots((file, place) => take([{ file, place }]));
recallAll();
document.addEventListener("final", tellEnd);
window.addEventListener("online", () => {
  for (const sending of rows.keys()) if (sending.step === "stopped") sending.enqueue();
});
