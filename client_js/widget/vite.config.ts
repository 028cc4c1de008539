import { join } from "node:path";
import { build, defineConfig, minifySync, type Plugin } from "vite";
import { alias, PAGES, room } from "../rooms.ts";
import { INTERNAL } from "./names.ts";

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
      .replace(/= css`([^`]*)`/g, (_, sheet: string) => `= /* @__PURE__ */ unsafeCSS(\`${denseSheet(sheet)}\`)`)
      .replace(/= `([^`$]*)`/g, (_, sheet: string) => `= \`${denseSheet(sheet)}\``);
  },
};

function denseSheet(text: string): string {
  return text
    .replace(/\/\*.*?\*\//gs, "")
    .replace(/\s*([{};,>])\s*/g, "$1")
    .replace(/:\s+/g, ":")
    .replace(/ !important/g, "!important")
    .replaceAll(";}", "}")
    .trim();
}

/**
 * What no page with a chat needs: Vite's helper that preloads the style sheets of a dynamic import (there are none), the
 * acts of staff, and what Lit says to programmers of templates, who have it in the other rooms.
 */
const lean: Plugin = {
  name: "intervene-lean",
  load(id) {
    if (id.includes("preload-helper")) return "export const __vitePreload = (load) => load();";
    return id.endsWith("/sdk/src/staff.ts") ? "export class StaffConversation {}" : null;
  },
  transform: (code, id) => (/\/lit-html\/.*\.js$/.test(id) ? code.replace(/Error\("[^"]+"\)/g, "Error()") : null),
};

/** Shortens the names that nobody outside the chat's module uses: ours, and Lit's own (`_$AH`). */
const short: Plugin = {
  name: "intervene-short",
  renderChunk(code, { name }) {
    if (name !== "chat") return null;
    const include = new RegExp(`^(_\\$.*|${INTERNAL.join("|")})$`);
    return minifySync("chat.js", code, { module: true, compress: false, mangle: false, mangleProps: { include } }).code;
  },
};

const config = room({ chat: CHAT });

export default defineConfig({
  ...config,
  plugins: [dense, lean, short, loader],
  resolve: {
    alias: [
      ...Object.entries(alias).map(([find, replacement]) => ({ find, replacement })),
      { find: /^lit$/, replacement: join(import.meta.dirname, "src/lit.ts") },
    ],
  },
});
