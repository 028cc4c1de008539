/** What the desk shows of the open conversation, and how it follows from what happens. No I/O. */

import type { Entry, View, wire } from "@intervene/client";
import { type Attempt, afterControl, NONE } from "./attempt.ts";
import type { Change } from "./dock.ts";

export type StaffView = View<wire.Event, wire.StaffState>;

/** What stands over the composer until it is answered. */
export type Notice =
  /** Nothing was sent: so many messages arrived since the text was begun. */
  { readonly kind: "stale"; readonly count: number } | { readonly kind: "failed"; readonly text: string };

export interface Typing {
  readonly who: wire.StaffTyping["who"];
  /** Of the page's clock: then it is over, if it is not renewed. */
  readonly until: number;
}

export interface Open {
  readonly id: string;
  readonly view: StaffView;
  readonly isLive: boolean;
  readonly pending: readonly Entry[];
  readonly here: wire.Here | null;
  readonly typing: ReadonlyMap<string, Typing>;
  readonly takeovers: ReadonlyMap<number, wire.TakeoverTimes>;
  /** From the click to the open reply box, of takeovers made on this page: by epoch, in milliseconds. */
  readonly enabled: ReadonlyMap<number, number>;
  readonly attempt: Attempt;
  readonly isNoting: boolean;
  /** The last event that was shown when the reply was begun; 0 while there is no text. */
  readonly begun: number;
  readonly notice: Notice | null;
  readonly isMissing: boolean;
  /** The line "new" stands below the event with this number; null: there is none. */
  readonly unreadAfter: number | null;
  /** The newest event when it was opened: up to there it is history, which is not read out. */
  readonly liveFrom: number;
  /** Older events are on their way. */
  readonly isPaging: boolean;
}

export function opened(id: string, view: StaffView): Open {
  return {
    id,
    view,
    isLive: false,
    pending: [],
    here: null,
    typing: new Map(),
    takeovers: new Map(),
    enabled: new Map(),
    attempt: NONE,
    isNoting: false,
    begun: 0,
    notice: null,
    isMissing: false,
    unreadAfter: null,
    liveFrom: Number.POSITIVE_INFINITY,
    isPaging: false,
  };
}

/** It is shown, maybe again. `readUpTo`: the last number that this person has read of it; 0 if they never did. */
export function shown(open: Open, view: StaffView, readUpTo: number, hasText: boolean): Open {
  return {
    ...open,
    view,
    isLive: false,
    here: null,
    typing: new Map(),
    isMissing: false,
    begun: hasText ? open.begun : 0,
    unreadAfter: readUpTo > 0 ? readUpTo : null,
    liveFrom: Number.POSITIVE_INFINITY,
    isPaging: false,
  };
}

/** The view has changed. Where control has, attempts of an earlier epoch are over. `readUpTo`: as the server has it. */
export function viewed(open: Open, view: StaffView, isLive: boolean, pending: readonly Entry[], readUpTo = 0): Open {
  const epoch = view.state?.epoch ?? 0;
  const isNew = epoch !== (open.view.state?.epoch ?? 0);
  const isFirst = open.view.state === null && view.state !== null;
  const readBefore = Math.max(readUpTo, open.unreadAfter ?? 0);
  // Whoever holds control now, this reply is not theirs to confirm any more; its text is kept.
  const notice = isNew && open.notice?.kind === "stale" ? null : open.notice;
  const unread = readBefore === 0 || readBefore >= view.number ? null : readBefore;
  return {
    ...open,
    view,
    isLive,
    pending,
    typing: isNew ? new Map() : stillTyping(open, view),
    attempt: isNew ? afterControl(open.attempt, epoch) : open.attempt,
    notice,
    unreadAfter: isFirst ? unread : open.unreadAfter,
    liveFrom: isFirst ? view.number : open.liveFrom,
    isPaging: open.isPaging && view.more && view.events[0] === open.view.events[0],
  };
}

/** The text of the reply has changed. */
export function written(open: Open, text: string): Open {
  const begun = text.trim() === "" ? 0 : open.begun || open.view.number;
  const notice = begun === 0 && open.notice?.kind === "stale" ? null : open.notice;
  return begun === open.begun && notice === open.notice ? open : { ...open, begun, notice };
}

/** Nothing was sent: so many messages came since `begun`. They get the line "new". */
export function isStale(open: Open, count: number): Open {
  return { ...open, notice: { kind: "stale", count }, unreadAfter: open.begun };
}

/** How many messages of the customer came since the reply was begun. */
export function missed(open: Open): number {
  if (open.begun === 0) return 0;
  const { events } = open.view;
  return events.filter(({ seq, author, body }) => seq > open.begun && isOfContact(author, body)).length;
}

/** The missed ones were looked at: from here on they count as seen. */
export function caughtUp(open: Open): Open {
  return { ...open, notice: null, begun: open.begun === 0 ? 0 : open.view.number };
}

export function typed(open: Open, { who, on }: wire.StaffTyping, now: number, lives: number): Open {
  const key = keyOf(who);
  const typing = new Map([...open.typing].filter(([other, { until }]) => other !== key && until > now));
  if (on) typing.set(key, { who, until: now + lives });
  return { ...open, typing };
}

/** The last change of holder, if it is among the events shown. */
export function lastChange({ events, state }: StaffView): Change | null {
  const [last, earlier] = newestControls(events);
  if (last === undefined || last.epoch !== state?.epoch) return null;
  const before = earlier?.body.kind === "control" ? earlier.body.holder : null;
  return { at: last.at, by: "name" in last.author ? last.author.name : "", before };
}

/** The two newest, from the end: a view may have thousands of events. */
function newestControls(events: readonly wire.Event[]): readonly wire.Event[] {
  const found: wire.Event[] = [];
  for (let n = events.length - 1; n >= 0 && found.length < 2; n -= 1) {
    const event = events[n];
    if (event?.body.kind === "control") found.push(event);
  }
  return found;
}

/** A message or note ends the typing of its author. */
function stillTyping({ typing, view: before }: Open, { events, number }: StaffView): Open["typing"] {
  if (typing.size === 0 || number === before.number) return typing;
  const said = events.filter(
    ({ seq, body }) => seq > before.number && (body.kind === "message" || body.kind === "note"),
  );
  const authors = new Set(said.map(({ author }) => keyOf(author)));
  return new Map([...typing].filter(([key]) => !authors.has(key)));
}

function keyOf(person: wire.StaffTyping["who"]): string {
  return "id" in person ? `${person.type} ${person.id}` : person.type;
}

function isOfContact(author: wire.Event["author"], body: wire.Event["body"]): boolean {
  return author.type === "contact" && body.kind === "message";
}
