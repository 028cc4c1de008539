import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { room } from "../rooms.ts";
import { base } from "../ui/src/styles/base.ts";
import { ownMark } from "../ui/src/styles/desk.ts";
import { tokens } from "../ui/src/styles/tokens.ts";

const page = (name: string) => join(import.meta.dirname, `${name}.html`);

/** Puts what `ui` has of the design into the pages' own style sheets: the first paint has it, before any script runs. */
const design: Plugin = {
  name: "intervene-design",
  enforce: "pre",
  transform(code, id) {
    return id.endsWith(".css") ? code.replace('@import "@intervene/ui";', `${tokens}\n${base}\n${ownMark}`) : undefined;
  },
};

const config = room({ index: page("index"), demo: page("demo"), developers: page("developers") });

export default defineConfig({ ...config, plugins: [design] });
