/** One conversation as a program sees it: its view, and what its customer can do in it. */

import type { Followed, Place } from "./core/followed.ts";
import type { Ack, Command, Entry } from "./core/outbox.ts";
import type { View } from "./core/reduce.ts";
import { emptyView } from "./core/reduce.ts";
import type { Frame } from "./core/states.ts";
import type { ClientError } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import type * as wire from "./wire.ts";

/** What a conversation needs of its client. */
export interface Line {
  followed(id: string): Readonly<Followed> | undefined;
  pending(id: string): readonly Entry[];
  command(command: Command): Promise<Ack>;
  say(frame: wire.StaffIn | wire.ContactIn): void;
  page(id: string, limit: number): boolean;
  unwatch(id: string): void;
}

/** Who types, in each audience's own form. */
export type Typing = wire.StaffTyping | wire.ContactTyping;

/** What `conversation.on` takes: each event with its listener. */
export interface ConversationEvents {
  /** The view, `isLive` or `pending` has changed. `shown` are events that were not shown before. */
  change: (shown: readonly unknown[]) => void;
  /** Something beside the log: who types, who is here, a takeover's times. */
  beside: (frame: Typing | wire.Here | wire.TakeoverTimes) => void;
  /**
   * It is followed no more, and why: `Refused`, `Stopped`, `BeganAnew` (it was another visitor's), or `Continued` (call
   * `client.open()`, which gives the one that it goes on in).
   */
  end: (problem: ClientError) => void;
}

export abstract class Conversation<E, S> {
  /** Resolves once the conversation is shown for the first time; rejects if it cannot be. */
  readonly ready: Promise<void>;
  protected readonly line: Line;
  readonly #listeners = new Listeners<ConversationEvents>();
  #problem: ClientError | null = null;
  #isReady: () => void = () => undefined;
  #isNever: (problem: ClientError) => void = () => undefined;

  /** @internal */
  constructor(
    /** As the server names it. */
    readonly id: string,
    line: Line,
  ) {
    this.line = line;
    this.ready = new Promise((resolve, reject) => {
      this.#isReady = resolve;
      this.#isNever = reject;
    });
    this.ready.catch(() => undefined); // a program need not wait for it
  }

  /** Events, state and the open reply, as shown. Another object after each change. */
  get view(): View<E, S> {
    return (this.line.followed(this.id)?.view as View<E, S> | undefined) ?? emptyView<E, S>();
  }

  /** Whether the view is current. Between a lost connection and the answer to the next watch it is not. */
  get isLive(): boolean {
    return this.line.followed(this.id)?.isLive ?? false;
  }

  /**
   * A read position, which only grows. For a customer: the number up to which the person who holds control has read, 0
   * while that is nobody's. For staff: up to where they themselves have read, also in another window.
   */
  get readUpTo(): number {
    return this.line.followed(this.id)?.read ?? 0;
  }

  /** What was said here and not acknowledged yet, in order. */
  get pending(): readonly Entry[] {
    return this.line.pending(this.id);
  }

  /** Calls `listener` until the function that it gives is called. */
  on<K extends keyof ConversationEvents>(event: K, listener: ConversationEvents[K]): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Asks for up to `limit` older events. False: there are none, or it is not shown yet. */
  pageBack(limit = 50): boolean {
    return this.line.page(this.id, limit);
  }

  /** Shown to others for a few seconds; renew it while it is true. Dropped without a connection. */
  setTyping(on: boolean): void {
    this.line.say({ type: "set_typing", conversation: this.id, on });
  }

  /** Everything up to the number `n` was read: by default, all that is shown. Dropped without a connection. */
  setRead(n: number = this.view.number): void {
    this.line.say({ type: "set_read", conversation: this.id, n });
  }

  /** Follow it no more. */
  unwatch(): void {
    this.line.unwatch(this.id);
  }

  // -- for the client -------------------------------------------------------------------------------------------------

  /** @internal */
  changed(shown: readonly unknown[]): void {
    if (this.isLive) this.#isReady();
    this.#listeners.tell("change", shown);
  }

  /** @internal */
  beside(frame: Frame): void {
    if (frame.type !== "typing" && frame.type !== "here" && frame.type !== "takeover") return;
    this.noticed(frame);
    this.#listeners.tell("beside", frame);
  }

  /** @internal */
  ended(problem: ClientError): void {
    this.#problem = problem;
    this.#isNever(problem);
    this.#listeners.tell("end", problem);
  }

  /** What is said in a conversation that has ended is refused: it may be another visitor's. */
  protected do<A extends Ack>(command: Command): Promise<A> {
    return this.#problem ? Promise.reject(this.#problem) : (this.line.command(command) as Promise<A>);
  }

  protected noticed(_frame: Typing | wire.Here | wire.TakeoverTimes): void {}
}

/** A conversation as its customer sees it. Acts resolve when they are committed, and reject with a `ClientError`. */
export class CustomerConversation extends Conversation<wire.ContactEvent, wire.ContactState> {
  /**
   * The place in line while it waits for a person, where its queue shows that. Null: nothing is shown. A server that
   * does not name the feature `position` never shows any.
   */
  get place(): Place | null {
    const state = this.view.state;
    const isWaiting = state?.is_open === true && state.holder.kind === "nobody";
    return isWaiting ? (this.line.followed(this.id)?.place ?? null) : null;
  }

  /** Says `text`. It is kept and sent again until it is acknowledged, once. */
  say(text: string): Promise<wire.ContactAck> {
    return this.do({ type: "say", id: newId(), conversation: this.id, text });
  }

  /** Asks for a person. Changes nothing while a person holds control, or when it was asked already. */
  askForPerson(): Promise<wire.ContactAck> {
    return this.do({ type: "ask_for_person", id: newId(), conversation: this.id });
  }

  /** Says what the conversation was like, once it is closed: from 1, which is bad, to 5. Needs the feature `rate`. */
  rate(score: number, comment = ""): Promise<wire.ContactAck> {
    return this.do({ type: "rate", id: newId(), conversation: this.id, score, comment });
  }
}

/** 96 random bits: unique in a conversation, and no one can guess the next. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
