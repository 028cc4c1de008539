/** What is drawn at once, and what with the next frame. */

import { expect, test } from "vitest";
import { isOnlyNews } from "../src/core/news.ts";
import type { SessionState } from "../src/session.ts";

const OPEN = { id: "c", view: { state: {}, events: [] }, pending: [], notice: null, typing: new Map() };
const STATE = { list: {}, present: new Map(), open: OPEN, link: { kind: "live" } } as unknown as SessionState;

function with_(change: object): SessionState {
  return { ...STATE, ...change };
}

function opened(change: object): SessionState {
  return with_({ open: { ...OPEN, ...change } });
}

test("rows, presence, events and typing come by themselves", () => {
  for (const now of [with_({ list: {} }), with_({ present: new Map() }), opened({ view: { state: {} } })])
    expect(isOnlyNews(STATE, now)).toBe(true);
  expect(isOnlyNews(STATE, with_({ list: {}, open: { ...OPEN, typing: new Map() } }))).toBe(true);
});

test("what a person did is drawn at once, also when something came with it", () => {
  for (const now of [
    opened({ pending: [] }),
    opened({ notice: {} }),
    with_({ link: {} }),
    with_({ list: {}, open: { ...OPEN, pending: [{}] } }),
    with_({ open: null }),
  ])
    expect(isOnlyNews(STATE, now)).toBe(false);
});

test("another conversation, and the first that is known of one, is drawn at once", () => {
  expect(isOnlyNews(STATE, opened({ id: "d" }))).toBe(false);
  const unknown = opened({ view: { state: null } });
  expect(isOnlyNews(unknown, STATE)).toBe(false);
});

test("a change that no state has is drawn at once: a time was over", () => {
  expect(isOnlyNews(STATE, STATE)).toBe(false);
  expect(isOnlyNews(null, STATE)).toBe(false);
});
