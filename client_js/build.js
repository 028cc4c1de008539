/** Builds what browsers load into `server/intervene/pages/`, one room after the other: each has a `vite.config.ts`. */

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const ROOT = import.meta.dirname;

rmSync(join(ROOT, "../server/intervene/pages"), { recursive: true, force: true });
for (const room of ["site", "desk", "widget"]) {
  if (existsSync(join(ROOT, room, "vite.config.ts"))) await build({ root: join(ROOT, room), logLevel: "warn" });
}
