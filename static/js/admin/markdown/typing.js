// What is typed as Markdown becomes what it means: "## " a heading, "- " a list, **words** strong. Backspace takes it back.
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from "./prosemirror.js";
import { schema } from "./schema.js";

const { marks, nodes } = schema;

/**
 * @param {RegExp} delimited what was typed, with the words as its last group
 * @param {import("./prosemirror.js").Mark} type
 */
function markRule(delimited, type) {
  return new InputRule(
    delimited,
    (
      /** @type {import("./prosemirror.js").State} */ state,
      /** @type {string[]} */ match,
      /** @type {number} */ start,
      /** @type {number} */ end,
    ) => {
      const [all, before, typed] = match;
      if (!state.doc.resolve(start).parent.type.allowsMarkType(type)) return null;
      const from = start + before.length;
      const kept = state.doc.resolve(end).marks();
      const transaction = state.tr.replaceWith(from, end, schema.text(typed, type.create().addToSet(kept)));
      return all ? transaction.removeStoredMark(type) : null;
    },
  );
}

export const typing = inputRules({
  rules: [
    textblockTypeInputRule(/^(#{1,6})\s$/, nodes.heading, (/** @type {string[]} */ match) => ({
      level: match[1].length,
    })),
    textblockTypeInputRule(/^```$/, nodes.code_block),
    wrappingInputRule(/^\s*>\s$/, nodes.blockquote),
    wrappingInputRule(/^\s*[-+*]\s$/, nodes.bullet_list),
    wrappingInputRule(
      /^(\d{1,9})[.)]\s$/,
      nodes.ordered_list,
      (/** @type {string[]} */ match) => ({ start: Number(match[1]) }),
      (/** @type {string[]} */ match, /** @type {import("./prosemirror.js").Node} */ list) =>
        list.childCount + list.attrs.start === Number(match[1]),
    ),
    markRule(/(^|[^*])\*\*([^*\s](?:[^*]*[^*\s])?)\*\*$/, marks.strong),
    markRule(/(^|[^*])\*([^*\s](?:[^*]*[^*\s])?)\*$/, marks.em),
    markRule(/(^|[^`])`([^`]+)`$/, marks.code),
    markRule(/(^|[^~])~~([^~]+)~~$/, marks.strike),
  ],
});
