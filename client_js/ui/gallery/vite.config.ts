import { join } from "node:path";
import { defineConfig } from "vite";
import { room } from "../../rooms.ts";

/** For development and tests only; the folder to build to is given on the command line. */
export default defineConfig({ ...room({ index: join(import.meta.dirname, "index.html") }), base: "./" });
