/**
 * Commands without an answer, in the order in which they were given. No I/O.
 *
 * A command keeps its id until it is answered, so that sending it again after a reconnect does no harm (R42). One that
 * the server could not take for the moment holds back those behind it: what one author says stays in order (R43).
 */

import type * as wire from "../wire.ts";

/** What a customer gives. */
export type ContactCommand = wire.ContactSay | wire.AskForPerson | wire.Rate;
/** What staff give. */
export type StaffCommand =
  | wire.StaffSay
  | wire.AddNote
  | wire.Intervene
  | wire.HandBack
  | wire.SendBot
  | wire.Assign
  | wire.Transfer
  | wire.Release
  | wire.CloseConversation
  | wire.Reopen
  | wire.SetQueue
  | wire.SetStatus
  | wire.SetTags
  | wire.SetFields
  | wire.Block
  | wire.Begin
  | wire.Edit
  | wire.Delete;
/** What is answered, once for each time it is sent. */
export type Command = ContactCommand | StaffCommand;

/** The conversation that it is for; "" for one that is only begun, and for nothing. */
export function placeOf(command: Command | undefined): string {
  return (command as { readonly conversation?: string } | undefined)?.conversation ?? "";
}

/** The answer: it is committed and durable. */
export type Ack = wire.StaffAck | wire.ContactAck;

/** A command without an answer. */
export interface Entry {
  /** What was given. Its `id` stays the same however often it is sent. */
  readonly command: Command;
  /** Milliseconds since 1970, when it was given. */
  readonly at: number;
  /** In the clock of the inputs: not sent any more from then on. */
  readonly until: number;
  /** On its way, or on its way back; false before it is sent, and again after the connection was lost. */
  readonly isSent: boolean;
  /** Sent at least once, on whatever connection: without an answer nobody knows whether it took effect. */
  readonly wasSent: boolean;
}

export const MOST_ENTRIES = 1000;
/** How long a control move is good for: it answers to what was on the screen when it was clicked. */
export const MOVE_LIVES = 10_000;
/** A message that is older is shown as not sent, with the text to send anew. */
export const MESSAGE_LIVES = 24 * 3600 * 1000;

/** Commands that are kept over reconnects and reloads. Control moves never are. */
export function isKept(command: Command): boolean {
  return command.type === "say" || command.type === "add_note";
}

export class Outbox {
  readonly #entries = new Map<string, Entry>();
  #heldUntil = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Of one conversation, or all: oldest first. */
  entries(conversation?: string): readonly Entry[] {
    const all = [...this.#entries.values()];
    return conversation === undefined ? all : all.filter(({ command }) => placeOf(command) === conversation);
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** False: it is full. `age`: milliseconds since it was given. */
  add(command: Command, at: number, now: number, age = 0): boolean {
    if (this.#entries.size >= MOST_ENTRIES) return false;
    const until = now + (isKept(command) ? MESSAGE_LIVES : MOVE_LIVES) - age;
    this.#entries.set(command.id, { command, at, until, isSent: false, wasSent: false });
    return true;
  }

  /** Takes an entry out: it was answered, or the program gave it up. */
  remove(id: string): Entry | undefined {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    return entry;
  }

  /** Takes all out: another person goes on from here. */
  clear(): readonly Entry[] {
    const all = this.entries();
    this.#entries.clear();
    this.#heldUntil = 0;
    return all;
  }

  /** What waits for `from` goes to another conversation, with its ids and in its order. */
  readdress(from: string, to: string): readonly Entry[] {
    const moved = this.entries(from).map((entry) => {
      return { ...entry, command: { ...entry.command, conversation: to }, isSent: false };
    });
    for (const entry of moved) this.#entries.set(entry.command.id, entry);
    return moved;
  }

  /** A new connection: everything without an answer is sent again, in order. */
  rewind(): void {
    this.#heldUntil = 0;
    for (const [id, entry] of this.#entries) this.#entries.set(id, { ...entry, isSent: false });
  }

  /** The server could not take `id` now. It and all that were given after it are sent again at `until`. */
  hold(id: string, until: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, until);
    let isBehind = false;
    for (const [other, entry] of this.#entries) {
      isBehind ||= other === id;
      if (isBehind) this.#entries.set(other, { ...entry, isSent: false });
    }
  }

  /** The next to send, or undefined. */
  next(now: number): Entry | undefined {
    if (now < this.#heldUntil) return undefined;
    this.#heldUntil = 0;
    for (const entry of this.#entries.values()) if (!entry.isSent) return entry;
    return undefined;
  }

  sent(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) this.#entries.set(id, { ...entry, isSent: true, wasSent: true });
  }

  /** Takes out what is not good any more, unless it is on its way at this moment. */
  expire(now: number): readonly Entry[] {
    const late = [...this.#entries.values()].filter((entry) => entry.until <= now && !entry.isSent);
    for (const { command } of late) this.#entries.delete(command.id);
    return late;
  }

  get wakeAt(): number {
    const ends = [...this.#entries.values()].filter((entry) => !entry.isSent).map((entry) => entry.until);
    const held = this.#heldUntil > 0 ? this.#heldUntil : Number.POSITIVE_INFINITY;
    return Math.min(held, ...ends);
  }
}
