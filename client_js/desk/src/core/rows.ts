/** The list of conversations: what a row shows, and when rows may move. No I/O. */

import type { wire } from "@intervene/client";
import type { Rows } from "@intervene/client/views";
import { ALL, type Filter } from "./lists.ts";

export type Holder = wire.StaffState["holder"];

/** How whoever answers looks from here: the five shapes of the desk. */
export type Look = "bot" | "you" | "other" | "wait" | "closed";

export function lookOf(holder: Holder, isOpen: boolean, me: string): Look {
  if (holder.type === "bot") return "bot";
  if (holder.type === "agent") return holder.id === me ? "you" : "other";
  return isOpen ? "wait" : "closed";
}

export interface List {
  readonly filter: Filter;
  /** In the order that is shown. */
  readonly rows: readonly wire.Row[];
  /** Those of them that are not in the list any more: they stay until rows may move. */
  readonly gone: ReadonlySet<string>;
  /** The newest order, where it is not what is shown. */
  readonly fresh: readonly wire.Row[] | null;
  /** Rows that are not where the newest order has them, or not there at all. */
  readonly changed: number;
  readonly isLoaded: boolean;
  /** There are others behind these. */
  readonly hasMore: boolean;
  /** The server does not have all at hand, or has no more than these for one list. */
  readonly isCut: boolean;
  /** Up to where one has read, by conversation. */
  readonly read: ReadonlyMap<string, number>;
  /** The end of what is being written in rows that are on the screen, by conversation. */
  readonly tails: ReadonlyMap<string, string>;
  readonly counts: wire.Counts | null;
  /** Why it cannot be shown; "" if it can. */
  readonly problem: string;
}

export const NO_LIST: List = {
  filter: ALL,
  rows: [],
  gone: new Set(),
  fresh: null,
  changed: 0,
  isLoaded: false,
  hasMore: false,
  isCut: false,
  read: new Map(),
  tails: new Map(),
  counts: null,
  problem: "",
};

export function isWaiting(row: Pick<wire.Row, "holder" | "is_open">): boolean {
  return row.is_open && row.holder.type === "nobody";
}

/** Whether it has something for me that I have neither read nor answered. */
export function isUnread(row: wire.Row, me: string, readUpTo: number): boolean {
  const look = lookOf(row.holder, row.is_open, me);
  return (look === "wait" || look === "you") && row.asked > Math.max(readUpTo, row.answered);
}

/** No view has more rows. */
const MOST_ROWS = 500;

/** The view has changed. `isHeld`: the pointer or the focus is in the list, so that no row may move. */
export function received(list: List, { rows: fresh, read, more, truncated }: Rows, isHeld: boolean): List {
  const isFull = more && fresh.length >= MOST_ROWS;
  const next = { ...list, read, hasMore: more && !isFull, isCut: isFull || truncated, isLoaded: true, problem: "" };
  if (!isHeld || !list.isLoaded) return shownAs(next, fresh);
  const rows = kept(list.rows, fresh);
  const here = new Set(fresh.map(({ id }) => id));
  const gone = new Set(rows.flatMap(({ id }) => (here.has(id) ? [] : [id])));
  const changed = moved(rows, fresh);
  return { ...next, rows, gone, fresh: changed === 0 ? null : fresh, changed };
}

/** Those that were shown, where they were, as they are now; then those that come behind all of these. */
function kept(shown: readonly wire.Row[], fresh: readonly wire.Row[]): readonly wire.Row[] {
  const newest = new Map(fresh.map((row) => [row.id, row]));
  const had = new Set(shown.map(({ id }) => id));
  const last = fresh.reduce((at, { id }, n) => (had.has(id) ? n : at), -1);
  return [...shown.map((row) => newest.get(row.id) ?? row), ...fresh.slice(last + 1)];
}

/** It cannot be shown: nothing of it stays. */
export function refused(list: List, problem: string): List {
  return { ...NO_LIST, filter: list.filter, counts: list.counts, isLoaded: true, problem };
}

/** Applies the newest order. */
export function reordered(list: List): List {
  return list.fresh === null ? list : shownAs(list, list.fresh);
}

function shownAs(list: List, rows: readonly wire.Row[]): List {
  return { ...list, rows, gone: NO_LIST.gone, fresh: null, changed: 0 };
}

/** How many rows of either order are not in their longest common subsequence. */
function moved(shown: readonly wire.Row[], fresh: readonly wire.Row[]): number {
  const place = new Map(shown.map(({ id }, n) => [id, n]));
  const places = fresh.map(({ id }) => place.get(id)).filter((n) => n !== undefined);
  const gone = shown.length - places.length;
  return fresh.length - longestRise(places) + gone;
}

/** The length of the longest rising subsequence: `ends[k]` is the least end of one of length k + 1. */
function longestRise(numbers: readonly number[]): number {
  const ends: number[] = [];
  for (const n of numbers) {
    let [from, to] = [0, ends.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((ends[middle] ?? n) < n) from = middle + 1;
      else to = middle;
    }
    ends[from] = n;
  }
  return ends.length;
}
