/** Conversations for tests and the gallery, told as a story to each audience. */

import type { Entry, wire } from "@intervene/client";
import { type CustomerView, createTimes, type StaffView } from "../src/index.ts";

export const START = Date.UTC(2026, 10, 27, 14, 28);
export const ANA: wire.Agent = { type: "agent", id: "ana", name: "Ana Ruiz" };
export const BEN: wire.Agent = { type: "agent", id: "ben", name: "Ben Okafor" };
export const BOT: wire.Bot = { type: "bot", id: "billing", name: "Billing bot" };
export const MARIA: wire.Contact = { type: "contact", id: "maria", name: "Maria Keller" };
const NOBODY: wire.Nobody = { type: "nobody" };

export const times = createTimes({ locale: "en-GB", zone: "UTC", now: () => START + 3_600_000 });

type Author = wire.Event["author"];

/** One conversation's log, as it grows. Times are in seconds after the one before. */
export class Story {
  readonly events: wire.Event[] = [];
  #at = START;
  #pub = 0;
  #epoch = 0;
  #holder: wire.StaffState["holder"] = NOBODY;
  #isOpen = true;
  #open: { message: string; text: string } | null = null;

  add(author: Author, body: wire.Event["body"], { after = 20, command = "" } = {}): this {
    this.#at += after * 1000;
    const isPublic = body.kind !== "note" && body.kind !== "opened";
    if (isPublic) this.#pub += 1;
    const seq = this.events.length + 1;
    if (body.kind === "control") {
      this.#epoch += 1;
      this.#holder = body.holder;
      this.#isOpen = body.is_open ?? true;
    }
    const event: wire.Event = {
      seq,
      pub: isPublic ? this.#pub : 0,
      id: `e${seq}`,
      at: this.#at,
      epoch: this.#epoch,
      author,
      body,
    };
    this.events.push(command === "" ? event : { ...event, command });
    return this;
  }

  says(
    author: Author,
    text: string,
    options: { after?: number; command?: string; interrupted?: boolean; edited?: boolean; deleted?: boolean } = {},
  ): this {
    const message = this.#open?.message ?? `m${this.events.length + 1}`;
    this.#open = null;
    const { interrupted = false, edited = false, deleted = false } = options;
    return this.add(author, { kind: "message", message, text, interrupted, edited, deleted }, options);
  }

  begins(author: Author, text = "", options: { after?: number } = {}): this {
    const message = `m${this.events.length + 1}`;
    this.#open = { message, text };
    return this.add(author, { kind: "message_started", message }, options);
  }

  growing(text: string): this {
    if (this.#open) this.#open = { ...this.#open, text: this.#open.text + text };
    return this;
  }

  notes(author: Author, text: string, options: { after?: number; command?: string } = {}): this {
    return this.add(author, { kind: "note", message: `m${this.events.length + 1}`, text }, options);
  }

  moves(move: wire.Move, author: Author, holder: wire.StaffState["holder"] = NOBODY, isOpen = true, after = 5): this {
    return this.add(author, { kind: "control", move, holder, is_open: isOpen }, { after });
  }

  get stream(): wire.OpenStream | null {
    return this.#open && { ...this.#open, n: 1 };
  }

  forStaff({ from = 0 } = {}): StaffView {
    const seq = this.events.length;
    const state: wire.StaffState = {
      contact: MARIA, channel: "webchat", seq, epoch: this.#epoch, holder: this.#holder, is_open: this.#isOpen,
      reply_enabled: true, asked: 0, queue: "default",
    }; // biome-ignore format: one line each says nothing
    return { events: this.events.slice(from), stream: this.stream, state, number: seq, more: from > 0, isWhole: true };
  }

  forCustomer({ from = 0 } = {}): CustomerView {
    const events = this.events.map(asCustomer).filter((event) => event !== null);
    const state: wire.ContactState = { pub: this.#pub, holder: party(this.#holder), is_open: this.#isOpen };
    return { events: events.slice(from), stream: this.stream, state, number: this.#pub, more: from > 0, isWhole: true };
  }
}

function party(author: Author | wire.Nobody): wire.Party {
  if (author.type === "bot" || author.type === "agent") return { kind: author.type, name: author.name };
  return { kind: author.type === "contact" ? "you" : "nobody" };
}

function asCustomer({ pub = 0, id, at, author, body }: wire.Event): wire.ContactEvent | null {
  const frame = { type: "event", conversation: "c", pub, id, at } as const;
  if (body.kind === "message_started")
    return { ...frame, event: { kind: "message_started", message: body.message, by: party(author) } };
  if (body.kind === "message") {
    const { message, text, interrupted = false, edited = false, deleted = false } = body;
    return { ...frame, event: { kind: "message", message, by: party(author), text, interrupted, edited, deleted } };
  }
  if (body.kind === "control")
    return { ...frame, event: { kind: "control", holder: party(body.holder), is_open: body.is_open ?? true } };
  return null;
}

/** An entry of a send queue. */
export function entry(id: string, text: string, { at = START + 600_000, isSent = false, type = "say" } = {}): Entry {
  const command = { type, id, conversation: "c", text } as Entry["command"];
  return { command, at, until: Number.POSITIVE_INFINITY, isSent, wasSent: isSent };
}

/** The scene of the product page: a bot is cut in mid-sentence and Ana answers. */
export function takeover(): Story {
  return new Story()
    .add(MARIA, { kind: "opened", contact: MARIA, channel: "webchat" })
    .moves("start", { type: "system" }, BOT)
    .says(MARIA, "Hi, I got a letter about €412.60 and I cannot pay it all at once.")
    .begins(BOT)
    .says(
      BOT,
      "Hello Maria. I am Billing bot, an automated assistant. I see the invoice of 3 November. Would you like to pay in instalments?",
    )
    .says(MARIA, "Yes, in instalments", { after: 40 })
    .says(MARIA, "But my pay day is the 25th now.")
    .begins(BOT)
    .says(
      BOT,
      "I understand. With a plan there is no interest for the first three months. You can pay in three instalments of €137.53, and the first one is due on 1 Dec",
      { interrupted: true },
    )
    .moves("intervene", ANA, ANA, true, 1)
    .says(ANA, "Hi Maria, this is Ana. The 25th is fine. I have moved the first instalment to 25 December.", {
      after: 90,
    });
}
