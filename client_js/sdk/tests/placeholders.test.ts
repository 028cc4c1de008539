import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fillIn } from "../src/views.ts";

interface Case {
  readonly text: string;
  readonly contact: string;
  readonly agent: string;
  readonly filled: string;
}

const FILE = new URL("../../../tests/placeholders.json", import.meta.url);
const cases = JSON.parse(readFileSync(FILE, "utf8")) as readonly Case[];

test.each(cases)("names are filled in and all else stays: $text [R149]", ({ text, filled, ...names }) => {
  expect(fillIn(text, names)).toBe(filled);
});
