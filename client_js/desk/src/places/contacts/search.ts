/** Contacts as one looks for them while typing: by the beginning of the name, and by exactly an address. */

import type { Asked } from "../../contacts/asked.ts";
import { type ContactLine, joined, mayBeAddress } from "../../contacts/shapes.ts";
import { Source } from "../../contacts/source.ts";

export interface Found {
  readonly query: string;
  /** Who has exactly what was typed as an address. */
  readonly exact: readonly ContactLine[];
  readonly named: readonly ContactLine[];
  /** A cursor for more of the named ones; empty, there are none. */
  readonly next: string;
}

/** Typing goes on: nothing is asked in the middle of a word. */
const PAUSE = 200;

export class Search {
  readonly #asked: () => Asked;
  readonly #answered: (found: Found) => void;
  readonly #source: Source<Found>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #query = "";

  /** `answered`: called with each answer that is shown. */
  constructor(asked: () => Asked, changed: () => void, answered: (found: Found) => void) {
    this.#asked = asked;
    this.#answered = answered;
    this.#source = new Source(changed);
  }

  get state(): Source<Found>["state"] {
    return this.#source.state;
  }

  get query(): string {
    return this.#query;
  }

  /** How many there are now. */
  get count(): number {
    const found = this.#source.value;
    return found === null ? 0 : found.exact.length + found.named.length;
  }

  type(text: string): void {
    this.#query = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), PAUSE);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  now(): void {
    clearTimeout(this.#timer);
    const query = this.#query.trim();
    void this.#read(() => this.#find(query));
  }

  more(): void {
    const found = this.#source.value;
    if (found === null || found.next === "") return;
    void this.#read(async () => {
      const page = await this.#asked().named(found.query, found.next);
      return { ...found, named: joined(found.named, page.items), next: page.next };
    });
  }

  async #read(ask: () => Promise<Found>): Promise<void> {
    if (await this.#source.read(ask)) {
      const found = this.#source.value;
      if (found !== null) this.#answered(found);
    }
  }

  async #find(query: string): Promise<Found> {
    const asked = this.#asked();
    const [exact, named] = await Promise.all([
      mayBeAddress(query) ? asked.at(query) : { items: [] },
      asked.named(query),
    ]);
    const ids = new Set(exact.items.map(({ id }) => id));
    return { query, exact: exact.items, named: named.items.filter(({ id }) => !ids.has(id)), next: named.next };
  }
}
