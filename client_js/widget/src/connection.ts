/** What is said about the connection, and when: a break that is over at once is not worth a word. */

import type { ClientState } from "@intervene/client";

const QUIET = 1500; // a server that restarts, a network that changes
const FIRST = 5000; // the first connection may take longer

export type Notice =
  | { readonly kind: "none" }
  /** `retryIn` in milliseconds; null: unknown. */
  | { readonly kind: "offline" | "noAnswer"; readonly retryIn: number | null }
  | { readonly kind: "blocked" | "ended" };

/** Follows the states of one client. `now` in milliseconds of one clock that never goes back. */
export class Connection {
  #downSince: number | null = null;
  #wasLive = false;

  /** To be asked at each change, and each second. `retryAt` of the state is of the same clock. */
  notice(state: ClientState, now: number): Notice {
    if (state.kind === "live") {
      this.#downSince = null;
      this.#wasLive = true;
    } else if (state.kind !== "idle") {
      this.#downSince ??= now;
    }
    if (state.kind === "stopped") return { kind: "ended" };
    if (this.#downSince === null || !("trouble" in state)) return { kind: "none" };
    const { kind } = state.trouble ?? {};
    if (kind === "blocked") return { kind: "blocked" };
    const down = now - this.#downSince;
    if (kind === undefined) return down < FIRST ? { kind: "none" } : { kind: "noAnswer", retryIn: null };
    if (down < QUIET && kind !== "offline" && this.#wasLive) return { kind: "none" };
    const left = state.kind === "waiting" ? state.retryAt - now : Number.NaN;
    const retryIn = Number.isFinite(left) ? Math.max(0, left) : null;
    return { kind: kind === "offline" ? "offline" : "noAnswer", retryIn };
  }
}
