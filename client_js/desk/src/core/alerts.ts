/** What one is called to: what begins to wait in one's queues, and what customers write where one replies. No I/O. */

import type { wire } from "@intervene/client";
import { contactName, words } from "../words.ts";
import type { Me } from "./dock.ts";
import { isUnread } from "./rows.ts";
import type { Snapshot } from "./settings.ts";

export interface Alert {
  readonly kind: "waiting" | "message";
  /** Of the conversation. */
  readonly id: string;
  /** Both are plain text of bounded length. */
  readonly title: string;
  readonly text: string;
}

/** What one is called by, in this browser. Who has set nothing has all of it. */
export interface Choices {
  readonly waiting: boolean;
  readonly messages: boolean;
  readonly sound: boolean;
  readonly desktop: boolean;
}

export const ALL_ON: Choices = { waiting: true, messages: true, sound: true, desktop: true };

/** Both lists as they are shown now. */
export interface Called {
  readonly waiting: readonly wire.Row[];
  /** There are others behind those that wait. */
  readonly more: boolean;
  readonly mine: readonly wire.Row[];
}

/** What was there before. */
export interface Known {
  /** Since when each waits. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Since when the last one waits that was seen. */
  readonly newest: number;
  /** The number of the customer's last message. */
  readonly mine: ReadonlyMap<string, number>;
}

const MOST_TITLE = 80;
const MOST_TEXT = 140;

/** What there is to be called to; `before` is null for the first time, when nothing is new. */
export function alertsOf(
  before: Known | null,
  { waiting, more, mine }: Called,
  me: Me,
  settings: Snapshot,
): { readonly alerts: readonly Alert[]; readonly known: Known } {
  const known: Known = {
    waiting: new Map(waiting.map((row) => [row.id, sinceOf(row)])),
    newest: Math.max(before?.newest ?? 0, ...waiting.map(sinceOf)),
    mine: new Map(mine.map((row) => [row.id, row.asked])),
  };
  if (before === null) return { alerts: [], known };
  const isNew = (row: wire.Row) => {
    const since = sinceOf(row);
    const isOwnDoing = before.mine.has(row.id); // they released it, or went away from it
    // Behind a list that is not whole, an old one moves up when another is picked up.
    return !isOwnDoing && before.waiting.get(row.id) !== since && (!more || since > before.newest);
  };
  const begun = waiting.filter((row) => isCalledTo(row.queue, me, settings) && isNew(row));
  const isWritten = (row: wire.Row) => {
    const asked = before.mine.get(row.id);
    // Of one that is new here, only what came after it had become theirs: rows of a moment come together.
    return asked === undefined ? row.last?.by === "contact" && row.last_at > row.since : row.asked > asked;
  };
  const written = mine.filter(isWritten);
  return {
    alerts: [...begun.map((row) => alertOf("waiting", row)), ...written.map((row) => alertOf("message", row))],
    known,
  };
}

/** Whether what waits in a queue is theirs to pick up: who serves none, as admins may, is called to all they see. */
function isCalledTo(queue: string, me: Me, { people }: Snapshot): boolean {
  const served = people.find(({ id }) => id === me.id)?.queues ?? [];
  return served.length === 0 || served.includes(queue);
}

/** How many wait for this person: in their queues, and among those where they reply. */
export function countOf(
  counts: wire.Counts | null,
  mine: readonly wire.Row[],
  read: ReadonlyMap<string, number>,
  me: Me,
  settings: Snapshot,
): number {
  const sums = Object.entries(counts?.queues ?? {}).filter(([queue]) => isCalledTo(queue, me, settings));
  const waiting = sums.reduce((sum, [, each]) => sum + (each.waiting ?? 0), 0);
  return waiting + mine.filter((row) => isUnread(row, me.id, read.get(row.id) ?? 0)).length;
}

/** What several are said as. */
export function together(alerts: readonly Alert[]): Alert {
  const names = alerts.map(({ title }) => title).join(" ");
  return { kind: "waiting", id: "", title: words("alerts", { n: alerts.length }), text: plain(names, MOST_TEXT) };
}

function alertOf(kind: Alert["kind"], row: wire.Row): Alert {
  const name = plain(contactName(row.contact), MOST_TITLE);
  const text = row.last?.by === "contact" ? plain(row.last.text, MOST_TEXT) : "";
  return { kind, id: row.id, title: kind === "waiting" ? words("alertWaiting", { name }) : name, text };
}

function sinceOf({ waiting_since, since }: wire.Row): number {
  return waiting_since ?? since;
}

/** Controls, and what turns the direction of a text around, are for no notification. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** One line of at most so many characters. */
export function plain(text: string, most: number): string {
  const line = [
    ...text
      .slice(0, 4 * most)
      .replace(UNSEEN, " ")
      .replace(/\s+/g, " ")
      .trim(),
  ];
  return line.length <= most
    ? line.join("")
    : `${line
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
}
