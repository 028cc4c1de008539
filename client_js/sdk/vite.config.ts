import { defineConfig } from "vite";

/** Names of properties that only modules of this package use among themselves: none is a program's or the wire's. */
const INTERNAL =
  /^(abandon|adopt|adopted|another|beginAnew|burst|closed|connect|countOf|expire|followed|hangUp|hold|hurry|idOf|ifDead|isControl|isStaff|isVisitor|isWaiting|joined|keepAll|lastToken|left|noToken|noticed|numberOf|offered|offline|online|opened|outbox|perSecond|probed|readdress|receive|received|refused|rewind|said|sleep|streamOf|take|tick|visible|wake|wakeAt|wallClock)$/;

export default defineConfig({
  build: {
    target: "es2022",
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index" },
    rolldownOptions: {
      output: {
        // Vite leaves white space in a library; what a page without a bundler loads has none, and there is a source map.
        minify: {
          compress: true,
          mangle: true,
          mangleProps: { include: INTERNAL },
          codegen: { removeWhitespace: true },
        },
      },
    },
    sourcemap: true,
  },
});
