import { defineConfig } from "vitest/config";
import { alias } from "./rooms.ts";

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["*/tests/**/*.test.ts"],
    testTimeout: 20_000,
    // A process and a world of its own for each file took most of the time; files leave nothing behind for the next.
    pool: "threads",
    isolate: false,
  },
});
