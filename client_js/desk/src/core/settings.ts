/** What the organisation has set, as the server answers it, and who works there. No I/O. */

import type { wire } from "@intervene/client";

/** What each row of settings has. An archived one is not taken for anything new; conversations go on to name it. */
export interface Row {
  readonly id: string;
  readonly version: number;
  readonly archived: boolean;
  readonly name: string;
}

export interface QueueRow extends Row {
  readonly is_active: boolean;
  readonly visibility: "team" | "holder";
  /** The id of a row of hours; empty: always. */
  readonly hours: string;
  readonly absent_seconds: number;
  readonly silent_seconds: number;
  readonly away_message: string;
  /** Closing takes one of the reasons. */
  readonly needs_reason: boolean;
  /** Customers who wait are shown how many wait before them. */
  readonly shows_place: boolean;
}

export interface StatusRow extends Row {
  /** "#00aa00" */
  readonly colour: string;
  readonly position: number;
}

export interface CannedRow extends Row {
  readonly text: string;
}

export interface FieldRow extends Row {
  readonly kind: "text" | "number" | "date" | "checkbox" | "choice";
  readonly choices: readonly string[];
  readonly position: number;
}

export interface ReasonRow extends Row {
  readonly position: number;
}

export interface ChannelRow extends Row {
  readonly kind: string;
  readonly bot: string;
  readonly queue: string;
  readonly hours: string;
  readonly origins: readonly string[];
  readonly greeting: string;
  readonly reopen_hours: number;
}

/** Somebody of the staff who is not disabled. `queues`: the ids of those that they serve. */
export interface Colleague {
  readonly id: string;
  readonly name: string;
  readonly role: wire.Role;
  readonly queues: readonly string[];
}

/** Archived rows too; in the order in which they are offered. */
export interface Snapshot {
  /** Each kind was read at least once. */
  readonly isLoaded: boolean;
  readonly queues: readonly QueueRow[];
  readonly statuses: readonly StatusRow[];
  readonly cannedReplies: readonly CannedRow[];
  readonly fields: readonly FieldRow[];
  readonly reasons: readonly ReasonRow[];
  readonly channels: readonly ChannelRow[];
  readonly people: readonly Colleague[];
}

export const NO_SETTINGS: Snapshot = {
  isLoaded: false,
  queues: [],
  statuses: [],
  cannedReplies: [],
  fields: [],
  reasons: [],
  channels: [],
  people: [],
};

/** Those that may be chosen for something new. */
export function inUse<R extends Row>(rows: readonly R[]): readonly R[] {
  return rows.filter((row) => !row.archived && !("is_active" in row && row.is_active === false));
}

/** What the row with that id is called; "" where it is not known. */
export function nameOf(rows: readonly Pick<Row, "id" | "name">[], id: string): string {
  return rows.find((row) => row.id === id)?.name ?? "";
}

const COLLATOR = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

/** By position where they have one, then by name. */
export function sorted<R extends { readonly id: string; readonly name: string; readonly position?: number }>(
  rows: readonly R[],
): readonly R[] {
  const place = ({ position = 0 }: R) => position;
  return [...rows].sort((a, b) => place(a) - place(b) || COLLATOR.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
}
