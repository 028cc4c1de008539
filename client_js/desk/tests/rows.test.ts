import { describe, expect, test } from "vitest";
import { failed, inOrder, isUnread, lookOf, NO_LIST, received, reordered, type Summary } from "../src/core/rows.ts";
import { ana, ben, bot, nobody, summary } from "./kit.ts";

const ids = (rows: readonly Summary[]) => rows.map(({ id }) => id);

describe("the order of the list", () => {
  test("the longest waiting come first, then what a person has not answered, then the newest", () => {
    const rows = [
      summary("new", { last_at: 90 }),
      summary("held", { holder: ben, asked: 7, answered: 3, last_at: 10 }),
      summary("answered", { holder: ana, asked: 3, answered: 7, last_at: 50 }),
      summary("waits since 20", { holder: nobody, since: 20, last_at: 80 }),
      summary("waits since 5", { holder: nobody, since: 5, last_at: 30 }),
      summary("closed", { holder: nobody, is_open: false, since: 1, last_at: 70 }),
    ];
    expect(ids(inOrder(rows))).toEqual(["waits since 5", "waits since 20", "held", "new", "closed", "answered"]);
  });

  test("the same rows are in the same order, however they came", () => {
    const rows = ["a", "b", "c"].map((id) => summary(id));
    expect(ids(inOrder([...rows].reverse()))).toEqual(["a", "b", "c"]);
  });
});

describe("while the pointer or the focus is in the list", () => {
  const list = received(
    NO_LIST,
    { conversations: [summary("a", { last_at: 3 }), summary("b", { last_at: 2 }), summary("c", { last_at: 1 })] },
    false,
  );

  test("no row moves, and what is in it is new", () => {
    const held = received(
      list,
      { conversations: [summary("a", { last_at: 3 }), summary("b", { last_at: 2 }), summary("c", { last_at: 9 })] },
      true,
    );
    expect(ids(held.rows)).toEqual(["a", "b", "c"]);
    expect(held.rows[2]?.last_at).toBe(9);
    expect(held.changed).toBe(1);
    expect(ids(reordered(held).rows)).toEqual(["c", "a", "b"]);
    expect(reordered(held).changed).toBe(0);
  });

  test("a row that is new is counted and not shown; one that is gone is counted and stays", () => {
    const held = received(
      list,
      { conversations: [summary("d", { last_at: 9 }), summary("a", { last_at: 3 }), summary("b", { last_at: 2 })] },
      true,
    );
    expect(ids(held.rows)).toEqual(["a", "b", "c"]);
    expect(held.changed).toBe(2);
    expect(ids(reordered(held).rows)).toEqual(["d", "a", "b"]);
  });

  test("the first list is shown all the same", () => {
    expect(ids(received(NO_LIST, { conversations: [summary("a")] }, true).rows)).toEqual(["a"]);
  });

  test("an order that is what is shown changes nothing", () => {
    expect(received(list, { conversations: [...list.rows] }, true)).toMatchObject({ changed: 0, fresh: null });
  });
});

test("when the list cannot be read, what is shown stays, until it can", () => {
  const list = received(NO_LIST, { conversations: [summary("a")] }, false);
  const broken = failed(list, "It cannot be read.");
  expect(ids(broken.rows)).toEqual(["a"]);
  expect(broken.problem).toBe("It cannot be read.");
  expect(received(broken, { conversations: [summary("a")] }, false).problem).toBe("");
});

test("a list that is not all there is does not say that it is", () => {
  const part = received(NO_LIST, { conversations: [summary("a"), summary("b")], more: true }, false);
  expect(part.hasMore).toBe(true);
  expect(received(part, { conversations: [summary("b"), summary("c")], more: true }, true).hasMore).toBe(true);
  expect(reordered(received(part, { conversations: [summary("b")] }, true)).hasMore).toBe(false);
});

test("whoever holds control has a shape of their own", () => {
  expect(lookOf(bot, true, "ana")).toBe("bot");
  expect(lookOf(ana, true, "ana")).toBe("you");
  expect(lookOf(ben, true, "ana")).toBe("other");
  expect(lookOf(nobody, true, "ana")).toBe("wait");
  expect(lookOf(nobody, false, "ana")).toBe("closed");
});

test("unread is what nobody has answered and this browser has not shown, where I or nobody answers", () => {
  const asked = { asked: 7, answered: 3 };
  expect(isUnread(summary("mine", { holder: ana, ...asked }), "ana", 0)).toBe(true);
  expect(isUnread(summary("waits", { holder: nobody, ...asked }), "ana", 6)).toBe(true);
  expect(isUnread(summary("read", { holder: ana, ...asked }), "ana", 7)).toBe(false);
  expect(isUnread(summary("answered elsewhere", { holder: ana, asked: 7, answered: 7 }), "ana", 0)).toBe(false);
  for (const holder of [bot, ben]) expect(isUnread(summary("theirs", { holder, ...asked }), "ana", 0)).toBe(false);
});
