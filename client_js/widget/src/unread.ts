/** What the customer has not read yet, and the newest of it. */

import type { wire } from "@intervene/client";

export interface Unread {
  readonly count: number;
  /** The newest, for the bubble beside the launcher. */
  readonly latest: { readonly number: number; readonly by: wire.Party; readonly text: string } | null;
}

export const NONE: Unread = { count: 0, latest: null };

/** Whole messages of the business after the number `read`. A reply that is still being written does not count yet. */
export function unreadIn(events: readonly wire.ContactEvent[], read: number): Unread {
  const messages = events.filter(({ pub, event }) => pub > read && event.kind === "message" && event.by.kind !== "you");
  const last = messages.at(-1);
  if (last === undefined || last.event.kind !== "message") return NONE;
  return { count: messages.length, latest: { number: last.pub, by: last.event.by, text: last.event.text } };
}
