/** How patient a client is, and when it comes back. Pure: the random number is an argument. */

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

/** Milliseconds until the next attempt. `random` in [0, 1). */
export function delay(pace: Pace, failures: number, random: number): number {
  return random * Math.min(pace.longestDelay, pace.firstDelay * 2 ** Math.min(failures, 30));
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
