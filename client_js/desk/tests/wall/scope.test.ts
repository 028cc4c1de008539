// @vitest-environment happy-dom
import type { wire } from "@intervene/client";
import { expect, test } from "vitest";
import { sumsOf } from "../../src/places/wall/scope.ts";

test("the sums are those of the queue that is shown, and of all where none is chosen", () => {
  const counts = {
    waiting: 3,
    agent: 2,
    bot: 9,
    queues: { disputes: { waiting: 1, bot: 4 } },
  } as unknown as wire.Counts;
  expect(sumsOf(counts, "")).toEqual({ waiting: 3, agent: 2, bot: 9 });
  expect(sumsOf(counts, "disputes")).toEqual({ waiting: 1, agent: 0, bot: 4 });
  expect(sumsOf(counts, "empty")).toEqual({ waiting: 0, agent: 0, bot: 0 });
});
