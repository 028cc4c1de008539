/**
 * A conversation that is followed: what is shown of it, what was read, and how its watch stands. No I/O.
 *
 * After a reconnect it is watched again from the last event shown, and so it is when something was missed.
 */

import type * as wire from "../wire.ts";
import type { Audience } from "./audience.ts";
import * as reduce from "./reduce.ts";

export type AnyView = reduce.View<unknown, unknown>;
export type AnyAudience = Audience<unknown, unknown>;

type Positions = wire.StaffWatched | wire.ContactWatched | wire.ReadUpTo | wire.ContactRead | wire.PlaceInLine;

/** How many wait before this conversation, and whether its queue is within its hours. */
export interface Place {
  readonly ahead: number;
  readonly isOpen: boolean;
}

export interface Followed {
  view: AnyView;
  /** A read position: see `Conversation.readUpTo`. */
  read: number;
  /** Where the customer has read to, for staff: in `pub`. */
  contactRead: number;
  /** A customer's, in the line of those who wait, as the server showed it last; null: not since control has changed. */
  place: Place | null;
  /** What is shown is current, and what follows will be shown. */
  isLive: boolean;
  /** A watch is to be sent, is under way, or is answered. */
  watch: "due" | "asked" | "done";
}

/** One that nothing is shown of yet. */
export function unseen(): Followed {
  return { view: reduce.emptyView(), read: 0, contactRead: 0, place: null, isLive: false, watch: "due" };
}

/** In a new session: to be watched, from what is shown. */
export function renew(followed: Followed): void {
  followed.watch = "due";
  followed.place = null;
}

/** Takes over what a frame leads to: with a gap it has to be watched again. */
export function follow(followed: Followed, step: reduce.Step<unknown, unknown>, audience: AnyAudience): void {
  const { view, gap, shown } = step;
  if (shown.some((event) => audience.isControl(event))) followed.place = null;
  followed.view = view;
  followed.watch = gap ? "due" : "done";
  followed.isLive = !gap;
}

/**
 * Takes over the positions of a frame. Those up to which somebody has read rise, or begin anew with what is shown. False:
 * they are the same.
 */
export function keepPositions(followed: Followed, frame: Positions): boolean {
  if (frame.type === "position") {
    const { ahead, open: isOpen = false } = frame;
    followed.place = typeof ahead === "number" ? { ahead, isOpen } : null;
    return true;
  }
  const isReset = frame.type === "watched" && frame.reset;
  const [read, contactRead] = positionsOf(frame);
  if (!isReset && read <= followed.read && contactRead <= followed.contactRead) return false;
  followed.read = isReset ? read : Math.max(read, followed.read);
  followed.contactRead = isReset ? contactRead : Math.max(contactRead, followed.contactRead);
  return true;
}

function positionsOf(frame: Exclude<Positions, wire.PlaceInLine>): readonly [read: number, contactRead: number] {
  if (frame.type === "read") return [frame.n, 0];
  if (frame.type === "contact_read") return [0, frame.pub];
  return [frame.read ?? 0, "contact_read" in frame ? (frame.contact_read ?? 0) : 0];
}

/** An ack leaves the server after the event that it names: where that is not shown, something was missed. */
export function checkAck(followed: Followed, acked: number): void {
  if (!followed.isLive || !reduce.isBehind(followed.view, acked)) return;
  followed.watch = "due";
  followed.isLive = false;
}

/** The one whose watch is to be sent: that of `first`, so that what a command does there is shown, then any. */
export function dueWatch(
  all: ReadonlyMap<string, Followed>,
  first: string | undefined,
): readonly [string, Followed] | undefined {
  for (const each of all) if (each[1].watch === "due" && (first ?? each[0]) === each[0]) return each;
  return undefined;
}

/** The watch, from the last event shown. It is under way from here on. */
export function watchOf(conversation: string, followed: Followed, audience: AnyAudience): wire.Watch {
  followed.watch = "asked";
  const after = reduce.position(followed.view, audience);
  return after === null ? { type: "watch", conversation } : { type: "watch", conversation, after };
}
