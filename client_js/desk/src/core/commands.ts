/** Actions as the commands of the protocol, for one conversation or many. No I/O. */

import type { Act, wire } from "@intervene/client";
import type { Action } from "./actions.ts";

/** What a command needs of its conversation, as it was shown: a row of a list has it. */
export type Target = Pick<wire.Row, "id" | "epoch" | "seq" | "holder" | "contact">;

/** The command; null for what is no change of the conversation. */
export function commandOf(action: Action, { seq, holder }: Target): Act | null {
  switch (action.kind) {
    case "assign_me":
      return { type: "intervene" };
    case "assign":
      return { type: "assign", agent: action.agent };
    case "queue":
      return { type: holder.type === "agent" ? "transfer" : "set_queue", queue: action.queue };
    case "status":
      return { type: "set_status", status: action.status };
    case "tags":
      return { type: "set_tags", tags: action.tags };
    case "block":
      return { type: "block", until: action.until, why: action.why };
    case "close":
      return { type: "close", seen: seq, ...(action.reason && { reason: action.reason }) };
    case "hand_back":
    case "send_bot":
    case "release":
      return { type: action.kind, ...(action.reason && { reason: action.reason }) };
    case "transcript":
      return null;
    default:
      return { type: action.kind };
  }
}

/** The body of a request with that command. */
export function bodyOf({ type: _, ...members }: Act, { epoch }: Target): Readonly<Record<string, unknown>> {
  return { epoch, ...members };
}

/** What `POST /v1/conversations/bulk` takes: a command for each, grouped by its type, of at most 100. */
export interface Bulk {
  readonly command: Act["type"];
  readonly conversations: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const MOST = 100;

export function bulksOf(action: Action, targets: readonly Target[]): readonly Bulk[] {
  const bodies = new Map<Act["type"], [string, Readonly<Record<string, unknown>>][]>();
  for (const target of targets) {
    const command = commandOf(action, target);
    if (command === null) continue;
    const of = bodies.get(command.type) ?? [];
    of.push([target.id, bodyOf(command, target)]);
    bodies.set(command.type, of);
  }
  return [...bodies].flatMap(([command, entries]) =>
    Array.from({ length: Math.ceil(entries.length / MOST) }, (_, n) => {
      return { command, conversations: Object.fromEntries(entries.slice(n * MOST, (n + 1) * MOST)) };
    }),
  );
}
