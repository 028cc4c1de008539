import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { customerReader, ThreadItems } from "../src/index.ts";

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../tests/transcripts/takeover-as-customer.json"), "utf8"),
);

test("the seed scene reads: said, cut, joined, answered", () => {
  const items = new ThreadItems(customerReader());
  const events = [
    ...golden.frames[0].events,
    ...golden.frames.slice(1).filter((frame: { type: string }) => frame.type === "event"),
  ];
  const view = { events, stream: null, state: golden.view.state, number: 6, more: false, isWhole: true };
  const input = { view, isLive: true, times: { dayOf: () => "2026-05-29" } };
  const list = items.next(input);
  expect(list.map((item) => (item.type === "message" ? `${item.by.kind} ${item.form}` : item.type))).toEqual([
    "day",
    "you whole",
    "bot interrupted",
    "handover",
    "other whole",
  ]);
  expect(items.next(input)).toBe(list);
});
