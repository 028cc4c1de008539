/** Only so many questions are asked at once. */

import { expect, it } from "vitest";
import { Turns } from "../src/core/turns.ts";

it("asks two at once, the others in their order, and goes on after a refusal", async () => {
  const turns = new Turns(2);
  const asked: number[] = [];
  const ends: (() => void)[] = [];
  const take = (n: number) =>
    turns.take(async () => {
      asked.push(n);
      await new Promise<void>((resolve, reject) => {
        ends[n] = n === 0 ? () => reject(new Error("no")) : resolve;
      });
      return n;
    });
  const all = [0, 1, 2, 3].map((n) => take(n).catch(() => -1));
  await Promise.resolve();
  expect(asked).toEqual([0, 1]);
  ends[0]?.();
  await all[0];
  expect(asked).toEqual([0, 1, 2]);
  ends[1]?.();
  await all[1];
  expect(asked).toEqual([0, 1, 2, 3]);
  ends[2]?.();
  ends[3]?.();
  expect(await Promise.all(all)).toEqual([-1, 1, 2, 3]);
});
