// A list shows what has been uploaded into it, and the badges of what is on its way.
import { refreshBadges, refreshLive } from "../badges.js";

document.addEventListener("changed", async () => {
  await refreshLive();
  refreshBadges();
});
