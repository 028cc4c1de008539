import { defineConfig } from "vitest/config";
import { alias } from "./rooms.ts";

export default defineConfig({
  resolve: { alias },
  test: { include: ["*/tests/**/*.test.ts"], testTimeout: 20_000 },
});
