/** The messages of one principal that were not acknowledged: stored while they wait, and adopted from dead tabs. */

import { type Command, type Entry, isKept } from "./core/outbox.ts";
import type { Store, Stored } from "./drivers/store.ts";
import { Tab } from "./drivers/tabs.ts";
import { TooLate } from "./errors.ts";

export interface UnsentEvents {
  /** Whether this page waits for an answer to it. */
  isWaiting(id: string): boolean;
  /** A dead tab, or the page before this one, did not get it acknowledged. */
  adopted(command: Command, at: number): void;
}

export class Unsent {
  /** Whose messages these are; null while that is not known: then they are in memory only. */
  principal: string | null;
  readonly #store: Store;
  readonly #events: UnsentEvents;
  readonly #tab = new Tab(() => void this.adopt());

  constructor(store: Store, principal: string | null, events: UnsentEvents) {
    this.#store = store;
    this.principal = principal;
    this.#events = events;
  }

  get isDurable(): boolean {
    return this.principal !== null && this.#store.isDurable;
  }

  /** All that wait: also those that a tab adopted while this page slept. They are sent twice, which does no harm. */
  async keepAll(entries: readonly Entry[]): Promise<void> {
    for (const { command, at } of entries) await this.keep(command, at);
  }

  async keep(command: Command, at: number): Promise<void> {
    const { principal } = this;
    if (principal === null || !isKept(command)) return;
    await this.#store.put({ key: keyOf(principal, command.id), principal, tab: this.#tab.name, at, command });
    // It may have been answered before the browser had stored it.
    if (!this.#events.isWaiting(command.id)) await this.#store.remove(keyOf(principal, command.id));
  }

  async forget(id: string): Promise<void> {
    if (this.principal !== null) await this.#store.remove(keyOf(this.principal, id));
  }

  async clear(): Promise<void> {
    if (this.principal !== null) await this.#store.clear(this.principal);
  }

  /** This tab lives: what it stores from now on is its own. */
  hold(): Promise<void> {
    return this.#tab.hold();
  }

  /** This tab is dead to the others, as a page that is kept for going back to must be. */
  release(): void {
    this.#tab.release();
  }

  /** Takes over what dead tabs, and the pages before this one, did not get acknowledged. */
  async adopt(): Promise<void> {
    const { principal } = this;
    if (principal === null) return;
    await this.#ofTheDead(principal, async (entry) => {
      // Meanwhile another person may have begun here.
      if (principal !== this.principal || this.#events.isWaiting(entry.command.id)) return;
      await this.#store.put({ ...entry, tab: this.#tab.name });
      if (principal === this.principal) this.#events.adopted(entry.command, entry.at);
    });
  }

  /** Removes what this tab and dead ones had stored for a principal who is not here any more, and gives it back. */
  async abandon(principal: string): Promise<readonly Command[]> {
    const abandoned: Command[] = [];
    const take = async ({ key, command }: Stored): Promise<void> => {
      await this.#store.remove(key);
      abandoned.push(command);
    };
    for (const entry of await this.#store.load(principal)) if (entry.tab === this.#tab.name) await take(entry);
    await this.#ofTheDead(principal, take);
    return abandoned;
  }

  async #ofTheDead(principal: string, act: (entry: Stored) => Promise<void>): Promise<void> {
    const of = async (tab: string) => (await this.#store.load(principal)).filter((entry) => entry.tab === tab);
    for (const tab of new Set((await this.#store.load(principal)).map((entry) => entry.tab))) {
      // Read again: it may have stored more before it died, and a third tab may have adopted all.
      await this.#tab.ifDead(tab, async () => {
        for (const entry of await of(tab)) await act(entry);
      });
    }
  }
}

function keyOf(principal: string, id: string): string {
  return `${principal} ${id}`;
}

/** Milliseconds since it was given, by a clock that may have been set since. */
export function ageOf(at: number): number {
  return Math.max(0, Date.now() - at);
}

/** Why a command is given up. */
export function tooLate({ command, wasSent }: Entry): TooLate {
  const mayBeDone = wasSent || isKept(command); // what was kept may have been sent by a page before this one
  const told = mayBeDone ? "No answer in time. It may be done." : "No connection.";
  return new TooLate(told, mayBeDone);
}
