// Styles: stylelint's standard rules, and that what has a name in tokens.css is called by it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TOKENS = "static/css/shared/tokens.css";
/** What the values of which tokens may not be written out in. */
const PROPERTIES = {
  space: "/^(margin|padding|inset|(row-|column-)?gap)/",
  text: "/^font(-size)?$/",
  radius: "/radius$/",
  control: "/^(min-)?(width|height)$/",
  duration: "/^(transition|animation)/",
};

const written = readFileSync(new URL(TOKENS, import.meta.url), "utf8");
/** @type {Record<string, RegExp[]>} */
const disallowed = { "/^(border|outline)/": [/^1px solid var\(--line\)$/, /^3px double var\(--line\)$/] };
for (const [, group, value] of written.matchAll(/^ {2}--([a-z]+)[a-z0-9-]*: ([\d.]+[a-z]+|clamp\(.+\));$/gm)) {
  const properties = PROPERTIES[group];
  if (!properties) continue;
  const literal = value.replace(/[.()]/g, "\\$&");
  disallowed[properties] = [...(disallowed[properties] ?? []), new RegExp(`(?<![\\w.])${literal}(?!\\w)`)];
}

export default {
  extends: [fileURLToPath(new URL(".venv/npm/node_modules/stylelint-config-standard/index.js", import.meta.url))],
  reportNeedlessDisables: true,
  rules: {
    "color-named": "never",
    "color-no-hex": true,
    "function-disallowed-list": ["rgb", "rgba", "hsl", "hsla"],
    "declaration-property-value-disallowed-list": [
      disallowed,
      { message: (property, value) => `"${value}" of ${property} has a name in ${TOKENS}` },
    ],
    // Browsers that know these only by their older names are in use.
    "property-no-vendor-prefix": [true, { ignoreProperties: ["mask", "text-size-adjust"] }],
    "media-feature-range-notation": "prefix",
    "import-notation": "string",
    "selector-not-notation": "simple",
    // Names that Flask-Admin, Swagger UI and ReDoc bring.
    "selector-class-pattern": null,
    "selector-id-pattern": null,
    // Rules stand in the order of what they are about.
    "no-descending-specificity": null,
    "custom-property-empty-line-before": null,
    "declaration-empty-line-before": null,
  },
  overrides: [
    {
      files: [TOKENS],
      rules: {
        "color-no-hex": null,
        "function-disallowed-list": null,
        "declaration-property-value-disallowed-list": null,
        "value-keyword-case": ["lower", { ignoreProperties: ["/^--/"] }],
      },
    },
  ],
};
