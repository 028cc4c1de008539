/** What a view shows after any frames is what a fresh view shows [R164, R165]. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changed, compare, nameOf, type Rows, readUpTo, shown } from "../src/core/rows.ts";
import type * as wire from "../src/wire.ts";

const PAGE = 4;
const HOLDERS: readonly wire.Row["holder"][] = [
  { type: "nobody" },
  { type: "bot", id: "aria", name: "Aria" },
  { type: "agent", id: "ana", name: "Ana" },
];

const NO_ROWS: wire.ViewShown = { type: "view", view: "list=all", filter: {}, rows: [] };
const NO_CHANGE: wire.RowsChanged = { type: "rows", view: "list=all" };

const aRow: fc.Arbitrary<wire.Row> = fc
  .record({
    id: fc.integer({ min: 0, max: 12 }).map((n) => `c-${n}`),
    holder: fc.constantFrom(...HOLDERS),
    is_open: fc.boolean(),
    time: fc.integer({ min: 1, max: 6 }),
    unanswered: fc.boolean(),
  })
  .map(({ id, holder, is_open, time, unanswered }) => row(id, { holder, is_open, time, unanswered }));

function row(id: string, { holder = HOLDERS[0], is_open = true, time = 1, unanswered = false } = {}): wire.Row {
  return {
    organisation: "acme",
    id,
    epoch: 1,
    seq: time,
    contact: { type: "contact", id: `of-${id}`, name: id },
    channel: "webchat",
    holder: holder ?? { type: "nobody" },
    is_open,
    since: time,
    asked: time,
    answered: 0,
    last_at: time,
    waiting_since: time,
    ...(unanswered && { unanswered_since: time }),
  };
}

/** A server with one reader of a view of all that there is. */
class Board {
  readonly rows = new Map<string, wire.Row>();
  readonly read = new Map<string, number>();
  count = PAGE;
  page: readonly wire.Row[] = [];

  #first(): readonly wire.Row[] {
    return [...this.rows.values()].sort(compare).slice(0, this.count);
  }

  get more(): boolean {
    return this.rows.size > this.page.length;
  }

  #positions(rows: readonly wire.Row[]): Record<string, number> {
    return Object.fromEntries(rows.flatMap(({ id }) => (this.read.has(id) ? [[id, this.read.get(id) ?? 0]] : [])));
  }

  view(from = 0): wire.ViewShown {
    this.page = this.#first();
    const rows = this.page.slice(from);
    const { more } = this;
    return {
      type: "view",
      view: "list=all",
      filter: {},
      rows,
      continued: from > 0,
      more,
      read: this.#positions(rows),
    };
  }

  next(): readonly (wire.RowsChanged | wire.ReadUpTo | wire.ViewShown)[] {
    const before = this.follow();
    const had = this.page.length;
    this.count += PAGE;
    return [...before, this.view(had)];
  }

  follow(): readonly (wire.RowsChanged | wire.ReadUpTo)[] {
    const before = new Map(this.page.map((each) => [each.id, each]));
    this.page = this.#first();
    const newer = this.page.filter((each) => before.get(each.id) !== each);
    const entered = newer.filter(({ id }) => !before.has(id));
    const here = new Set(this.page.map(({ id }) => id));
    const left = [...before.keys()].filter((id) => !here.has(id));
    const { more } = this;
    const reads = entered.flatMap(({ id }): wire.ReadUpTo[] =>
      this.read.has(id) ? [{ type: "read", conversation: id, n: this.read.get(id) ?? 0 }] : [],
    );
    return [{ type: "rows", view: "list=all", changed: newer, left, more }, ...reads];
  }
}

type Step =
  | { readonly do: "put"; readonly row: wire.Row }
  | { readonly do: "drop"; readonly id: string }
  | { readonly do: "read"; readonly id: string; readonly n: number }
  | { readonly do: "follow" }
  | { readonly do: "next" };

const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: aRow.map((each) => ({ do: "put" as const, row: each })) },
  aRow.map(({ id }) => ({ do: "drop" as const, id })),
  fc.tuple(aRow, fc.integer({ min: 1, max: 9 })).map(([{ id }, n]) => ({ do: "read" as const, id, n })),
  { weight: 2, arbitrary: fc.constant({ do: "follow" as const }) },
  fc.constant({ do: "next" as const }),
);

function fold(rows: Rows, frame: wire.RowsChanged | wire.ReadUpTo | wire.ViewShown): Rows {
  if (frame.type === "view") return shown(frame, rows);
  return frame.type === "rows" ? changed(rows, frame) : readUpTo(rows, frame.conversation, frame.n);
}

describe("rows of a view", () => {
  test("any frames lead to what a fresh view shows", () => {
    fc.assert(
      fc.property(fc.array(aRow, { maxLength: 12 }), fc.array(aStep, { maxLength: 40 }), (begin, steps) => {
        const board = new Board();
        for (const each of begin) board.rows.set(each.id, each);
        let rows = shown(board.view(), null);
        for (const step of steps) {
          let frames: readonly (wire.RowsChanged | wire.ReadUpTo | wire.ViewShown)[] = [];
          if (step.do === "put") board.rows.set(step.row.id, step.row);
          else if (step.do === "drop") board.rows.delete(step.id);
          else if (step.do === "read" && step.n > (board.read.get(step.id) ?? 0)) {
            board.read.set(step.id, step.n);
            frames = [{ type: "read", conversation: step.id, n: step.n }];
          } else if (step.do === "follow") frames = board.follow();
          else if (step.do === "next") frames = board.next();
          rows = frames.reduce(fold, rows);
        }
        rows = board.follow().reduce(fold, rows);
        expect(rows).toEqual(shown(board.view(), null));
      }),
      { numRuns: 500 },
    );
  });

  test("stand as the server sorts them [R164]", () => {
    const [nobody, bot, agent] = HOLDERS;
    const sorted = [
      row("waits since 2", { holder: nobody, time: 2 }),
      row("waits since 5", { holder: nobody, time: 5 }),
      row("unanswered since 3", { holder: agent, time: 3, unanswered: true }),
      row("unanswered since 4", { holder: agent, time: 4, unanswered: true }),
      row("a bot's, of 6, unanswered", { holder: bot, time: 6, unanswered: true }),
      row("answered, of 1, a", { holder: agent, time: 1 }),
      row("answered, of 1, b", { holder: bot, time: 1 }),
      row("closed at 9", { holder: nobody, is_open: false, time: 9 }),
      row("closed at 1", { holder: nobody, is_open: false, time: 1 }),
    ];
    for (const given of [[...sorted].reverse(), [...sorted.slice(4), ...sorted.slice(0, 4)]]) {
      expect(given.sort(compare).map(({ id }) => id)).toEqual(sorted.map(({ id }) => id));
      expect(changed(shown({ ...NO_ROWS, rows: [] }, null), { ...NO_CHANGE, changed: given }).rows).toEqual(sorted);
    }
  });

  test("what changes nothing keeps the object", () => {
    const rows = shown({ type: "view", view: "list=all", filter: {}, rows: [row("c-1")], read: { "c-1": 3 } }, null);
    expect(readUpTo(rows, "c-1", 3)).toBe(rows);
    expect(readUpTo(rows, "c-2", 3)).toBe(rows);
  });
});

describe("the name of a view [R163]", () => {
  test("is the query of what is not as by default, as the server writes it", () => {
    expect(nameOf({})).toBe("list=all");
    expect(nameOf({ below: true, organisation: "acme", list: "closed", status: "", tag: "a b" })).toBe(
      "list=closed&tag=a+b&organisation=acme&below=true",
    );
    expect(nameOf({ list: "mine", unread: true, tag: "~(it's)*!é&=" })).toBe(
      "list=mine&tag=~%28it%27s%29%2A%21%C3%A9%26%3D&unread=true",
    );
  });
});
