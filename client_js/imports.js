/**
 * Checks that imports run one way: sdk <- ui <- {widget, desk, site}, and that the SDK's core has no I/O.
 * Prints each import that does not; exits 1 if there is one.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = import.meta.dirname;
const MAY_IMPORT = { sdk: [], ui: ["sdk"], widget: ["sdk", "ui"], desk: ["sdk", "ui"], site: ["sdk", "ui", "widget"] };
const PACKAGES = {
  "@intervene/client": "sdk",
  "@intervene/client/views": "sdk",
  "@intervene/ui": "ui",
  "@intervene/widget": "widget",
};
/** What has I/O, a clock or a random number in it. `Link.wallClock` alone names the clock, as a default. */
const IMPURE =
  /\b(fetch|WebSocket|indexedDB|navigator|document|window|setTimeout|setInterval|Math\.random|performance)\b/;

const problems = [];
for (const [room, allowed] of Object.entries(MAY_IMPORT)) {
  for (const file of sources(join(ROOT, room, "src"))) check(file, room, allowed);
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);

function check(file, room, allowed) {
  const text = readFileSync(file, "utf8");
  const name = relative(ROOT, file);
  const isCore = name.startsWith("sdk/src/core/");
  for (const [, from] of text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"/gm)) {
    const other = from.startsWith(".") ? relative(ROOT, join(file, "..", from)).split("/")[0] : PACKAGES[from];
    const isOutside = other === undefined && room === "sdk";
    if (isOutside) problems.push(`${name} imports ${from}: the SDK has no dependencies`);
    if (other !== undefined && other !== room && !allowed.includes(other)) problems.push(`${name} imports ${from}`);
    const isDeep = from.startsWith("../") && !from.endsWith("/wire.ts");
    if (isCore && isDeep) problems.push(`${name} imports ${from}: the core imports the core and the wire only`);
  }
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|"[^"\n]*"|'[^'\n]*'/gm, "");
  const found = isCore ? IMPURE.exec(code) : null;
  if (found) problems.push(`${name} uses ${found[0]}: the core has no I/O, clock or random number`);
}

function sources(folder) {
  try {
    return readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name));
  } catch {
    return []; // a room that is not built yet
  }
}
