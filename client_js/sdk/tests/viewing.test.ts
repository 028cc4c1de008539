/** Views over a connection that comes and goes: what is asked, and what is shown meanwhile. */

import { describe, expect, test } from "vitest";
import { MOST_ROWS } from "../src/core/rows.ts";
import type { Frame } from "../src/core/states.ts";
import { Viewing } from "../src/core/viewing.ts";
import type * as wire from "../src/wire.ts";

const ALL = "list=all";

function row(n: number): wire.Row {
  return {
    organisation: "acme",
    id: `c-${n}`,
    epoch: 1,
    seq: 1,
    contact: { type: "contact", id: `v-${n}`, name: "" },
    channel: "webchat",
    holder: { type: "nobody" },
    is_open: true,
    since: n,
    asked: 1,
    answered: 0,
    last_at: n,
    waiting_since: n,
  };
}

function page(from: number, to: number, more = false): wire.ViewShown {
  const rows = Array.from({ length: to - from }, (_, n) => row(from + n));
  return { type: "view", view: ALL, filter: {}, rows, continued: from > 0, more };
}

function sent(viewing: Viewing): readonly string[] {
  return viewing.take().flatMap((effect) => (effect.do === "send" ? [effect.frame.type] : []));
}

function refusal(code: wire.ErrorCode, retry_after = 0): Frame {
  return { type: "error", code, message: "No.", view: ALL, retry_after };
}

/** With a view of so many rows on the screen. */
function opened(rows = 50, more = false): Viewing {
  const viewing = new Viewing();
  viewing.open({});
  viewing.joined();
  viewing.receive(page(0, Math.min(rows, 50), more || rows > 50), 0);
  if (rows > 50) viewing.receive(page(50, rows, more), 0);
  viewing.take();
  return viewing;
}

describe("views on a connection", () => {
  test("what is opened before there is a connection is asked with it, once", () => {
    const viewing = new Viewing();
    expect(viewing.open({})).toBe(ALL);
    viewing.open({ list: "all" });
    expect(sent(viewing)).toEqual([]);
    viewing.joined();
    expect(sent(viewing)).toEqual(["open_view"]);
  });

  test("after an outage a view is what it was until as many rows are here again", () => {
    const viewing = opened(120);
    const before = viewing.view(ALL)?.shown;
    viewing.left();
    expect(viewing.view(ALL)).toMatchObject({ isLive: false, shown: before });
    viewing.joined();
    expect(sent(viewing)).toEqual(["open_view"]);
    viewing.receive(page(0, 50, true), 0);
    expect(sent(viewing)).toEqual(["more_rows"]);
    expect(viewing.view(ALL)?.shown).toBe(before);
    viewing.receive({ type: "rows", view: ALL, left: ["c-3"], more: true }, 0);
    viewing.receive(page(50, 100, true), 0);
    expect(sent(viewing)).toEqual(["more_rows"]);
    viewing.receive(page(100, 130), 0);
    expect(sent(viewing)).toEqual([]);
    const { shown, isLive } = viewing.view(ALL) ?? {};
    expect([shown?.rows.length, shown?.rows.some(({ id }) => id === "c-3"), isLive]).toEqual([129, false, true]);
  });

  test("what has become less while one was away is shown as it is", () => {
    const viewing = opened(120);
    viewing.left();
    viewing.joined();
    viewing.receive(page(0, 20), 0);
    expect(viewing.view(ALL)?.shown?.rows).toHaveLength(20);
  });

  test("rows that are not answered are asked for again, so that no outage leaves an old view", () => {
    const viewing = opened(120);
    viewing.left();
    viewing.joined();
    viewing.receive(page(0, 50, true), 0);
    viewing.take();
    viewing.tick(viewing.wakeAt);
    expect(sent(viewing)).toEqual(["more_rows"]);
    viewing.receive(refusal("busy"), 6000);
    expect(viewing.view(ALL)?.shown?.rows).toHaveLength(50);
  });

  test("the next rows are asked for one page at a time, up to the most that a view has [R165]", () => {
    const viewing = opened(50, true);
    expect([viewing.more(ALL, 0), viewing.more(ALL, 0)]).toEqual([true, false]);
    expect(sent(viewing)).toEqual(["more_rows"]);
    viewing.receive(page(50, MOST_ROWS, true), 0);
    expect(viewing.more(ALL, 0)).toBe(false);
  });

  test("what is looked at is said at most 4 times a second, of 40 rows, and again on a new connection [R167]", () => {
    const viewing = opened();
    const ids = Array.from({ length: 45 }, (_, n) => `c-${n}`);
    viewing.look(ALL, ids, 1000);
    viewing.look(ALL, ["c-1"], 1001);
    viewing.look(ALL, ["c-2"], 1002);
    const frames = viewing.take().flatMap((effect) => (effect.do === "send" ? [effect.frame] : []));
    expect(frames).toEqual([{ type: "look", view: ALL, conversations: ids.slice(0, 40) }]);
    expect(viewing.wakeAt).toBe(1250);
    viewing.tick(1250);
    expect(viewing.take()).toContainEqual({
      do: "send",
      frame: { type: "look", view: ALL, conversations: ["c-2"] },
    });
    viewing.left();
    viewing.joined();
    viewing.tick(1251);
    expect(sent(viewing)).toEqual(["open_view", "look"]);
  });

  test("a tail goes with its reply, with its row, and with the connection [R167]", () => {
    const viewing = opened();
    viewing.look(ALL, ["c-1", "c-2"], 0);
    viewing.receive({ type: "tails", tails: { "c-1": "Hello", "c-2": "Your bill" } }, 0);
    viewing.receive({ type: "tails", tails: { "c-1": "" } }, 0);
    expect([...viewing.tails]).toEqual([["c-2", "Your bill"]]);
    viewing.look(ALL, ["c-1"], 500);
    expect(viewing.tails.size).toBe(0);
    viewing.receive({ type: "tails", tails: { "c-1": "Hello" } }, 0);
    viewing.left();
    expect(viewing.tails.size).toBe(0);
  });

  test("a view that is refused is not shown, and says why", () => {
    const viewing = opened();
    viewing.receive(refusal("forbidden"), 0);
    expect(viewing.view(ALL)).toMatchObject({ shown: null, isLive: false, problem: { code: "forbidden" } });
  });

  test("what cannot be shown for now is asked for again, and shown as it was meanwhile", () => {
    const viewing = opened();
    viewing.receive(refusal("unavailable", 2), 100);
    expect(viewing.view(ALL)).toMatchObject({ isLive: false, problem: null, shown: { more: false } });
    expect(viewing.wakeAt).toBe(2100);
    viewing.tick(2100);
    expect(sent(viewing)).toEqual(["open_view"]);
  });

  test("rows that the server refuses take away none that are shown", () => {
    const viewing = opened(50, true);
    viewing.more(ALL, 0);
    viewing.receive(refusal("too_many"), 0);
    expect(viewing.view(ALL)).toMatchObject({ isLive: true, problem: null });
    viewing.receive(refusal("not_found"), 0); // it has no such view any more
    expect(viewing.view(ALL)?.isLive).toBe(false);
    expect(viewing.wakeAt).toBe(1000);
  });

  test("counts are of the organisation of the view", () => {
    const viewing = opened();
    viewing.open({ organisation: "north" });
    viewing.receive({ type: "counts", organisation: "north", waiting: 7 }, 0);
    viewing.receive({ type: "counts", organisation: "acme", waiting: 3 }, 0);
    expect(viewing.counts({})?.waiting).toBe(3);
    expect(viewing.counts({ organisation: "north" })?.waiting).toBe(7);
    expect(viewing.counts({ below: true })).toBe(null);
  });
});
