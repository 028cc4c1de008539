/** What the foot of the agent's screen says and offers: a function of what is known. */

import type { wire } from "@intervene/client";
import { clock, type Party, party } from "./thread.ts";

const PATIENCE = 4_000; // milliseconds for the answer to a takeover, before the dock says that there is none

export interface Known {
  readonly look: string;
  readonly state: wire.StaffState | null;
  /** Why nothing can be sent; empty while it can. */
  readonly offline: string;
  /** For how many milliseconds a takeover has had no answer; 0: there is none under way. */
  readonly taking: number;
  /** For how many milliseconds the holder holds control, or nobody does; null: not known. */
  readonly since: number | null;
  readonly isSupervisor: boolean;
}

/** Without a title the reply box is open. */
export interface Dock {
  readonly title?: string;
  readonly reason?: string;
  /** The main action. */
  readonly main?: string;
  /** A quiet one. */
  readonly other?: string;
}

export function dock({ look, state, offline, taking, since, isSupervisor }: Known): Dock {
  if (!state) return { title: offline || "Nothing here yet", reason: "Write something as the customer." };
  if (offline) {
    return { title: offline, reason: "Your draft is kept. This page goes on where it was.", other: "Try now" };
  }
  const customer = state.contact.name || "Visitor";
  const holder: Party = party(state.holder);
  if (taking > PATIENCE) {
    const reason = "The bot may still be speaking. Trying again.";
    return { title: "No answer from the server yet.", reason, main: "Taking over" };
  }
  switch (look) {
    case "bot":
      return {
        title: `${holder.name} is answering, so replies are closed`,
        reason: "Watch, or write a note. Intervening ends this bot run for good; you can hand back to a new one later.",
        main: taking ? "Taking over" : "Intervene",
      };
    case "wait":
      return {
        title: `${customer} has been waiting${since === null ? "" : ` for ${clock(since)}`}`,
        reason: "Nobody answers at the moment. Pick up, and the reply box opens.",
        main: taking ? "Taking over" : "Pick up",
      };
    case "other": {
      const title = `${holder.name} is replying`;
      const reason = "You can watch, or write a note.";
      return isSupervisor ? { title, reason, other: `Take over from ${holder.name}` } : { title, reason };
    }
    case "shut":
      return {
        title: "This conversation is closed",
        reason: `It opens again when ${customer} writes.`,
        other: "Reopen",
      };
    default:
      return {};
  }
}
