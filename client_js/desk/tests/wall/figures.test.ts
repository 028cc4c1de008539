import { describe, expect, test } from "vitest";
import {
  byRate,
  histogramOf,
  hoursOf,
  incidentsOf,
  placeOf,
  quantile,
  rateOf,
  stepOf,
  summaryOf,
  type Takeover,
  ticksOf,
  timesOf,
} from "../../src/places/wall/figures.ts";

const HOUR = 3_600_000;

function takeover(change: Partial<Takeover> = {}): Takeover {
  const bot = { type: "bot", id: "billing", name: "Billing bot" } as const;
  return { conversation: "c-1", epoch: 2, at: 9 * HOUR, taken_from: bot, late: 0, seen_ms: 34, ...change };
}

const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);

describe("quantiles", () => {
  test("are values that were measured: the smallest that the share does not exceed", () => {
    expect(quantile(upTo(100), 0.5)).toBe(50);
    expect(quantile(upTo(100), 0.99)).toBe(99);
    expect(quantile(upTo(200), 0.99)).toBe(198);
    expect(quantile([7], 0.5)).toBe(7);
    expect(quantile([7], 0.99)).toBe(7);
    expect(quantile([1, 9], 0.5)).toBe(1);
    expect(quantile([], 0.5)).toBe(0);
  });

  test("are of the times that are known, however they came", () => {
    const takeovers = [90, -1, 10, 0].map((seen_ms) => takeover({ seen_ms }));
    expect(timesOf(takeovers)).toEqual([0, 10, 90]);
    expect(summaryOf(timesOf(takeovers))).toEqual({ p50: 10, p99: 90, slowest: 90 });
    expect(summaryOf([])).toBeNull();
  });
});

describe("axes", () => {
  test("have steps of 1, 2 or 5 times a power of ten, and as few as is asked", () => {
    expect([0, 1, 29, 31, 60, 100, 151, 3000, 60_000].map((end) => stepOf(end, 30))).toEqual([
      1, 1, 1, 2, 2, 5, 10, 100, 2000,
    ]);
    expect(ticksOf(131, 3)).toEqual([0, 50, 100, 150]);
    expect(ticksOf(150, 3)).toEqual([0, 50, 100, 150]);
    expect(ticksOf(0.4, 3)).toEqual([0, 1]);
  });

  test("keep what is outside of them at their ends", () => {
    expect([-5, 0, 50, 100, 150].map((value) => placeOf(value, 100, 372))).toEqual([0, 0, 186, 372, 372]);
    expect(placeOf(5, 0, 372)).toBe(0);
  });
});

describe("the histogram", () => {
  test("has each time once, in a bucket that it is in", () => {
    for (const times of [upTo(1), upTo(7), upTo(1000), [0, 0, 0.4, 3.2, 131.9], [...upTo(200), 60_000]]) {
      const { buckets, step, end, beyond } = histogramOf(times);
      expect(buckets.length).toBeLessThanOrEqual(31);
      expect(buckets.reduce((sum, { count }) => sum + count, beyond)).toBe(times.length);
      for (const { from, to, count } of buckets) {
        expect(to - from).toBe(step);
        expect(times.filter((ms) => ms >= from && ms < to)).toHaveLength(count);
      }
      expect(buckets.at(-1)?.to).toBe(end);
    }
  });

  test("stays readable beside one that took a minute, and does not hide it", () => {
    const { end, beyond } = histogramOf([...upTo(200), 60_000]);
    expect(end).toBeLessThan(300);
    expect(beyond).toBe(1);
  });

  test("reaches as far as the slowest where that is near", () => {
    const { end, beyond } = histogramOf([10, 20, 30]);
    expect(beyond).toBe(0);
    expect(end).toBeGreaterThan(30);
  });
});

describe("hours", () => {
  const hourOf = (at: number) => Math.floor(at / HOUR) % 24;

  test("go from the first that has takeovers to the last, over all days, with those between", () => {
    const hours = hoursOf(
      [
        takeover({ at: 9 * HOUR, seen_ms: 30 }),
        takeover({ at: (24 + 9) * HOUR, seen_ms: 90 }),
        takeover({ at: 11 * HOUR, seen_ms: -1 }),
      ],
      hourOf,
    );
    expect(hours).toEqual([
      { hour: 9, takeovers: 2, timed: 2, p50: 30, p99: 90 },
      { hour: 10, takeovers: 0, timed: 0, p50: 0, p99: 0 },
      { hour: 11, takeovers: 1, timed: 0, p50: 0, p99: 0 },
    ]);
    expect(hoursOf([], hourOf)).toEqual([]);
  });
});

describe("bots", () => {
  test("stand by how many of 100 conversations people take over", () => {
    const bot = (id: string, conversations: number, taken: number) => ({ bot: id, name: id, conversations, taken });
    const bots = [bot("often", 900, 38), bot("none", 0, 0), bot("most", 8, 4), bot("b", 10, 0), bot("a", 10, 0)];
    expect(byRate(bots).map((each) => each.bot)).toEqual(["most", "often", "a", "b", "none"]);
    expect(bots.map(rateOf)).toEqual([expect.closeTo(4.22, 2), 0, 50, 0, 0]);
  });

  test("that spoke after a takeover are incidents", () => {
    expect(incidentsOf([takeover(), takeover({ conversation: "c-2", late: 1 })])).toMatchObject([
      { conversation: "c-2" },
    ]);
  });
});
