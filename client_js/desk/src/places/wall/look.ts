/** The tiles: what a bot does now, which of them need a look, and their order. No I/O. */

import type { wire } from "@intervene/client";

/** A customer who waits for so long without a word on its way needs a look, in milliseconds. */
export const LOOK_AFTER = 30_000;

/** `since`: milliseconds since 1970; 0 where the server does not say. */
export interface Doing {
  readonly what: "writing" | "silent" | "waiting";
  readonly since: number;
}

export function doingOf({ unanswered_since = 0, last_at }: wire.Row, isWriting: boolean): Doing {
  if (isWriting) return { what: "writing", since: unanswered_since };
  return unanswered_since > 0 ? { what: "silent", since: unanswered_since } : { what: "waiting", since: last_at };
}

export function needsLook(row: wire.Row, isWriting: boolean, now: number): boolean {
  const { what, since } = doingOf(row, isWriting);
  return what === "silent" && now - since >= LOOK_AFTER;
}

/** Those that need a look, the longest unanswered first; then the newest. */
export function inOrder(
  rows: readonly wire.Row[],
  tails: ReadonlyMap<string, string>,
  now: number,
): readonly wire.Row[] {
  const place = (row: wire.Row) => (needsLook(row, isWriting(row, tails), now) ? (row.unanswered_since ?? 0) : 0);
  const known = rows.map((row) => [row, place(row)] as const);
  return known
    .sort(([a, since], [b, other]) => {
      if (since > 0 || other > 0) return (since || Infinity) - (other || Infinity) || byId(a, b);
      return b.last_at - a.last_at || byId(a, b);
    })
    .map(([row]) => row);
}

export function isWriting({ id }: wire.Row, tails: ReadonlyMap<string, string>): boolean {
  return (tails.get(id) ?? "") !== "";
}

function byId(a: wire.Row, b: wire.Row): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
