/** What was done in a conversation, the newest first: as the server tells it, and as events come. No I/O. */

import type { wire } from "@intervene/client";

/** Of a takeover, in milliseconds since the click reached the server; -1 while unknown. */
export type Times = Pick<wire.TakeoverTimes, "committed_ms" | "seen" | "seen_ms" | "bot_stopped_ms">;

export interface Action {
  readonly seq: number;
  readonly at: number;
  readonly epoch: number;
  readonly by: wire.Event["author"];
  /** The move that changed control, or the kind of the event. */
  readonly action: string;
  readonly body: wire.Event["body"];
  readonly times?: Times | null;
}

const WORDS: ReadonlySet<string> = new Set(["message_started", "message", "note"]);

export function actionOf({ seq, at, epoch, author: by, body }: wire.Event): Action | null {
  if (WORDS.has(body.kind)) return null;
  return { seq, at, epoch, by, body, action: body.kind === "control" ? body.move : body.kind };
}

/** The events that are not in `kept` yet, and are newer than all of it, before it. The very same where there are none. */
export function withEvents(kept: readonly Action[], events: readonly wire.Event[]): readonly Action[] {
  const newest = kept[0]?.seq ?? 0;
  const fresh: Action[] = [];
  for (let n = events.length - 1; n >= 0; n -= 1) {
    const event = events[n];
    if (event === undefined || event.seq <= newest) break;
    const action = actionOf(event);
    if (action !== null) fresh.push(action);
  }
  return fresh.length === 0 ? kept : [...fresh, ...kept];
}

/** Whether events are missing between those that were seen up to number `upTo` and those that are there now. */
export function hasGap(upTo: number, events: readonly wire.Event[]): boolean {
  const first = events[0];
  return first !== undefined && first.seq > upTo + 1;
}

/** Who held control before the change at that place of a list with the newest first; null if that is not loaded. */
export function holderBefore(actions: readonly Action[], at: number): wire.ControlChanged["holder"] | null {
  for (let n = at + 1; n < actions.length; n += 1) {
    const body = actions[n]?.body;
    if (body?.kind === "control") return body.holder;
    if (body?.kind === "opened") return { type: "nobody" };
  }
  return null;
}

/** Whether an event says that something of the contact is another than before. */
export function isOfContact({ body, author }: wire.Event): boolean {
  switch (body.kind) {
    case "identified":
    case "continued":
    case "continued_from":
    case "blocked":
    case "unblocked":
    case "attributes_kept":
      return true;
    default:
      // A page may have said more of its visitor, a bot or a colleague of the customer: no event says that.
      return author.type !== "system";
  }
}

/** What the bots are called that a history names, by their ids. */
export function botsIn(actions: readonly Action[]): ReadonlyMap<string, string> {
  const bots = new Map<string, string>();
  for (const { by, body } of actions) {
    if (by.type === "bot") bots.set(by.id, by.name);
    if (body.kind === "control" && body.holder.type === "bot") bots.set(body.holder.id, body.holder.name);
  }
  return bots;
}

/** Whether it says that there is another conversation of the contact, or that this one has ended or goes on. */
export function isOfPast({ body }: wire.Event): boolean {
  return body.kind === "continued" || body.kind === "continued_from" || body.kind === "identified";
}
