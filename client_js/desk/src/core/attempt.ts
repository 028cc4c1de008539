/** What an agent has tried in the open conversation, and how it went. No I/O; times in milliseconds. */

import type { wire } from "@intervene/client";
import type { ActionKind } from "./actions.ts";

export type Attempt =
  | { readonly kind: "none" }
  /** Control was asked for at `since` of the page's clock, and there is no answer yet. */
  | { readonly kind: "taking"; readonly since: number }
  | { readonly kind: "moving"; readonly move: ActionKind }
  /** Another was quicker by `ahead`; null where it was too close to tell. It is true in `epoch` only. */
  | { readonly kind: "lost"; readonly by: wire.Agent; readonly ahead: number | null; readonly epoch: number };

export const NONE: Attempt = { kind: "none" };

/** Until then a takeover is under way as a matter of course. */
export const PATIENCE = 4000;

/** Below this the two clicks cannot be told apart: the clock of the server is known to half a round trip. */
const TOO_CLOSE = 50;

/**
 * The race was lost: `by` has control since `at`, and ours was asked for at `clicked`, both of the server's clock.
 */
export function lost(by: wire.Agent, at: number, clicked: number, epoch: number): Attempt {
  const ahead = clicked - at;
  return { kind: "lost", by, ahead: ahead < TOO_CLOSE ? null : ahead, epoch };
}

/** After control has changed to `epoch`: what was true of an earlier one is over. */
export function afterControl(attempt: Attempt, epoch: number): Attempt {
  return attempt.kind === "lost" && attempt.epoch !== epoch ? NONE : attempt;
}
