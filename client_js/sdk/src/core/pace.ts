/** How patient a client is, and when it comes back. No I/O: random numbers are an argument. */

import { CloseCode } from "../wire.ts";

/** All in milliseconds. */
export interface Pace {
  /** The first reconnect waits a random part of this, each that fails again of the double (full jitter). */
  readonly firstDelay: number;
  /** The longest of these waits. */
  readonly longestDelay: number;
  /** A connection that lasted as long starts over from `firstDelay`. */
  readonly stable: number;
  /** For connecting, and again for being welcomed. */
  readonly join: number;
  /** The least time between two tokens, whatever the clocks say. */
  readonly refresh: number;
  /** The longest wait that a server's advice can ask for. */
  readonly longestAdvice: number;
}

export const PACE: Pace = {
  firstDelay: 500,
  longestDelay: 30_000,
  stable: 30_000,
  join: 8_000,
  refresh: 5_000,
  longestAdvice: 300_000,
};

/** How long a client waits between its attempts. */
export class Backoff {
  readonly #pace: Pace;
  readonly #random: () => number;
  #failures = 0;

  /** `random` in [0, 1). */
  constructor(pace: Pace, random: () => number) {
    this.#pace = pace;
    this.#random = random;
  }

  /** The server is there, and answers: start over from `firstDelay`. */
  reset(): void {
    this.#failures = 0;
  }

  /** Milliseconds until the next attempt. `advice` of the server, in milliseconds, if it gave one. */
  next(advice: number | undefined): number {
    const { firstDelay, longestDelay } = this.#pace;
    const usual = this.#random() * Math.min(longestDelay, firstDelay * 2 ** Math.min(this.#failures, 30));
    const least = this.#failures > 0 ? usual : 0; // what was asked for, but no tight loop when it fails again (R81)
    this.#failures += 1;
    return advice === undefined ? usual : Math.max(least, advised(this.#pace, advice));
  }
}

/** What the server advised, kept within bounds: advice may be a mistake, or may come from something in between. */
export function advised(pace: Pace, milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.min(Math.max(0, milliseconds), pace.longestAdvice) : pace.longestAdvice;
}

/**
 * Whether a client that was closed with `code` comes back: the code's range says so (R80). What no server of ours
 * sends was made by something in between, and says nothing of the server.
 */
export function mayComeBack(code: number): boolean {
  if (code === CloseCode.BAD_DATA || code === CloseCode.TOO_BIG) return false;
  return code < 4500 || code > 4999;
}
