/** What the desk shows of the open conversation, and how it follows from what happens. No I/O. */

import type { Entry, View, wire } from "@intervene/client";
import { type Attempt, afterControl, NONE } from "./attempt.ts";
import type { Change } from "./dock.ts";

export type StaffView = View<wire.Event, wire.StaffState>;

/** What stands over the composer until it is answered. */
export type Notice =
  /** Nothing was sent: so many messages arrived since the text was begun. */
  { readonly kind: "stale"; readonly count: number } | { readonly kind: "failed"; readonly text: string };

export type Missing = wire.Unseen | "unknown";

export interface Editing {
  readonly n: number;
  readonly text: string;
}

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
  /** Up to where the customer has read, as the customer counts. */
  readonly contactRead: number;
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
  /** Why it is shown no more; null while it is. `unknown`: there is none, or none of mine. */
  readonly missing: Missing | null;
  /** The line "new" stands below the event with this number; null: there is none. */
  readonly unreadAfter: number | null;
  /** The newest event when it was opened: up to there it is history, which is not read out. */
  readonly liveFrom: number;
  /** Which message of mine is being written anew, by the number of its event, and its text so far; null for none. */
  readonly editing: Editing | null;
  /** The takeover whose summary is folded: one has begun to write since. */
  readonly folded: number;
  /** Older events are on their way. */
  readonly isPaging: boolean;
}

export function opened(id: string, view: StaffView): Open {
  return {
    id,
    view,
    isLive: false,
    pending: [],
    contactRead: 0,
    here: null,
    typing: new Map(),
    takeovers: new Map(),
    enabled: new Map(),
    attempt: NONE,
    isNoting: false,
    begun: 0,
    notice: null,
    missing: null,
    unreadAfter: null,
    liveFrom: Number.POSITIVE_INFINITY,
    editing: null,
    folded: 0,
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
    missing: null,
    begun: hasText ? open.begun : 0,
    unreadAfter: readUpTo > 0 ? readUpTo : null,
    liveFrom: Number.POSITIVE_INFINITY,
    isPaging: false,
  };
}

/** It is shown no more. What was loaded of it goes: a day has many conversations. */
export function left(open: Open): Open {
  return { ...open, view: { ...open.view, events: [], stream: null }, pending: [], here: null, typing: new Map() };
}

/** Why a conversation is followed no more, as the SDK says it (R141). One that was seen until the connection was lost
 *  is known to be there: it is only not found by those who may not see it (R121). */
export function missingFor(reason: string, wasSeen: boolean): Missing {
  if (reason === "queue" || reason === "held" || reason === "rights") return reason;
  return wasSeen ? "rights" : "unknown";
}

/** What the SDK has of a conversation: the last two say how far this person, and the customer, have read. */
export interface Viewed {
  readonly view: StaffView;
  readonly isLive: boolean;
  readonly pending: readonly Entry[];
  readonly readUpTo: number;
  readonly contactRead: number;
}

/** The view has changed. Where control has, attempts of an earlier epoch are over. */
export function viewed(open: Open, { view, isLive, pending, readUpTo, contactRead }: Viewed): Open {
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
    pending: open.pending.length + pending.length === 0 ? open.pending : pending, // none is the same as none
    contactRead,
    typing: isNew ? new Map() : stillTyping(open, view),
    attempt: isNew ? afterControl(open.attempt, epoch) : open.attempt,
    editing: isNew ? null : open.editing,
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
  const folded = begun === 0 ? open.folded : (open.view.state?.epoch ?? 0);
  const isSame = begun === open.begun && notice === open.notice && folded === open.folded;
  return isSame ? open : { ...open, begun, notice, folded };
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
  if (last?.body.kind !== "control" || last.epoch !== state?.epoch) return null;
  const before = earlier?.body.kind === "control" ? earlier.body.holder : null;
  return { at: last.at, by: "name" in last.author ? last.author.name : "", move: last.body.move, before };
}

/** The number, as staff count, of the last event up to which the customer has read; 0 if it is none of these. */
export function readByContact({ events }: StaffView, contactRead: number): number {
  for (let n = events.length - 1; n >= 0; n -= 1) {
    const { pub = 0, seq } = events[n] as wire.Event;
    if (pub > 0 && pub <= contactRead) return seq;
  }
  return 0;
}

/** What the last bot is called that the events show at work; "" for none. */
export function botIn(events: readonly wire.Event[]): string {
  for (let n = events.length - 1; n >= 0; n -= 1) {
    const { author, body } = events[n] as wire.Event;
    if (author.type === "bot") return author.name;
    if (body.kind === "control" && body.holder.type === "bot") return body.holder.name;
  }
  return "";
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

/** For how long a message can be changed by its author, in milliseconds (R145). */
const CHANGEABLE = 15 * 60_000;

/** Whether a message of mine can still be changed: while I hold control, and it is new. The server decides. */
export function canChange({ view, isLive }: Open, me: string, written: number, serverNow: number): boolean {
  const { state } = view;
  const holds = state?.holder.type === "agent" && state.holder.id === me;
  return isLive && holds && serverNow - written < CHANGEABLE;
}
