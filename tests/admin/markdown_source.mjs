// Answers questions about texts, a line each: what source.js makes of them. A test asks.
import { createInterface } from "node:readline";
import { argv, stdout } from "node:process";

const { Source } = await import(argv[2]);
const { write } = await import(argv[2].replace("source.js", "writer.js"));

/** @type {Record<string, (source: any, question: any) => unknown>} */
const ANSWERS = {
  // The text after nothing was done; and each block: where its source stands, and how it is written anew.
  keep(source, { text }) {
    const doc = source.read(text);
    const blocks = [];
    doc.forEach((node) => {
      const origin = source.origins.get(node.attrs.origin);
      const isSource = node.type.name === "opaque";
      if (origin) blocks.push({ text: origin.text, isSource, anew: isSource ? null : write(node, [], source.references).text });
    });
    return { text: source.write(doc), blocks, named: source.references };
  },
  // The text after a word was put at the start of a block's text.
  edit(source, { text, place, word }) {
    const doc = source.read(text);
    let at = 0;
    for (let before = 0; before < place; before += 1) at += doc.child(before).nodeSize;
    let start = null;
    doc.child(place).descendants((node, within) => {
      if (start === null && node.isTextblock) start = at + 1 + within + 1;
      return start === null;
    });
    if (doc.child(place).isTextblock) start = at + 1;
    if (start === null) return null;
    const { schema } = doc.type;
    const put = doc.resolve(start).parent;
    const content = put.content.constructor.from(schema.text(word)).append(put.content);
    return source.write(replaced(doc, put, put.copy(content)));
  },
  // The text after a block was taken away.
  remove(source, { text, place }) {
    const doc = source.read(text);
    const left = [];
    doc.forEach((node, _, number) => number === place || left.push(node));
    return left.length ? source.write(doc.copy(doc.content.constructor.from(left))) : null;
  },
};

function replaced(doc, old, fresh) {
  const map = (node) => {
    if (node === old) return fresh;
    if (node.isTextblock || node.isLeaf) return node;
    const children = [];
    node.forEach((child) => children.push(map(child)));
    return node.copy(node.content.constructor.from(children));
  };
  return map(doc);
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  stdout.write(`${JSON.stringify(ANSWERS[question.ask](new Source(), question))}\n`);
}
