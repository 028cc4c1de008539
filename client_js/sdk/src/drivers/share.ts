/**
 * One tab gets a new token for all tabs of a principal, and the others take it over. An optimisation: what goes wrong
 * here costs a request.
 */

import { exclusively, within } from "./tabs.ts";

const PATIENCE = 10_000; // for the program's own function: a request of its own that hangs must not stop all tabs

export class SharedTokens {
  readonly #name: string;
  readonly #arrived: (token: string) => void;
  #channel: BroadcastChannel | null = null;
  #arrivals = 0;

  /** `name` has all that tabs must have in common: which server, and whose tokens. `arrived`: another tab got one. */
  constructor(name: string, arrived: (token: string) => void) {
    this.#name = `intervene token ${name}`;
    this.#arrived = arrived;
  }

  /** Calls `ask` when it is this tab's turn; null: a token has arrived before that. */
  get<T>(ask: () => T | Promise<T>): Promise<T | null> {
    const before = this.#arrivals;
    return exclusively(this.#name, 2 * PATIENCE, async () => {
      return this.#arrivals === before ? within(PATIENCE, Promise.resolve(ask())) : null;
    });
  }

  tell(token: string): void {
    this.#channel?.postMessage(token);
  }

  /** Outside a page there are no tabs. */
  open(): void {
    if (!globalThis.document || !globalThis.BroadcastChannel) return;
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => {
      if (typeof data !== "string") return;
      this.#arrivals += 1;
      this.#arrived(data);
    };
  }

  /** A page that is kept for going back to must not listen. */
  close(): void {
    this.#channel?.close();
    this.#channel = null;
  }
}
