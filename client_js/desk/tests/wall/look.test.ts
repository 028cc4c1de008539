import type { wire } from "@intervene/client";
import { describe, expect, test } from "vitest";
import { doingOf, inOrder, LOOK_AFTER, needsLook } from "../../src/places/wall/look.ts";
import { beginOf } from "../../src/places/wall/reading.ts";
import { bot, row } from "../kit.ts";

const NOW = 1_000_000;
const at = (id: string, change: Partial<wire.Row> = {}) => row(id, { holder: bot, ...change });
const silent = (id: string, ms: number) => at(id, { unanswered_since: NOW - ms, last_at: NOW - ms });

describe("a tile", () => {
  test("says what the bot does, and since when", () => {
    expect(doingOf(silent("a", 2000), true)).toEqual({ what: "writing", since: NOW - 2000 });
    expect(doingOf(silent("a", 2000), false)).toEqual({ what: "silent", since: NOW - 2000 });
    expect(doingOf(at("a", { last_at: NOW - 9 }), false)).toEqual({ what: "waiting", since: NOW - 9 });
    expect(doingOf(at("a"), true)).toEqual({ what: "writing", since: 0 });
  });

  test("needs a look once the customer has waited, and not while an answer is being written", () => {
    expect(needsLook(silent("a", LOOK_AFTER), false, NOW)).toBe(true);
    expect(needsLook(silent("a", LOOK_AFTER), true, NOW)).toBe(false);
    expect(needsLook(silent("a", LOOK_AFTER - 1), false, NOW)).toBe(false);
    expect(needsLook(at("a", { last_at: 1 }), false, NOW)).toBe(false);
  });
});

describe("the order of tiles", () => {
  test("is the longest unanswered first, then the newest", () => {
    const rows = [
      at("old", { last_at: NOW - 500 }),
      silent("long", LOOK_AFTER + 1),
      silent("just", 100),
      silent("longest", LOOK_AFTER + 9),
      at("new", { last_at: NOW - 50 }),
    ];
    const order = (tails: readonly string[] = []) =>
      inOrder(rows, new Map(tails.map((id) => [id, "You can"])), NOW).map(({ id }) => id);
    expect(order()).toEqual(["longest", "long", "new", "just", "old"]);
    expect(order(["longest"])).toEqual(["long", "new", "just", "old", "longest"]);
  });

  test("does not depend on the order that they came in", () => {
    const rows = ["b", "a", "c"].map((id) => at(id, { last_at: NOW }));
    expect(inOrder(rows, new Map(), NOW).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });
});

test("today and 7 days begin with a day of the reader", () => {
  const noon = new Date(2026, 10, 28, 12, 30).getTime();
  expect(beginOf("today", noon)).toBe(new Date(2026, 10, 28).getTime());
  expect(beginOf("week", noon)).toBe(new Date(2026, 10, 22).getTime());
});
