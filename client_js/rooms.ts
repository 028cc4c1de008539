/** How every room is built and tested: packages of the workspace are taken from their sources. */

import { join } from "node:path";
import type { UserConfig } from "vite";

const ROOT = import.meta.dirname;

/** Where the server finds the pages that it serves, and the widget's files. */
export const PAGES = join(ROOT, "../server/intervene/pages");

export const alias = {
  "@intervene/client/views": join(ROOT, "sdk/src/views.ts"),
  "@intervene/client": join(ROOT, "sdk/src/index.ts"),
  "@intervene/ui": join(ROOT, "ui/src/index.ts"),
  "@intervene/widget": join(ROOT, "widget/src/index.ts"),
};

/** A room's build: its entries go to the top of `PAGES`, everything else to `assets/` under a name with a hash. */
export function room(input: Record<string, string>): UserConfig {
  return {
    base: "/",
    resolve: { alias },
    build: {
      target: "es2022",
      outDir: PAGES,
      emptyOutDir: false, // the rooms share it, and `build.js` has emptied it
      modulePreload: false,
      assetsInlineLimit: 0, // a policy without `data:` is enough
      rolldownOptions: { input },
    },
  };
}
