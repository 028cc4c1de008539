/**
 * What was typed and not sent, kept on the server too, so that another browser goes on with it: every 2 s while it
 * changes, and when the page is hidden. A draft belongs to its conversation and slot: nothing here knows which is open.
 */

import type { Api } from "./api.ts";
import { type Both, chosen, packed, unpacked } from "./core/draft.ts";
import type { DraftsOfPerson, Slot } from "./writing.ts";

const EVERY = 2000; // ms
const MOST_BYTES = 16 * 1024; // of a request's body: the server takes no longer one

/** What this browser keeps: the drafts, and beside them what the server has of them. */
export interface KeptDrafts {
  get(conversation: string, slot: Slot | "server"): string;
  set(conversation: string, slot: Slot | "server", text: string): void;
}

export interface DraftingParts {
  readonly drafts: KeptDrafts;
  readonly api: Pick<Api, "get" | "send">;
  readonly isLive: () => boolean;
  /** What was typed elsewhere is here now. */
  readonly changed: (conversation: string) => void;
}

export class Drafting implements DraftsOfPerson {
  readonly #parts: DraftingParts;
  readonly #dirty = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | null = null;

  constructor(parts: DraftingParts) {
    this.#parts = parts;
    document.addEventListener("visibilitychange", this.#hidden);
    window.addEventListener("pagehide", this.#hidden);
  }

  stop(): void {
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#hidden);
    window.removeEventListener("pagehide", this.#hidden);
  }

  get(conversation: string, slot: Slot): string {
    return this.#parts.drafts.get(conversation, slot);
  }

  set(conversation: string, slot: Slot, text: string): void {
    this.#parts.drafts.set(conversation, slot, text);
    this.#dirty.add(conversation);
    this.#timer ??= setTimeout(() => void this.#due(), EVERY);
    if (text === "" && this.#bases(conversation).some((base) => base !== "")) void this.flush(); // it was sent
  }

  /** Takes what another browser kept since; what was typed here since stays. */
  async read(conversation: string): Promise<void> {
    if (!this.#parts.isLive() || this.#dirty.has(conversation)) return;
    const path = pathOf(conversation);
    const found = await this.#parts.api.get<{ text: string }>(path).catch(() => null); // as without: kept here alone
    if (found === null || this.#dirty.has(conversation)) return; // meanwhile one has begun to type
    const theirs = unpacked(found.text);
    const mine = this.#both(conversation);
    const bases = this.#bases(conversation);
    const base = bases.find((each) => each === packed(theirs)) ?? bases[0];
    const next = chosen(mine, theirs, base === undefined ? null : unpacked(base));
    this.#setBases(conversation, [packed(theirs)]);
    for (const slot of ["reply", "note"] as const) {
      if (next[slot] !== mine[slot]) this.#parts.drafts.set(conversation, slot, next[slot]);
    }
    if (packed(next) !== packed(theirs)) this.set(conversation, "reply", next.reply);
    if (packed(next) !== packed(mine)) this.#parts.changed(conversation);
  }

  /** It is out of sight: the server would refuse what was typed there, and this browser keeps it. */
  leave(conversation: string): void {
    this.#dirty.delete(conversation);
  }

  /** Saves what has changed. `isLast`: the page may end before the answer is there. */
  flush(isLast = false): Promise<void> {
    this.#saving ??= this.#saveAll(isLast).finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #due(): Promise<void> {
    this.#timer = undefined;
    await this.flush();
    if (this.#dirty.size > 0) this.#timer ??= setTimeout(() => void this.#due(), EVERY);
  }

  async #saveAll(isLast: boolean): Promise<void> {
    if (!this.#parts.isLive()) return; // it is tried again
    for (const conversation of [...this.#dirty]) {
      this.#dirty.delete(conversation);
      const text = packed(this.#both(conversation));
      const bases = this.#bases(conversation);
      const [base = ""] = bases;
      if (text === base && bases.length <= 1) continue; // of more than one it is not known which the server has
      if (bytesOf({ text }) > MOST_BYTES) continue; // this browser keeps it
      this.#setBases(conversation, [...new Set([base, ...bases.slice(-1), text])]);
      try {
        await this.#parts.api.send("PUT", pathOf(conversation), { text }, { isLast });
        this.#setBases(conversation, [text]);
      } catch {
        // Out of sight, or without a connection: this browser keeps it, and the next change tries again.
      }
    }
  }

  readonly #hidden = (event: Event): void => {
    if (event.type === "pagehide" || document.visibilityState === "hidden") void this.flush(true);
  };

  /** What the server has, as far as is known here, and what it was last asked to have: kept with the drafts, so that the
   * next page does not take what was sent since for what another browser wrote. */
  #bases(conversation: string): readonly string[] {
    return listIn(this.#parts.drafts.get(conversation, "server"));
  }

  #setBases(conversation: string, bases: readonly string[]): void {
    this.#parts.drafts.set(conversation, "server", JSON.stringify(bases));
  }

  #both(conversation: string): Both {
    return { reply: this.get(conversation, "reply"), note: this.get(conversation, "note") };
  }
}

function listIn(kept: string): readonly string[] {
  try {
    const list: unknown = JSON.parse(kept);
    return Array.isArray(list) ? list.filter((text) => typeof text === "string") : [];
  } catch {
    return []; // nothing was kept, or not by a desk
  }
}

function bytesOf(body: unknown): number {
  return new TextEncoder().encode(JSON.stringify(body)).length;
}

function pathOf(conversation: string): string {
  return `/v1/me/drafts/${encodeURIComponent(conversation)}`;
}
