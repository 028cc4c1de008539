/** The entry for staff, with all that it needs: so the client alone stays one file. */

import { defineConfig } from "vite";

export default defineConfig({
  build: {
    target: "es2022",
    emptyOutDir: false,
    lib: { entry: "src/views.ts", formats: ["es"], fileName: "views" },
    rolldownOptions: { output: { minify: { compress: true, mangle: true, codegen: { removeWhitespace: true } } } },
    sourcemap: true,
  },
});
