// Signing in with a passkey: the browser asks for it, and the form sends what it has signed.

const form = document.querySelector("form[data-passkey]");
const button = document.querySelector("[data-use-passkey]");

if (
  form instanceof HTMLFormElement &&
  button instanceof HTMLElement &&
  "PublicKeyCredential" in window &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential
) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      const answer = await fetch(form.dataset.passkey ?? "", { headers: { Accept: "application/json" } });
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await answer.json());
      const passkey = await navigator.credentials.get({ publicKey });
      if (!(passkey instanceof PublicKeyCredential)) return;
      const signed = document.createElement("input");
      signed.type = "hidden";
      signed.name = "passkey";
      signed.value = JSON.stringify(passkey.toJSON());
      form.append(signed);
      form.submit();
    } catch {
      // The browser has said what was wrong, or it was given up: the password is still there.
    }
  });
}
