/** Parts of a conversation, for the pure tests. */

import type { ClientState, wire } from "@intervene/client";
import { NONE } from "../src/core/attempt.ts";
import type { Known } from "../src/core/dock.ts";
import type { StaffView, Viewed } from "../src/core/open.ts";

export const ana: wire.Agent = { type: "agent", id: "ana", name: "Ana" };
export const ben: wire.Agent = { type: "agent", id: "ben", name: "Ben" };
export const bot: wire.Bot = { type: "bot", id: "billing", name: "Billing bot" };
export const maria: wire.Contact = { type: "contact", id: "v-8c21", name: "Maria" };
export const nobody: wire.Nobody = { type: "nobody" };

export const live = { kind: "live", welcome: {} } as unknown as ClientState;

export function waiting(retryAt: number, kind: "unreachable" | "blocked" = "unreachable"): ClientState {
  return { kind: "waiting", retryAt, trouble: { kind, code: 1006, reason: "" } };
}

export function state(holder: wire.StaffState["holder"], more: Partial<wire.StaffState> = {}): wire.StaffState {
  return {
    contact: maria,
    channel: "webchat",
    seq: 9,
    epoch: 3,
    holder,
    is_open: true,
    reply_enabled: holder.type === "agent",
    asked: 2,
    queue: "default",
    ...more,
  };
}

export function known(holder: wire.StaffState["holder"] | null, more: Partial<Known> = {}): Known {
  return {
    me: { id: "ana", name: "Ana", role: "agent" },
    state: holder === null ? null : state(holder),
    isLive: true,
    link: live,
    attempt: NONE,
    change: null,
    keepsUnsent: true,
    now: 100_000,
    serverNow: 1_000_000,
    ...more,
  };
}

export function row(id: string, more: Partial<wire.Row> = {}): wire.Row {
  return {
    organisation: "acme",
    id,
    epoch: 1,
    seq: 9,
    contact: maria,
    channel: "webchat",
    holder: bot,
    is_open: true,
    since: 0,
    asked: 1,
    answered: 1,
    last_at: 0,
    queue: "default",
    ...more,
  };
}

let seq = 0;

/** A view with these events, numbered in order. */
export function view(holder: wire.StaffState["holder"], ...events: Partial<wire.Event>[]): StaffView {
  seq = 0;
  const whole = events.map((event) => made(event));
  return { events: whole, stream: null, state: state(holder, { seq }), number: seq, more: false, isWhole: true };
}

/** A view as it comes while there is a connection, of which nobody has read anything. */
export function seen(view: StaffView): Viewed {
  return { view, isLive: true, pending: [], readUpTo: 0, contactRead: 0 };
}

export function said(author: wire.Event["author"], text: string): Partial<wire.Event> {
  return { author, body: { kind: "message", message: text, text } };
}

export function control(
  author: wire.Event["author"],
  holder: wire.ControlChanged["holder"],
  epoch: number,
): Partial<wire.Event> {
  return { author, epoch, at: 1000 * epoch, body: { kind: "control", move: "intervene", holder } };
}

function made(event: Partial<wire.Event>): wire.Event {
  seq += 1;
  return {
    seq,
    id: `e${seq}`,
    at: seq,
    epoch: 3,
    author: maria,
    body: { kind: "note", message: "", text: "" },
    ...event,
  };
}
