/** Reads the list of conversations: every few seconds while the page is shown, and when something has happened. */

import { listConversations } from "./api.ts";
import { failed, type List, NO_LIST, received, reordered } from "./core/rows.ts";
import { words } from "./words.ts";

const EVERY = 5000; // ms

export interface ListingParts {
  /** The token to ask with; null without a connection, when nothing is asked. */
  readonly token: () => string | null;
  readonly changed: (list: List) => void;
}

export class Listing {
  readonly #parts: ListingParts;
  readonly #timer: ReturnType<typeof setInterval>;
  #list: List = NO_LIST;
  #isHeld = false;
  #isReading = false;
  /** Something has happened since the last reading began. */
  #isDue = false;

  constructor(parts: ListingParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => document.hidden || this.refresh(), EVERY);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether the pointer or the focus is in the list: no row moves then. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  reorder(): void {
    this.#become(reordered(this.#list));
  }

  /** One reading at a time; what is asked for meanwhile is one more. */
  async refresh(): Promise<void> {
    this.#isDue = true;
    if (this.#isReading) return;
    this.#isReading = true;
    for (let token = this.#parts.token(); this.#isDue && token !== null; token = this.#parts.token()) {
      this.#isDue = false;
      this.#become(await this.#read(token));
    }
    this.#isReading = false;
  }

  async #read(token: string): Promise<List> {
    try {
      return received(this.#list, await listConversations(token), this.#isHeld);
    } catch {
      return failed(this.#list, words("listFailed"));
    }
  }

  #become(list: List): void {
    this.#list = list;
    this.#parts.changed(list);
  }
}
