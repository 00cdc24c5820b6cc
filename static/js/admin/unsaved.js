// The overview names the forms whose texts are kept in this browser, since the site has not saved them: there was no
// connection, or somebody else had changed the same.
import { unsaved } from "./drafts.js";
import { filled } from "./frame.js";

const list = document.querySelector("[data-unsaved]");

/** @param {HTMLElement} needs */
async function tell(needs) {
  for (const { path, id, title } of await unsaved()) {
    const link = document.createElement("a");
    link.className = "wrong";
    link.href = `${path}?${path.endsWith("/new/") ? "page" : "id"}=${id}`;
    link.textContent = filled(needs.dataset.unsaved ?? "", { title: title || "—" });
    const row = document.createElement("li");
    row.append(link);
    needs.append(row);
    needs.querySelector(".nothing")?.remove();
  }
}

if (list instanceof HTMLElement) tell(list);
