// The admin's forms: edits are not lost by leaving, and files are sent in the background, so that there is something to
// see meanwhile.
"use strict";

(() => {
  const { admin } = window;

  // (By jQuery, because select boxes tell it alone of a change.)
  window.jQuery(document).on("input change", ".admin-form", () => admin.hold("edits"));

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-cancel]")) for (const reason of ["edits", "upload"]) admin.release(reason);
  });

  // Whatever is sent, it is first made sure that it will be taken: the session may have ended while one was writing.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    event.preventDefault();
    form.dataset.sent = "1";
    if (!(await admin.ensureSignedIn())) delete form.dataset.sent;
    else if (form.matches(".admin-form") && chosenFiles(form).length) upload(form, event.submitter);
    else send(form, event.submitter);
  });

  // As the browser does it, which would ask the page's listeners once more.
  function send(form, submitter) {
    if (form.matches(".admin-form")) admin.release("edits");
    const pressed = document.createElement("input");
    Object.assign(pressed, { type: "hidden", name: submitter?.name ?? "", value: submitter?.value ?? "" });
    form.append(pressed);
    HTMLFormElement.prototype.submit.call(form);
    pressed.remove();
  }

  function chosenFiles(form) {
    return [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
  }

  function upload(form, submitter) {
    if (chosenFiles(form).some((file) => file.size > form.dataset.limit)) {
      finish(form, form.dataset.tooLarge);
      return;
    }
    const body = new FormData(form);
    if (submitter?.name) body.append(submitter.name, submitter.value);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => showProgress(form, loaded / total));
    // The session has ended since it was looked at: sign in and send it once more, the files are still chosen.
    const again = async () => {
      finish(form, admin.words.signedOut);
      if (await admin.ensureSignedIn()) upload(form, submitter);
    };
    request.addEventListener("load", () => {
      if (new URL(request.responseURL).pathname.endsWith("/login")) again();
      else if (request.status < 400) showAnswer(request, form);
      else finish(form, admin.sentence(request.responseText) || form.dataset.broken);
    });
    request.addEventListener("error", async () => {
      if (await admin.isSignedOut()) again();
      else finish(form, form.dataset.broken);
    });
    request.open("POST", form.action);
    request.send(body);
    admin.hold("upload");
    admin.announce(form.dataset.uploading);
    showProgress(form, 0);
    form.querySelector(".upload-error").hidden = true;
    setEditable(form, false);
  }

  function showProgress(form, part) {
    const box = form.querySelector(".upload-progress");
    box.hidden = false;
    box.querySelector("progress").value = part;
    box.querySelector("output").value = `${form.dataset.uploading} ${Math.floor(part * 100)}%`;
  }

  // What would be changed now would not be sent any more.
  function setEditable(form, is) {
    for (const part of form.querySelectorAll("fieldset, button")) part.disabled = !is;
  }

  function finish(form, message) {
    const box = form.querySelector(".upload-error");
    box.textContent = message;
    box.hidden = false;
    form.querySelector(".upload-progress").hidden = true;
    setEditable(form, true);
    admin.release("upload");
    delete form.dataset.sent;
  }

  // The answer: another page is gone to, with the messages that came with it (they are told only once). The form
  // itself, saved or refused, takes this one's place; if refused, the files that were chosen stay chosen.
  function showAnswer(request, form) {
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    for (const reason of ["edits", "upload"]) admin.release(reason);
    if (request.responseURL !== window.location.href.split("#")[0]) {
      const messages = [...page.querySelectorAll("main > .alert")].map((message) => message.outerHTML);
      window.sessionStorage.setItem("messages", messages.join(""));
      window.location.assign(request.responseURL);
      return;
    }
    const main = page.querySelector("main");
    const refused = firstRefused(main);
    if (refused || main.querySelector("[name=form_token]")?.value === form.elements.form_token.value) {
      admin.hold("edits");
      for (const input of form.querySelectorAll("input[type=file]")) page.getElementById(input.id).files = input.files;
    }
    document.querySelector("main").replaceWith(main);
    window.faForm.applyGlobalStyles(main);
    window.scrollTo(0, 0);
    focusOn(refused ?? main);
    admin.refreshBadges();
    admin.forgetSaved();
  }

  // The first field with an error, or the first one that somebody else has changed.
  function firstRefused(part) {
    return part.querySelector("input.is-invalid, select.is-invalid, textarea.is-invalid, .theirs input");
  }

  // (What has the focus of a select box lies beside its field.)
  function focusOn(part) {
    (document.querySelector(`#s2id_${part.id} .select2-focusser`) ?? part).focus();
  }

  // After all scripts, the last of which makes the select boxes.
  window.addEventListener("load", () => window.jQuery(() => {
    const refused = firstRefused(document);
    if (refused) focusOn(refused);
  }));

  const messages = window.sessionStorage.getItem("messages");
  window.sessionStorage.removeItem("messages");
  if (messages) document.querySelector("main").insertAdjacentHTML("afterbegin", messages);
})();
