// The admin's scripts, in the order in which they listen.
import "./selects.js";
import "./questions.js";
import "./menus.js";
import "./focus.js";
import "./forms.js";
import "./drafts.js";
import "./badges.js";
import "./charts.js";
import "./unsaved.js";
import "./search.js";
import "./uploads/elsewhere.js";
