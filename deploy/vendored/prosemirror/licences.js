// The licences of all packages that are in the bundle, and of which each is a version.
import { readdirSync, readFileSync } from "node:fs";

const UNBUNDLED = /^(esbuild$|@esbuild|argparse$|\.)/; // argparse is for the command line of markdown-it
const folders = readdirSync("node_modules").flatMap((name) =>
  name.startsWith("@") ? readdirSync(`node_modules/${name}`).map((part) => `${name}/${part}`) : [name],
);
for (const name of folders.filter((each) => !UNBUNDLED.test(each)).sort()) {
  const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const file = readdirSync(`node_modules/${name}`).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(`node_modules/${name}/${file}`, "utf8").trim() : "";
  process.stdout.write(`${name} ${version} (${license})\n\n${text}\n\n${"-".repeat(72)}\n\n`);
}
