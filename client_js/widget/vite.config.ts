import { join } from "node:path";
import { build, defineConfig, type Plugin } from "vite";
import { alias, PAGES, room } from "../rooms.ts";

const CHAT = join(import.meta.dirname, "src/chat.ts");
const LOADER = join(import.meta.dirname, "src/loader.ts");

/** Builds `widget.js` once it is known what the chat's module is called: a classic script that leaves no name behind. */
const loader: Plugin = {
  name: "intervene-loader",
  async writeBundle(_, bundle) {
    const chat = Object.values(bundle).find((file) => file.type === "chunk" && file.facadeModuleId === CHAT);
    await build({
      configFile: false,
      logLevel: "warn",
      plugins: [dense],
      define: { CHAT: JSON.stringify(chat?.fileName) },
      build: {
        target: "es2022",
        outDir: PAGES,
        emptyOutDir: false,
        lib: { entry: LOADER, formats: ["iife"], name: "intervene", fileName: () => "widget.js" },
      },
    });
  },
};

/**
 * Templates and style sheets are strings: what is there for people who read the source would be sent. A sheet becomes a
 * call of which the build knows that it can be left out where the sheet is not used.
 */
const dense: Plugin = {
  name: "intervene-dense",
  enforce: "pre",
  transform(code, id) {
    if (!/\/client_js\/(ui|widget)\/.*\.ts$/.test(id)) return null;
    const text = code.replace(/\n[ \t]+/g, "\n");
    if (!/\/styles[/.]/.test(id)) return text;
    return text
      .replace('import { css } from "lit"', 'import { unsafeCSS } from "lit"')
      .replace(/= css`([^`]*)`/g, "= /* @__PURE__ */ unsafeCSS(`$1`)")
      .replace(/\s*([{};,])\s*/g, "$1")
      .replace(/:\s+/g, ":");
  },
};

/** The name of a dynamic import in the chat is enough: Vite's helper would preload style sheets, and there are none. */
const noPreload: Plugin = {
  name: "intervene-no-preload",
  load: (id) => (id.includes("preload-helper") ? "export const __vitePreload = (load) => load();" : null),
};

const config = room({ chat: CHAT });

export default defineConfig({
  ...config,
  plugins: [dense, noPreload, loader],
  resolve: {
    alias: [
      ...Object.entries(alias).map(([find, replacement]) => ({ find, replacement })),
      { find: /^lit$/, replacement: join(import.meta.dirname, "src/lit.ts") },
    ],
  },
});
