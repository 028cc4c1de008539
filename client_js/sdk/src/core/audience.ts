/** What differs between staff and customers: the numbers they count by, and how an event changes the state. */

import type * as wire from "../wire.ts";

export type StaffEvent = wire.Event;
export type ContactEvent = wire.ContactEvent;

/** What of an event's body is looked at whatever the audience. */
export interface Body {
  readonly kind: string;
  readonly message?: string;
  readonly text?: string;
  readonly deleted?: boolean;
  /** Of `continued`: where it goes on. */
  readonly to?: string;
}

/** One audience's events `E` and state `S`. Staff count `seq`, customers `pub`: each without holes. */
export interface Audience<E, S> {
  readonly isStaff: boolean;
  readonly numberOf: (event: E) => number;
  readonly idOf: (event: E) => string;
  readonly countOf: (state: S) => number;
  readonly bodyOf: (event: E) => Body;
  readonly withBody: (event: E, body: Body) => E;
  /** The reply that an event starts, or ends with its whole text. */
  readonly streamOf: (event: E) => { readonly starts?: string; readonly ends?: string };
  /** Whether the event changes the holder: such an event is confirmed with `seen`. */
  readonly isControl: (event: E) => boolean;
  /** The state after the event: what a fresh watch would answer. */
  readonly fold: (state: S, event: E) => S;
}

export const staff: Audience<StaffEvent, wire.StaffState> = {
  isStaff: true,
  numberOf: (event) => event.seq,
  idOf: (event) => event.id,
  countOf: (state) => state.seq,
  bodyOf: ({ body }) => body,
  withBody: (event, body) => ({ ...event, body: body as wire.Event["body"] }),
  streamOf: ({ body }) => streamOf(body),
  isControl: ({ body }) => body.kind === "control",
  fold(state, { seq, epoch, author, body }) {
    if (body.kind === "control") {
      const { holder, is_open = true, reply_enabled = false, reason = "", reason_name } = body;
      const queue = body.queue || state.queue; // a transfer names another one
      const next = { ...state, seq, epoch, holder, is_open, reply_enabled, queue };
      if (body.move !== "close") return next;
      const { reason: _, rating: __, ...closed } = next;
      return reason_name ? { ...closed, reason } : closed;
    }
    if (body.kind === "queue_set") return { ...state, seq, queue: body.queue };
    if (body.kind === "status_set") return { ...state, seq, status: body.status };
    if (body.kind === "tags_set") return { ...state, seq, tags: body.tags };
    if (body.kind === "fields_set") {
      const fields = Object.entries({ ...state.fields, ...body.fields }).filter(([, value]) => value !== "");
      return { ...state, seq, fields: Object.fromEntries(fields) };
    }
    if (body.kind === "rated") return { ...state, seq, rating: body.score };
    const asks = body.kind === "message" && author.type === "contact";
    return asks ? { ...state, seq, asked: seq } : { ...state, seq };
  },
};

export const contact: Audience<ContactEvent, wire.ContactState> = {
  isStaff: false,
  numberOf: (event) => event.pub,
  idOf: (event) => event.id,
  countOf: (state) => state.pub,
  bodyOf: ({ event }) => event,
  withBody: (frame, body) => ({ ...frame, event: body as wire.ContactEvent["event"] }),
  streamOf: ({ event }) => streamOf(event),
  isControl: ({ event }) => event.kind === "control",
  fold(state, { pub, event }) {
    return event.kind === "control" ? { pub, holder: event.holder, is_open: event.is_open } : { ...state, pub };
  },
};

function streamOf(body: Body): { starts?: string; ends?: string } {
  if (body.kind === "message_started" && body.message) return { starts: body.message };
  if (body.kind === "message" && body.message) return { ends: body.message };
  return {};
}
