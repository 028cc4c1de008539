import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { room } from "../rooms.ts";
import { tokens } from "../ui/src/styles/tokens.ts";

const page = (name: string) => join(import.meta.dirname, `${name}.html`);

/** The design's values as a style sheet of a page: its first paint has colours, before any script runs. */
const tokensInSheets: Plugin = {
  name: "intervene-tokens",
  enforce: "pre",
  transform(code, id) {
    return id.endsWith(".css") ? code.replace('@import "@intervene/ui/tokens";', tokens.cssText) : undefined;
  },
};

const config = room({ index: page("index"), demo: page("demo"), developers: page("developers") });

export default defineConfig({ ...config, plugins: [tokensInSheets] });
