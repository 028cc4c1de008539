// @vitest-environment happy-dom
import type { wire } from "@intervene/client";
import type { Rows } from "@intervene/client/views";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isUnread, type List, lookOf, NO_LIST, received, refused, reordered } from "../src/core/rows.ts";
import { authorOf } from "../src/views/row.ts";
import { ana, ben, bot, nobody, row } from "./kit.ts";

const ids = (rows: readonly wire.Row[]) => rows.map(({ id }) => id);

function view(rows: readonly wire.Row[], more: Partial<Rows> = {}): Rows {
  return { rows, read: new Map(), more: false, truncated: false, complete: true, ...more };
}

const rowsOf = (...names: readonly string[]) => names.map((id) => row(id));

describe("while the pointer or the focus is in the list", () => {
  const list = received(NO_LIST, view(rowsOf("a", "b", "c")), false);

  test("no row moves, and what is in it is new", () => {
    const held = received(list, view([row("c", { last_at: 9 }), ...rowsOf("a", "b")]), true);
    expect(ids(held.rows)).toEqual(["a", "b", "c"]);
    expect(held.rows[2]?.last_at).toBe(9);
    expect(held.changed).toBe(1);
    expect(ids(reordered(held).rows)).toEqual(["c", "a", "b"]);
    expect(reordered(held).changed).toBe(0);
  });

  test("a row that is new is counted and not shown; one that is gone is counted, and stays and says so", () => {
    const held = received(list, view(rowsOf("d", "a", "b")), true);
    expect(ids(held.rows)).toEqual(["a", "b", "c"]);
    expect([...held.gone]).toEqual(["c"]);
    expect(held.changed).toBe(2);
    expect(ids(reordered(held).rows)).toEqual(["d", "a", "b"]);
    expect(reordered(held).gone.size).toBe(0);
  });

  test("rows that come behind all others are shown, as when one scrolls to the end", () => {
    const held = received(list, view([row("new"), ...rowsOf("a", "b", "c", "d", "e")]), true);
    expect(ids(held.rows)).toEqual(["a", "b", "c", "d", "e"]);
    expect(held.changed).toBe(1);
  });

  test("the first list is shown all the same", () => {
    expect(ids(received(NO_LIST, view(rowsOf("a")), true).rows)).toEqual(["a"]);
  });

  test("an order that is what is shown changes nothing", () => {
    expect(received(list, view([...list.rows]), true)).toMatchObject({ changed: 0, fresh: null });
  });

  test("whatever comes, each row is where it was, and in the end all is as in a fresh list", () => {
    const some = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 10 });
    fc.assert(
      fc.property(some, fc.array(some, { minLength: 1, maxLength: 6 }), (first, later) => {
        let list: List = received(NO_LIST, view(first.map((n) => row(`c-${n}`))), false);
        for (const next of later) {
          const before = ids(list.rows);
          list = received(list, view(next.map((n) => row(`c-${n}`))), true);
          expect(ids(list.rows).slice(0, before.length)).toEqual(before);
          expect(new Set(ids(list.rows)).size).toBe(list.rows.length);
        }
        const last = later.at(-1)?.map((n) => `c-${n}`);
        expect(ids(reordered(list).rows)).toEqual(last);
        expect(list.changed === 0).toBe(list.fresh === null);
      }),
    );
  });
});

test("a list that may not be shown shows nothing, and says why, until it may", () => {
  const list = received(NO_LIST, view(rowsOf("a")), false);
  const broken = refused(list, "You may not see that queue.");
  expect(broken).toMatchObject({ rows: [], problem: "You may not see that queue." });
  expect(received(broken, view(rowsOf("a")), false)).toMatchObject({ rows: [{ id: "a" }], problem: "" });
});

test("a list that is not all there is says so, and asks for more only where there is more to have", () => {
  const part = received(NO_LIST, view(rowsOf("a", "b"), { more: true }), false);
  expect(part).toMatchObject({ hasMore: true, isCut: false });
  const most = rowsOf(...Array.from({ length: 500 }, (_, n) => `c-${n}`));
  expect(received(part, view(most, { more: true }), false)).toMatchObject({ hasMore: false, isCut: true });
  expect(received(part, view(rowsOf("a"), { truncated: true }), false).isCut).toBe(true);
});

test("whoever holds control has a shape of their own", () => {
  expect(lookOf(bot, true, "ana")).toBe("bot");
  expect(lookOf(ana, true, "ana")).toBe("you");
  expect(lookOf(ben, true, "ana")).toBe("other");
  expect(lookOf(nobody, true, "ana")).toBe("wait");
  expect(lookOf(nobody, false, "ana")).toBe("closed");
});

test("unread is what I have not read and nobody has answered, where I or nobody answers", () => {
  const asked = { asked: 7, answered: 3 };
  expect(isUnread(row("mine", { holder: ana, ...asked }), "ana", 0)).toBe(true);
  expect(isUnread(row("waits", { holder: nobody, ...asked }), "ana", 6)).toBe(true);
  expect(isUnread(row("read", { holder: ana, ...asked }), "ana", 7)).toBe(false);
  expect(isUnread(row("answered elsewhere", { holder: ana, asked: 7, answered: 7 }), "ana", 0)).toBe(false);
  for (const holder of [bot, ben]) expect(isUnread(row("theirs", { holder, ...asked }), "ana", 0)).toBe(false);
});

test("the last line says who wrote it, whoever holds control by now", () => {
  const said = (by: string, id = "", name = "") => authorOf({ by, text: "hi", id, name }, "ana");
  expect(said("agent", "ana", "Ana")).toBe("You");
  expect(said("agent", "ben", "Ben")).toBe("Ben");
  expect(said("bot", "ana", "Assistant")).toBe("Assistant");
  expect([said("agent"), said("bot"), said("contact"), said("system")]).toEqual(["Agent", "Bot", "", ""]);
});
