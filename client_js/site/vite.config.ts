import { join } from "node:path";
import { defineConfig } from "vite";
import { room } from "../rooms.ts";

const page = (name: string) => join(import.meta.dirname, `${name}.html`);

export default defineConfig(room({ demo: page("demo") }));
