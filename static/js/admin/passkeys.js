// Passkeys are made by the browser. The form then sends what it has made.
import { find } from "./dom.js";

const form = find(HTMLFormElement, "[data-passkey]");
const made = find(HTMLInputElement, "[name=passkey]", form);
const button = find(HTMLButtonElement, "button", form);
const error = find(HTMLElement, "[role=alert]", form);

if ("PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential) button.disabled = false;
else error.hidden = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch(form.dataset.passkey ?? "", { headers: { Accept: "application/json" } });
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await answer.json());
    const passkey = await navigator.credentials.create({ publicKey });
    if (!(passkey instanceof PublicKeyCredential)) throw new TypeError("no passkey");
    made.value = JSON.stringify(passkey.toJSON());
    form.submit();
  } catch {
    error.textContent = error.dataset.failed ?? "";
    error.hidden = false;
  }
});
