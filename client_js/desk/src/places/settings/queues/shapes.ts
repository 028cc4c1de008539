/** A queue as its form has it, and what of it is sent where. No I/O. */

import type { QueueRow } from "../../../core/settings.ts";

export const DEFAULT = "default";

export interface QueueValues {
  readonly name: string;
  readonly is_active: boolean;
  readonly visibility: QueueRow["visibility"];
  readonly hours: string;
  readonly absent_seconds: number;
  readonly silent_seconds: number;
  readonly away_message: string;
  readonly needs_reason: boolean;
  readonly shows_place: boolean;
  /** Ids of agents: they are sent apart from the rest. */
  readonly members: readonly string[];
}

export const BLANK: QueueValues = {
  name: "",
  is_active: true,
  visibility: "team",
  hours: "",
  absent_seconds: 300,
  silent_seconds: 0,
  away_message: "",
  needs_reason: false,
  shows_place: false,
  members: [],
};

export function valuesOf(row: QueueRow, members: readonly string[]): QueueValues {
  const { name, is_active, visibility, hours, absent_seconds, silent_seconds } = row;
  const { away_message, needs_reason, shows_place } = row;
  const times = { hours, absent_seconds, silent_seconds };
  return { name, is_active, visibility, ...times, away_message, needs_reason, shows_place, members };
}

export function typed(entries: Readonly<Record<string, string>>, values: QueueValues, id: string): QueueValues {
  return {
    name: entries.name ?? values.name,
    is_active: id === DEFAULT || entries.is_active === "on",
    visibility: entries.visibility === "holder" ? "holder" : "team",
    hours: entries.hours ?? values.hours,
    absent_seconds: Number(entries.absent_seconds ?? values.absent_seconds),
    silent_seconds: Number(entries.silent_seconds ?? values.silent_seconds),
    away_message: entries.away_message ?? values.away_message,
    needs_reason: entries.needs_reason === "on",
    shows_place: entries.shows_place === "on",
    members: values.members,
  };
}

const LIMITS = [30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 86_400];

/** Seconds to choose from, with those that are set; 0, for never, is the last. */
export function limitsWith(set: number): readonly number[] {
  const all = set === 0 || LIMITS.includes(set) ? LIMITS : [...LIMITS, set].sort((a, b) => a - b);
  return [...all, 0];
}

const AT_ONCE = 200;

/** What is to be sent of a change of the team, in parts that the server takes. */
export function teamChanges(
  before: readonly string[],
  after: readonly string[],
): readonly { readonly add: readonly string[]; readonly remove: readonly string[] }[] {
  const add = after.filter((id) => !before.includes(id));
  const remove = before.filter((id) => !after.includes(id));
  const parts = Math.ceil(Math.max(add.length, remove.length) / AT_ONCE);
  return Array.from({ length: parts }, (_, n) => {
    const part = [n * AT_ONCE, (n + 1) * AT_ONCE] as const;
    return { add: add.slice(...part), remove: remove.slice(...part) };
  });
}
