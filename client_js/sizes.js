/**
 * Checks what browsers load of the desk: how large it is, packed, and what waits until it is opened. Prints each of
 * what is too large or too early; exits 1 if there is any.
 */

import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const ROOT = import.meta.dirname;
const SIGN_IN_BYTES = 112 * 1024;
const ON_DEMAND_BYTES = 20 * 1024;
/** Modules that no sign-in loads: the plots, every other place, each page of the settings, the palette, the panel. */
const ON_DEMAND = [
  /^desk\/src\/palette\/palette\.ts$/,
  /^desk\/src\/places\/(?!index|place|shown)/,
  /^desk\/src\/views\/context(-card)?\.ts$/,
  /^desk\/src\/contacts\//,
];

const { output } = await build({ root: join(ROOT, "desk"), logLevel: "error", build: { write: false } });
const chunks = new Map(output.filter(({ type }) => type === "chunk").map((chunk) => [chunk.fileName, chunk]));
const entry = [...chunks.values()].find(({ isEntry }) => isEntry);
const atOnce = withImports(entry.fileName);
const problems = [];

for (const id of atOnce.flatMap((name) => chunks.get(name).moduleIds)) {
  const module = relative(ROOT, id);
  if (ON_DEMAND.some((early) => early.test(module))) problems.push(`the sign-in loads ${module}`);
}
check("the sign-in", atOnce, SIGN_IN_BYTES);
const ways = [...chunks.values()].filter(({ isDynamicEntry }) => isDynamicEntry);
if (ways.length < 14) problems.push(`only ${ways.length} parts are loaded on demand`);
for (const { fileName } of ways) {
  const more = withImports(fileName).filter((name) => !atOnce.includes(name));
  check(fileName, more, ON_DEMAND_BYTES);
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);

function withImports(name, seen = new Set()) {
  if (seen.has(name)) return [];
  seen.add(name);
  return [name, ...chunks.get(name).imports.flatMap((each) => withImports(each, seen))];
}

function check(what, names, most) {
  const bytes = names.reduce((sum, name) => sum + gzipSync(chunks.get(name).code, { level: 9 }).length, 0);
  if (bytes > most) problems.push(`${what} loads ${bytes} bytes, packed: more than ${most}`);
}
