/** What is history and what is new while the panel is open, and what is shown beside the launcher while it is closed. */

import type { CustomerView, Session } from "./session.ts";
import type { Unread } from "./unread.ts";

/** The view before there is one. */
export const NOTHING_YET: CustomerView = {
  events: [],
  stream: null,
  state: null,
  number: 0,
  more: false,
  isWhole: true,
};

export class Opening {
  /** How often the panel was opened. */
  count = 0;
  /** The last number that was read before; null: nothing of it is new. */
  unreadAfter: number | null = null;
  /** The last number that is history; null: the thread is not in view yet. */
  liveFrom: number | null = null;
  #dismissed = 0;

  /** The panel opens: what is there by then is history. */
  next(): void {
    this.count += 1;
    this.liveFrom = null;
  }

  /** The thread comes into view: what is there now is history, and what of it is new has a line above it. */
  enter(session: Session | null): void {
    const { view, unread, readNumber } = session ?? {};
    if (this.liveFrom !== null || view?.state == null) return;
    this.liveFrom = view.number;
    this.unreadAfter = unread?.count ? (readNumber ?? null) : null;
  }

  /** Another principal, whose thread is another one. */
  begin(): void {
    this.unreadAfter = null;
    this.liveFrom = null;
    this.#dismissed = 0;
  }

  /** Whether the newest message is shown beside the launcher. */
  isPeeking({ latest }: Unread): boolean {
    return (latest?.number ?? 0) > this.#dismissed;
  }

  dismiss({ latest }: Unread): void {
    this.#dismissed = latest?.number ?? 0;
  }
}
