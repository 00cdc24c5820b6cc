// Over each field of Markdown an editor opens in which one sees what one gets. What it takes is fetched when there is such
// a field. Without this script the field is a text field, which it stays for the form.
import { jQuery, vendored } from "../vendored.js";

jQuery(document).one("adminFormReady", () =>
  vendored.faForm.addFieldConverter((field, type) => {
    if (type !== "markdown") return false;
    import("./editor.js").then(({ edit }) => edit(field[0])).catch(() => {}); // the text field is there
    return true;
  }),
);
