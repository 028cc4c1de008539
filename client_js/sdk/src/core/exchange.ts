/**
 * What is said on a connection and what is still to be answered: watches, commands, questions. No I/O.
 *
 * After a reconnect the conversations are watched again, each from the last event shown, and the commands without an
 * answer are sent again in their order. What the server confirms of a conversation goes into its view.
 */

import type * as wire from "../wire.ts";
import { contact, staff } from "./audience.ts";
import { Bucket } from "./bucket.ts";
import {
  type AnyAudience,
  type AnyView,
  checkAck,
  dueWatch,
  type Followed,
  follow,
  keepPositions,
  renew,
  unseen,
  watchOf,
} from "./followed.ts";
import { type Ack, type Command, type Entry, Outbox, placeOf } from "./outbox.ts";
import * as reduce from "./reduce.ts";
import type { Frame, Welcome } from "./states.ts";

type Out = wire.StaffIn | wire.ContactIn;
/** `open` with `fresh`: the next conversation, after an answer that the last one is over (R63). */
type Question = wire.GetPage | wire.Open;

export type ExchangeEffect =
  | { readonly do: "send"; readonly frame: Out }
  /** The view, or what is beside it, has changed. `shown` are events that were not shown before. */
  | { readonly do: "changed"; readonly conversation: string; readonly shown: readonly unknown[] }
  /** Who types, who is here, a takeover's times: beside the log. */
  | { readonly do: "beside"; readonly conversation: string; readonly frame: Frame }
  | { readonly do: "acked"; readonly id: string; readonly ack: Ack }
  | { readonly do: "refused"; readonly entry: Entry; readonly error: wire.Error | wire.ContactError }
  | { readonly do: "late"; readonly entry: Entry }
  | { readonly do: "opened"; readonly conversation: string }
  /** What was said in `from` goes on in `to`: `from` is followed no more, and `entries` are addressed anew. */
  | { readonly do: "moved"; readonly from: string; readonly to: string; readonly entries: readonly Entry[] }
  /** A watch, a page or `open` was refused for good. */
  | { readonly do: "failed"; readonly about: string; readonly error: wire.Error | wire.ContactError }
  /** A frame that is not of a conversation's log: of views, of presence, or of a newer server (R5). */
  | { readonly do: "other"; readonly frame: Frame };

/** Nothing is wrong with what was said: the same again, later. */
const PASSING: ReadonlySet<string> = new Set(["unavailable", "busy", "too_fast"]);
const REPEAT_AFTER = 500;
const MOST_LOOSE = 256; // frames that nothing waits for; the oldest is dropped
export const OPEN = "open";

export class Exchange {
  readonly outbox = new Outbox();
  readonly #followed = new Map<string, Followed>();
  readonly #questions = new Map<string, Question>();
  /** Conversations that are over (of a customer), until the next one is opened. */
  readonly #over = new Set<string>();
  readonly #leads = new Map<string, string>();
  readonly #random: () => number;
  #asked = "";
  #loose: Out[] = [];
  #out: ExchangeEffect[] = [];
  #isLive = false;
  #audience: AnyAudience = staff as AnyAudience;
  #bucket = new Bucket(1, 1);
  #waitUntil = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  take(): readonly ExchangeEffect[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  get wakeAt(): number {
    const waits = this.#isLive && this.#waitUntil > 0 ? this.#waitUntil : Number.POSITIVE_INFINITY;
    return Math.min(waits, this.outbox.wakeAt);
  }

  followed(conversation: string): Readonly<Followed> | undefined {
    return this.#followed.get(conversation);
  }

  // -- a program's wishes ---------------------------------------------------------------------------------------------

  watch(conversation: string, now: number): void {
    if (this.#followed.has(conversation)) return;
    this.#followed.set(conversation, unseen());
    this.#flush(now);
  }

  unwatch(conversation: string, now: number): void {
    if (this.#followed.delete(conversation)) this.say({ type: "unwatch", conversation }, now);
  }

  /** Sent if there is a connection, otherwise dropped: typing, read positions, `seen`. */
  say(frame: Out, now: number): void {
    if (!this.#isLive) return;
    this.#loose.push(frame);
    if (this.#loose.length > MOST_LOOSE) this.#loose.shift();
    this.#flush(now);
  }

  /** Sent until it is answered. False: the queue is full. Given `at`, in milliseconds since 1970, `age` ago. */
  command(command: Command, at: number, now: number, age = 0): boolean {
    const added = this.outbox.add(command, at, now, age);
    if (added) this.#changed(placeOf(command));
    this.tick(now);
    return added;
  }

  open(now: number): void {
    this.#ask(OPEN, { type: "open" }, now);
  }

  page(conversation: string, limit: number, now: number): boolean {
    const view = this.#followed.get(conversation)?.view;
    const first = view?.events[0];
    if (view === undefined || first === undefined || !view.more) return false;
    const before = this.#audience.numberOf(first);
    this.#ask(pageOf(conversation), { type: "get_page", conversation, before, limit }, now);
    return true;
  }

  #ask(about: string, frame: Question, now: number): void {
    if (!this.#questions.has(about)) this.#questions.set(about, frame);
    this.#flush(now);
  }

  /** Another person goes on from here (R14). What had no answer is given back; only `open` is asked anew. */
  forget(): readonly Entry[] {
    this.#followed.clear();
    this.#over.clear();
    this.#leads.clear();
    this.#loose = [];
    for (const about of this.#questions.keys()) if (about !== OPEN) this.#questions.delete(about);
    return this.outbox.clear();
  }

  // -- the connection -------------------------------------------------------------------------------------------------

  joined(welcome: Welcome, now: number): void {
    const isStaff = "agent" in welcome;
    this.#audience = (isStaff ? staff : contact) as AnyAudience;
    this.#bucket = isStaff ? new Bucket(90, 18) : new Bucket(18, 1.8); // a little below R70, so that nothing is refused
    this.#isLive = true;
    this.#asked = "";
    this.#waitUntil = 0;
    for (const followed of this.#followed.values()) renew(followed);
    this.outbox.rewind();
    this.#flush(now);
  }

  left(): void {
    this.#isLive = false;
    this.#loose = [];
    this.outbox.rewind();
    for (const [conversation, followed] of this.#followed) {
      followed.isLive = false;
      this.#changed(conversation);
    }
  }

  tick(now: number): void {
    for (const entry of this.outbox.expire(now)) {
      this.#changed(placeOf(entry.command));
      this.#out.push({ do: "late", entry });
    }
    this.#flush(now);
  }

  receive(frame: Frame, now: number): void {
    switch (frame.type) {
      case "watched":
        this.#positions(frame);
        this.#step(frame.conversation, now, (view, audience) => reduce.showWatched(view, frame, audience), true);
        break;
      case "event": {
        const event = "pub" in frame ? frame : frame.event;
        this.#step(frame.conversation, now, (view, audience) => reduce.showEvent(view, event, audience));
        break;
      }
      case "piece":
        this.#step(frame.conversation, now, (view) => reduce.showPiece(view, frame));
        break;
      case "page":
        this.#older(frame);
        break;
      case "ack":
        this.#acked(frame, now);
        break;
      case "error":
        if ("view" in frame) this.#out.push({ do: "other", frame });
        else this.#refused(frame, now);
        break;
      case "gone": {
        const { conversation, why } = frame;
        const error: wire.Error = { type: "error", code: "not_found", message: why, conversation };
        if (this.#followed.delete(conversation)) this.#out.push({ do: "failed", about: conversation, error });
        break;
      }
      case "opened":
        this.#answered(OPEN);
        for (const conversation of this.#over) this.#move(conversation, frame.conversation);
        this.#over.clear();
        this.#out.push({ do: "opened", conversation: frame.conversation });
        break;
      case "read":
      case "contact_read":
      case "position":
        this.#positions(frame);
        this.#out.push({ do: "other", frame });
        break;
      case "typing":
      case "here":
      case "takeover":
        if (this.#followed.has(frame.conversation)) {
          this.#out.push({ do: "beside", conversation: frame.conversation, frame });
        }
        break;
      default:
        this.#out.push({ do: "other", frame });
    }
    // What is on its way in one that goes on elsewhere may have been committed there before (R63).
    for (const [from, to] of this.#leads) if (this.outbox.entries(from).length === 0) this.#move(from, to);
    this.#flush(now);
  }

  // -- what comes in --------------------------------------------------------------------------------------------------

  #step(
    conversation: string,
    now: number,
    show: (view: AnyView, audience: AnyAudience) => reduce.Step<unknown, unknown>,
    isAnswer = false,
  ): void {
    const followed = this.#followed.get(conversation);
    if (followed === undefined || !(isAnswer || followed.isLive)) return;
    const step = show(followed.view, this.#audience);
    const isSame = step.view === followed.view;
    follow(followed, step, this.#audience);
    this.#confirm(conversation, step.shown, now);
    const to = this.#audience.isStaff ? "" : step.shown.map((event) => this.#audience.bodyOf(event).to).find(Boolean);
    if (to) this.#leads.set(conversation, to);
    if (!isSame || isAnswer || step.gap) this.#changed(conversation, step.shown);
  }

  #positions(frame: Parameters<typeof keepPositions>[1]): void {
    const followed = this.#followed.get(frame.conversation);
    if (followed !== undefined && keepPositions(followed, frame)) this.#changed(frame.conversation);
  }

  /** The last control event that came onto the screen is confirmed (R58). */
  #confirm(conversation: string, shown: readonly unknown[], now: number): void {
    const control = shown.filter((event) => this.#audience.isControl(event)).at(-1);
    if (control !== undefined) this.say({ type: "seen", conversation, n: this.#audience.numberOf(control) }, now);
  }

  #older(page: wire.StaffPage | wire.ContactPage): void {
    const followed = this.#followed.get(page.conversation);
    if (followed !== undefined) {
      followed.view = reduce.showOlder(followed.view, page, this.#audience);
      this.#changed(page.conversation);
    }
    this.#answered(pageOf(page.conversation));
  }

  #acked(ack: Ack, now: number): void {
    const number = "epoch" in ack ? (ack.seq ?? 0) : (ack.pub ?? 0);
    const followed = this.#followed.get(ack.conversation);
    if (followed) checkAck(followed, number);
    if (this.outbox.remove(ack.id)) {
      this.#out.push({ do: "acked", id: ack.id, ack });
      this.#changed(ack.conversation);
    }
    this.#flush(now);
  }

  #refused(error: wire.Error | wire.ContactError, now: number): void {
    const { id = "", conversation = "" } = error;
    if (PASSING.has(error.code)) {
      this.#later(error, now);
    } else if (this.#goesOn(error, now)) {
      return;
    } else if (id !== "") {
      const entry = this.outbox.remove(id);
      if (entry !== undefined) {
        this.#out.push({ do: "refused", entry, error });
        this.#changed(conversation);
      }
    } else if (this.#followed.get(conversation)?.watch === "asked") {
      this.#followed.delete(conversation);
      this.#out.push({ do: "failed", about: conversation, error });
    } else {
      const about = conversation === "" ? OPEN : pageOf(conversation);
      if (this.#answered(about)) this.#out.push({ do: "failed", about, error });
    }
  }

  /**
   * Whether a customer's words go on elsewhere. `continued`: in the conversation that the answer names. `over`: in the
   * next one, which is opened first (R63). Of staff, who write to what they see, it is a refusal like any other.
   */
  #goesOn(error: wire.Error | wire.ContactError, now: number): boolean {
    const { code, id = "", conversation = "", to = "" } = error;
    const isOver = code === "over";
    if (this.#audience.isStaff || !(isOver || (code === "continued" && to !== ""))) return false;
    if (placeOf(this.outbox.get(id)?.command) !== conversation) return true; // it went on already
    if (!isOver) {
      this.#move(conversation, to);
    } else if (!this.#over.has(conversation)) {
      this.#over.add(conversation);
      this.#questions.set(OPEN, { type: "open", fresh: true });
    }
    this.#flush(now);
    return true;
  }

  #move(from: string, to: string): void {
    this.#leads.delete(from);
    if (from === to) {
      this.outbox.readdress(from, to); // an answer to an earlier question: it is asked anew
      return;
    }
    this.#followed.delete(from);
    this.#out.push({ do: "moved", from, to, entries: this.outbox.readdress(from, to) });
  }

  #later(error: wire.Error | wire.ContactError, now: number): void {
    const until = now + (error.retry_after ? error.retry_after * 1000 : REPEAT_AFTER * (1 + this.#random()));
    if (error.id) {
      this.outbox.hold(error.id, until);
      return;
    }
    const followed = this.#followed.get(error.conversation ?? "");
    if (followed?.watch === "asked") followed.watch = "due";
    else this.#asked = "";
    this.#waitUntil = Math.max(this.#waitUntil, until);
  }

  #answered(about: string): boolean {
    if (this.#asked === about) this.#asked = "";
    return this.#questions.delete(about);
  }

  // -- what goes out --------------------------------------------------------------------------------------------------

  #flush(now: number): void {
    if (!this.#isLive) return;
    for (const frame of this.#loose.splice(0)) this.#out.push({ do: "send", frame });
    for (let frame = this.#next(now); frame !== undefined; frame = this.#next(now)) {
      this.#out.push({ do: "send", frame });
    }
  }

  /** The next frame that counts against the allowance, which is taken from; undefined when there is none, or no more now. */
  #next(now: number): Out | undefined {
    if (now < this.#waitUntil) return undefined;
    this.#waitUntil = 0;
    const first = this.outbox.next(now);
    const due = dueWatch(this.#followed, first && placeOf(first.command));
    const entry = due === undefined ? first : undefined;
    const question = due === undefined && entry === undefined && this.#asked === "" ? this.#firstQuestion() : undefined;
    if (due === undefined && entry === undefined && question === undefined) return undefined;
    const wait = this.#bucket.take(now);
    if (wait > 0) {
      this.#waitUntil = now + wait;
      return undefined;
    }
    if (entry !== undefined) {
      this.outbox.sent(entry.command.id);
      this.#changed(placeOf(entry.command));
      return entry.command;
    }
    if (question !== undefined) {
      [this.#asked] = question;
      return question[1];
    }
    return due && watchOf(...due, this.#audience);
  }

  #firstQuestion(): readonly [string, Question] | undefined {
    return this.#questions.entries().next().value;
  }

  #changed(conversation: string, shown: readonly unknown[] = []): void {
    this.#out.push({ do: "changed", conversation, shown });
  }
}

function pageOf(conversation: string): string {
  return `page of ${conversation}`;
}
