/**
 * What is shown of one view, as a function of what the server sent of it: no I/O, no connection.
 *
 * The rows that are kept and the `rows` since are what `open_view` would show now (R164).
 */

import type * as wire from "../wire.ts";

/** The rows of a view that are loaded. Another object after each change. */
export interface Rows {
  /** In the order of lists. */
  readonly rows: readonly wire.Row[];
  /** Up to which event one has read a conversation, of the rows that are here; those that one never read are missing. */
  readonly read: ReadonlyMap<string, number>;
  /** There are others behind these. */
  readonly more: boolean;
  /** The server has not all at hand: the end of the list is missing. */
  readonly truncated: boolean;
  /** False while conversations that an older release wrote may be missing. */
  readonly complete: boolean;
}

/** No view has more rows (R165). */
export const MOST_ROWS = 500;

/** The name by which frames call a view: the query of its fields (R163). */
export function nameOf({ list = "all", queue, status, tag, unread, organisation, below }: wire.View): string {
  const said = { list, queue, status, tag, unread, organisation, below };
  const given = Object.entries(said).filter(([, value]) => value);
  return given.map(([name, value]) => `${name}=${quoted(String(value))}`).join("&");
}

/** As forms of a page are: what the server's library leaves as it is, and nothing else. */
function quoted(value: string): string {
  const hex = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, hex)
    .replaceAll("%20", "+");
}

/** All of it is shown anew; with `continued`, what is behind `before`. */
export function shown(frame: wire.ViewShown, before: Rows | null): Rows {
  const { rows, read = {}, more = false, truncated = false, complete = true } = frame;
  const had = frame.continued && before !== null ? before : null;
  const here = new Set(rows.map(({ id }) => id));
  const kept = had === null ? [] : had.rows.filter(({ id }) => !here.has(id));
  const positions = new Map([...(had?.read ?? [])].filter(([id]) => !here.has(id)));
  for (const [id, n] of Object.entries(read)) positions.set(id, n);
  return { rows: [...kept, ...rows], read: positions, more, truncated, complete };
}

/** Some are changed, came or have left. */
export function changed(before: Rows, { changed: newer = [], left = [], more = false }: wire.RowsChanged): Rows {
  const gone = new Set(left);
  const out = new Set([...left, ...newer.map(({ id }) => id)]);
  const kept = before.rows.filter(({ id }) => !out.has(id));
  const isLess = left.some((id) => before.read.has(id));
  const read = isLess ? new Map([...before.read].filter(([id]) => !gone.has(id))) : before.read;
  return { ...before, rows: merged(kept, [...newer].sort(compare)), read, more };
}

/** One has read up to `n`. A conversation that has no row here has no position. */
export function readUpTo(before: Rows, conversation: string, n: number): Rows {
  if (n <= (before.read.get(conversation) ?? 0)) return before;
  if (!before.rows.some(({ id }) => id === conversation)) return before;
  return { ...before, read: new Map([...before.read, [conversation, n]]) };
}

/** Whether a row stands before another: what waits, the longest waiting first; what an agent holds unanswered, the
 * longest unanswered first; then the latest first; then what is closed, the latest first; ties by id. */
export function compare(a: wire.Row, b: wire.Row): number {
  const [kind, time] = place(a);
  const [otherKind, otherTime] = place(b);
  return kind - otherKind || time - otherTime || (a.id < b.id ? -1 : Number(a.id > b.id));
}

function place({ is_open, holder, since, waiting_since = 0, unanswered_since = 0, last_at }: wire.Row) {
  if (!is_open) return [3, -since] as const;
  if (holder.type === "nobody") return [0, waiting_since] as const;
  if (unanswered_since > 0 && holder.type === "agent") return [1, unanswered_since] as const;
  return [2, -last_at] as const;
}

function merged(kept: readonly wire.Row[], newer: readonly wire.Row[]): wire.Row[] {
  const all: wire.Row[] = [];
  let at = 0;
  for (const row of kept) {
    for (let next = newer[at]; next !== undefined && compare(next, row) < 0; next = newer[at]) {
      all.push(next);
      at += 1;
    }
    all.push(row);
  }
  return [...all, ...newer.slice(at)];
}
