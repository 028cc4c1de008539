/** What is said to those who use a screen reader, beside the thread: once, when it happens. */

import type { wire } from "@intervene/client";
import type { Announcer } from "@intervene/ui";
import type { Dock, Me } from "./core/dock.ts";
import type { Open } from "./core/open.ts";
import { lookOf } from "./core/rows.ts";
import type { SessionState } from "./session.ts";
import { authorName, contactName, words } from "./words.ts";

/** Other conversations are only counted, and not more often than this. */
const COUNT_EVERY = 30_000;

export class Voice {
  readonly #announcer: Pick<Announcer, "status" | "alert">;
  #waiting = 0;
  #countedAt = 0;

  constructor(announcer: Pick<Announcer, "status" | "alert">) {
    this.#announcer = announcer;
  }

  connection({ link: before, me }: SessionState, { link }: SessionState): void {
    if (link.kind === "waiting" && before.kind === "live") this.#announcer.status(words("sayOffline"));
    else if (link.kind === "live" && before.kind !== "live" && me !== null) this.#announcer.status(words("sayOnline"));
  }

  /** A note calls this person. */
  mention(before: wire.Mentioned | null, mention: wire.Mentioned | null): void {
    if (mention !== null && mention !== before)
      this.#announcer.status(words("mentionedBy", { name: authorName(mention) }));
  }

  /** More conversations wait than before. */
  list({ list }: SessionState, now: number): void {
    if (list.counts === null) return;
    const { waiting = 0 } = list.counts;
    const isMore = waiting > this.#waiting && this.#countedAt > 0;
    if (isMore && now - this.#countedAt < COUNT_EVERY) return;
    if (isMore) this.#announcer.status(words("waitingCount", { n: waiting }));
    if (isMore || this.#countedAt === 0) this.#countedAt = now;
    this.#waiting = waiting;
  }

  control({ holder, is_open, contact }: wire.StaffState, me: Me): void {
    const look = lookOf(holder, is_open, me.id);
    const name = holder.type === "nobody" ? contactName(contact) : holder.name;
    const said = {
      you: words("sayYou"),
      bot: words("sayBot", { name }),
      other: words("sayOther", { name }),
      wait: words("sayWait", { name }),
      closed: words("sayClosed"),
    };
    this.#announcer.status(said[look]);
  }

  /** A failed send, a stale view, a lost race: these interrupt. */
  trouble(before: Open, open: Open, dock: () => Dock): void {
    const { notice, attempt } = open;
    if (notice !== null && notice !== before.notice) {
      this.#announcer.alert(notice.kind === "stale" ? words("stale", { n: notice.count }) : notice.text);
    }
    if (attempt.kind === "lost" && attempt !== before.attempt) this.#announcer.alert(dock().title);
  }
}
