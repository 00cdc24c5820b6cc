// The poster is the picture that the player shows.
import { find } from "./dom.js";

const button = find(HTMLButtonElement, "[data-take]");
const form = find(HTMLFormElement, ".poster-form");
const player = document.querySelector("#preview");

if (player instanceof HTMLVideoElement) {
  button.hidden = false;
  button.addEventListener("click", () => {
    find(HTMLInputElement, "[name=moment]", form).value = player.currentTime.toFixed(3);
    form.requestSubmit(find(HTMLButtonElement, "[value=moment]", form));
  });
}
