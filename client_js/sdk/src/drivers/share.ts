/**
 * One tab gets a new token for all tabs of a principal, and the others take it over. An optimisation: what goes wrong
 * here costs a request.
 */

import { exclusively, within } from "./tabs.ts";

const PATIENCE = 10_000; // for the program's own function: a request of its own that hangs must not stop all tabs
const ARRIVES = 500; // in which the others get it, before they have their turn

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

  /** Calls `ask` when it is this tab's turn, and tells the others; null: a token has arrived before that. */
  get<T>(ask: () => T | Promise<T>, tokenOf: (given: T) => string | undefined): Promise<T | null> {
    const before = this.#arrivals;
    return new Promise((resolve, reject) => {
      exclusively(this.#name, 2 * PATIENCE, async () => {
        if (this.#arrivals !== before) return resolve(null);
        const given = await within(PATIENCE, Promise.resolve(ask()));
        this.#channel?.postMessage(tokenOf(given));
        resolve(given);
        await new Promise((go) => setTimeout(go, ARRIVES));
      }).catch((problem) => (this.#arrivals === before ? reject(problem) : resolve(null)));
    });
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
