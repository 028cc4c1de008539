/**
 * What both audiences' events have in common, in one shape: here, and nowhere else, a customer's `party` and staff's
 * `author` become a `Speaker`. No I/O.
 */

import type { View, wire } from "@intervene/client";
import type { Item } from "./items.ts";

/** What a mark and a colour say: the reader, a bot, another agent, a contact, or nobody (`wait`). */
export type Kind = "you" | "bot" | "other" | "contact" | "wait";

export interface Speaker {
  readonly kind: Kind;
  /** As people wrote it, so anything; empty for nobody, for a visitor without a name, and for `you` as a customer. */
  readonly name: string;
  /** Tells two agents of one name apart; empty where a customer may not know it. */
  readonly id: string;
}

/** What its author made of a message later. The text of a deleted one is not there. */
export type Amendment = "edited" | "deleted" | null;

const amendmentOf = ({ edited = false, deleted = false }): Amendment =>
  deleted ? "deleted" : edited ? "edited" : null;

interface Base {
  /** `seq` for staff, `pub` for customers. */
  readonly n: number;
  readonly id: string;
  readonly at: number;
}

export type Fact =
  | (Base & { readonly kind: "started"; readonly message: string; readonly by: Speaker })
  | (Base & {
      readonly kind: "message" | "note";
      readonly message: string;
      readonly by: Speaker;
      readonly text: string;
      readonly isInterrupted: boolean;
      readonly amendment: Amendment;
      /** The command it answers to, where the event names it (staff). */
      readonly command: string;
    })
  | (Base & {
      readonly kind: "control";
      readonly holder: Speaker;
      readonly isOpen: boolean;
      /** Who moved, how and why: staff only. */
      readonly move: wire.Move | null;
      readonly by: Speaker | null;
      readonly epoch: number;
      readonly reason: string;
      /** Of a transfer: what the queue was called then (staff). */
      readonly queue?: string;
    });

/** A message or a note. */
export type Said = Extract<Fact, { kind: "message" | "note" }>;
/** A change of holder. */
export type Change = Extract<Fact, { kind: "control" }>;

/** One audience's events as facts. */
export interface Reader<E, S> {
  /** The fact, or null for an event that a thread does not show. */
  readonly factOf: (event: E) => Fact | null;
  readonly holderOf: (state: S) => Speaker;
  readonly isOpen: (state: S) => boolean;
  /** Own messages stand at the end side for customers; for staff, all that the business says. */
  readonly isAtEnd: (by: Speaker) => boolean;
  /** Who held control before the first change that is here, where the desk draws it: from the change, or the items. */
  readonly lineAbove?: (change: Change, before: readonly Item[]) => Kind | null;
  /** Whose the entries of the send queue are. */
  readonly me: Speaker;
}

export type CustomerView = View<wire.ContactEvent, wire.ContactState>;
export type StaffView = View<wire.Event, wire.StaffState>;

const PARTIES: { readonly [kind: string]: Kind } = { you: "you", bot: "bot", agent: "other" };

function partySpeaker({ kind, name = "" }: wire.Party): Speaker {
  return { kind: PARTIES[kind] ?? "wait", name, id: "" };
}

/** How a customer's events read. */
export function customerReader(): Reader<wire.ContactEvent, wire.ContactState> {
  return {
    factOf({ pub: n, id, at, event }) {
      if (event.kind === "message_started") {
        return { kind: "started", n, id, at, message: event.message, by: partySpeaker(event.by) };
      }
      if (event.kind === "message") {
        const { message, text, interrupted: isInterrupted = false } = event;
        const [by, amendment] = [partySpeaker(event.by), amendmentOf(event)];
        return { kind: "message", n, id, at, message, by, text, isInterrupted, amendment, command: "" };
      }
      if (event.kind !== "control") return null; // of a newer server
      const { holder, is_open: isOpen } = event;
      return {
        kind: "control",
        n,
        id,
        at,
        holder: partySpeaker(holder),
        isOpen,
        move: null,
        by: null,
        epoch: 0,
        reason: "",
      };
    },
    holderOf: (state) => partySpeaker(state.holder),
    isOpen: (state) => state.is_open,
    isAtEnd: (by) => by.kind === "you",
    me: { kind: "you", name: "", id: "" },
  };
}

/** How staff's events read to the agent `me`. */
export function staffReader(me: wire.Agent): Reader<wire.Event, wire.StaffState> {
  const speaker = (author: wire.Bot | wire.Agent | wire.Contact | wire.System | wire.Nobody): Speaker => {
    if (author.type === "agent")
      return { kind: author.id === me.id ? "you" : "other", name: author.name, id: author.id };
    if (author.type === "bot" || author.type === "contact")
      return { kind: author.type, name: author.name, id: author.id };
    return { kind: "wait", name: "", id: "" };
  };
  return {
    factOf({ seq: n, id, at, epoch, author, body, command = "" }) {
      const by = speaker(author);
      if (body.kind === "message_started") return { kind: "started", n, id, at, message: body.message, by };
      if (body.kind === "message" || body.kind === "note") {
        const isInterrupted = body.kind === "message" && body.interrupted === true;
        const { kind, message, text } = body;
        const amendment = kind === "message" ? amendmentOf(body) : null;
        return { kind, n, id, at, message, by, text, isInterrupted, amendment, command };
      }
      if (body.kind !== "control") return null;
      const { holder, is_open: isOpen = true, move, reason = "", queue_name: queue = "" } = body;
      return { kind: "control", n, id, at, holder: speaker(holder), isOpen, move, by, epoch, reason, queue };
    },
    holderOf: (state) => speaker(state.holder),
    isOpen: (state) => state.is_open,
    isAtEnd: (by) => by.kind !== "contact",
    lineAbove({ move, by }, before) {
      // Moves that only one kind of holder can make; else whoever spoke for the business last.
      if (move === "finish" || (move === "ask" && by?.kind !== "contact")) return "bot";
      if (by !== null && (move === "hand_back" || move === "release")) return by.kind;
      const last = before.filter((item) => item.type === "message" && item.isAtEnd).at(-1);
      return last?.type === "message" ? last.by.kind : null;
    },
    me: { kind: "you", name: me.name, id: me.id },
  };
}
