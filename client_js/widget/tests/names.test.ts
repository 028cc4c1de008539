import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "../../ui/src/words/en.ts";
import { INTERNAL } from "../names.ts";

const ROOMS = join(import.meta.dirname, "../..");

test("no name that the build shortens is a browser's, a catalogue's, or one that a page may use", () => {
  const files = readdirSync(join(ROOMS, "node_modules/@typescript"), { recursive: true, encoding: "utf8" });
  const libraries = files
    .filter((file) => /lib\.(dom|es)[^/]*\.d\.ts$/.test(file))
    .map((file) => `node_modules/@typescript/${file}`);
  expect(libraries.length).toBeGreaterThan(50);
  const outside = [...libraries, "widget/README.md", "widget/src/api.ts", "widget/src/loader.ts", "sdk/src/wire.ts"];
  const known = new Set(outside.flatMap((file) => readFileSync(join(ROOMS, file), "utf8").match(/\w+/g) ?? []));
  for (const key of Object.keys(en)) known.add(key);
  expect(INTERNAL.filter((name) => known.has(name))).toEqual([]);
});
