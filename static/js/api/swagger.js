// Starts Swagger UI on the specification that the page names.

/** Swagger UI, from the script before this one. */
const { SwaggerUIBundle } = /** @type {any} */ (window);
const place = /** @type {HTMLElement} */ (document.getElementById("swagger-ui"));
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);

dress();
dark.addEventListener("change", dress);

// Swagger UI's own layout, but within the page's <main>, and with a heading between the title's and the tags'; without
// the links in its buttons.
const accessible = (/** @type {any} */ { React: { createElement } }) => ({
  components: {
    PageLayout: (/** @type {any} */ { getComponent }) => {
      const part = (/** @type {string} */ name) => createElement(getComponent(name, true));
      const row = (/** @type {string} */ name) =>
        createElement(
          "div",
          { className: "wrapper" },
          createElement("section", { className: "block col-12" }, part(name)),
        );
      return createElement(
        "div",
        { className: "swagger-ui" },
        part("SvgAssets"),
        part("errors"),
        row("InfoContainer"),
        createElement("div", { className: "scheme-container" }, row("ServersContainer")),
        createElement("h2", { className: "unseen" }, "Operations"),
        row("operations"),
        row("Models"),
      );
    },
  },
  wrapComponents: {
    DeepLink:
      () =>
      (/** @type {any} */ { text }) =>
        createElement("span", {}, text),
  },
});

// What it draws lacks a name, a way to scroll by keyboard, and has landmarks where there are none.
const mend = () => {
  place.querySelector("#servers")?.setAttribute("aria-label", "Server");
  for (const example of place.querySelectorAll("pre.microlight")) example.setAttribute("tabindex", "0");
  for (const table of place.querySelectorAll("table[role=region]")) table.removeAttribute("role");
};
new MutationObserver(mend).observe(place, { childList: true, subtree: true });

SwaggerUIBundle({
  url: place.dataset.spec,
  domNode: place,
  deepLinking: true,
  validatorUrl: null, // the badge would ask another host
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [accessible],
  layout: "PageLayout",
  syntaxHighlight: { theme: "tomorrow-night" },
});
