/** The list of conversations: what a row shows, the order of rows, and when they may move. No I/O. */

import type { wire } from "@intervene/client";

export type Holder = wire.StaffState["holder"];

/** A line of `GET /v1/conversations`. */
export interface Summary {
  readonly id: string;
  readonly contact: wire.Contact;
  readonly channel: string;
  readonly holder: Holder;
  readonly is_open: boolean;
  /** When the holder changed last, or when it began. */
  readonly since: number;
  /** The number of the customer's last message, and up to which messages were dealt with. */
  readonly asked: number;
  readonly answered: number;
  readonly last_at: number;
}

/** What `GET /v1/conversations` answers: those that changed last. `more`: there are others. */
export interface Found {
  readonly conversations: readonly Summary[];
  readonly more?: boolean;
}

/** How whoever answers looks from here: the five shapes of the desk. */
export type Look = "bot" | "you" | "other" | "wait" | "closed";

export function lookOf(holder: Holder, isOpen: boolean, me: string): Look {
  if (holder.type === "bot") return "bot";
  if (holder.type === "agent") return holder.id === me ? "you" : "other";
  return isOpen ? "wait" : "closed";
}

export interface List {
  /** In the order that is shown. */
  readonly rows: readonly Summary[];
  /** The newest answer, in its own order, where it is not what is shown. */
  readonly fresh: readonly Summary[] | null;
  /** Rows that are not where the newest answer has them, or not there at all. */
  readonly changed: number;
  readonly isLoaded: boolean;
  /** There are conversations that changed before all of these, and may wait longer. */
  readonly hasMore: boolean;
  /** Why the last reading failed; "" if it did not. */
  readonly problem: string;
}

export const NO_LIST: List = { rows: [], fresh: null, changed: 0, isLoaded: false, hasMore: false, problem: "" };

/** The longest waiting first, then what a person holds and has not answered, then the newest. */
export function inOrder(rows: readonly Summary[]): Summary[] {
  return [...rows].sort((a, b) => rank(a) - rank(b) || earlier(a, b));
}

function rank(row: Summary): 0 | 1 | 2 {
  if (isWaiting(row)) return 0;
  return row.holder.type === "agent" && row.asked > row.answered ? 1 : 2;
}

function earlier(a: Summary, b: Summary): number {
  const byTime = isWaiting(a) ? a.since - b.since : b.last_at - a.last_at;
  return byTime || (a.id < b.id ? -1 : 1);
}

export function isWaiting(row: Pick<Summary, "holder" | "is_open">): boolean {
  return row.is_open && row.holder.type === "nobody";
}

/** Whether it has something for me that I have neither read nor answered. `readUpTo`: as far as this browser knows. */
export function isUnread(row: Summary, me: string, readUpTo: number): boolean {
  const look = lookOf(row.holder, row.is_open, me);
  return (look === "wait" || look === "you") && row.asked > Math.max(readUpTo, row.answered);
}

/** An answer came. `isHeld`: the pointer or the focus is in the list, so that no row may move. */
export function received(list: List, { conversations, more: hasMore = false }: Found, isHeld: boolean): List {
  const fresh = inOrder(conversations);
  if (!isHeld || !list.isLoaded) return shownAs(fresh, hasMore);
  const newest = new Map(fresh.map((row) => [row.id, row]));
  const rows = list.rows.map((row) => newest.get(row.id) ?? row);
  const changed = moved(rows, fresh);
  return { rows, fresh: changed === 0 ? null : fresh, changed, isLoaded: true, hasMore, problem: "" };
}

/** No answer came: what is shown stays. */
export function failed(list: List, problem: string): List {
  return { ...list, problem };
}

/** Applies the newest order. */
export function reordered(list: List): List {
  return list.fresh === null ? list : shownAs(list.fresh, list.hasMore);
}

function shownAs(rows: readonly Summary[], hasMore: boolean): List {
  return { rows, fresh: null, changed: 0, isLoaded: true, hasMore, problem: "" };
}

/** How many rows of either order are not in their longest common subsequence. */
function moved(shown: readonly Summary[], fresh: readonly Summary[]): number {
  const place = new Map(shown.map(({ id }, n) => [id, n]));
  const places = fresh.map(({ id }) => place.get(id)).filter((n) => n !== undefined);
  const gone = shown.length - places.length;
  return fresh.length - longestRise(places) + gone;
}

/** The length of the longest rising subsequence: `ends[k]` is the least end of one of length k + 1. */
function longestRise(numbers: readonly number[]): number {
  const ends: number[] = [];
  for (const n of numbers) {
    const at = ends.findIndex((end) => end >= n);
    ends[at === -1 ? ends.length : at] = n;
  }
  return ends.length;
}
