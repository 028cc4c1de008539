/**
 * What a thread shows, as data: from a view and the send queue to a list of items, each with a stable identity. No I/O.
 *
 * An item that did not change is the same object in the next list, so that a template is rendered again only for what
 * changed: while a reply grows, one item.
 */

import type { Entry, View } from "@intervene/client";
import type { Times } from "../times.ts";
import type { Fact, Kind, Reader, Speaker } from "./facts.ts";

export type { Kind, Speaker } from "./facts.ts";

/** Messages of one author that begin within this time share a mark and a time. */
export const GROUP_MILLISECONDS = 5 * 60_000;

/** `kept`: not sent until the connection is back. `read`: by the agent who holds control. */
export type Sending = "kept" | "sending" | "sent" | "read" | "failed";

/** What can be done about a message that was not sent. */
export type Remedy = "retry" | "edit" | "none";

/** A message that was not sent, and why. It stays in the thread until it is sent again, edited or removed. */
export interface Failed {
  /** The id of its command: the bubble that was "sending" turns into "not sent". */
  readonly id: string;
  readonly type: "say" | "add_note";
  readonly text: string;
  readonly at: number;
  /** The code of the error. */
  readonly code: string;
  readonly remedy: Remedy;
}

interface Base {
  /** Stable over all lists: the key of the element. */
  readonly key: string;
  /** Orders and counts: the number of the last event in it; infinite for what has none yet. */
  readonly n: number;
  readonly at: number;
  /** The control line beside it: the holder's kind, or null where nobody may speak or it cannot be known. */
  readonly line: Kind | null;
}

export interface DayItem extends Base {
  readonly type: "day";
}

export interface UnreadItem extends Base {
  readonly type: "unread";
  /** Messages of others from here on. */
  readonly count: number;
}

export interface MessageItem extends Base {
  readonly type: "message" | "note";
  readonly by: Speaker;
  /** At the end side: one's own for customers, the business's for staff. */
  readonly isAtEnd: boolean;
  readonly text: string;
  readonly form: "whole" | "streaming" | "interrupted";
  /** Of one's own messages; null for those of others, and where nothing can be said. */
  readonly sending: Sending | null;
  readonly failed: Failed | null;
  /** First and last of its group: where the mark and the time stand. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The line below it, with author, time and sending state: at the end of a group and where that state changes. */
  readonly hasMeta: boolean;
}

/** Control changed hands. */
export interface HandoverItem extends Base {
  readonly type: "handover";
  /** Null where older events, which would say it, are not here. */
  readonly from: Speaker | null;
  readonly to: Speaker;
  readonly by: Speaker | null;
  readonly move: Extract<Fact, { kind: "control" }>["move"];
  readonly isOpen: boolean;
  readonly wasOpen: boolean;
  readonly epoch: number;
  readonly reason: string;
  /** The control line above it; `line` is the one below. */
  readonly above: Kind | null;
  /** No message follows yet: its receipt is unfolded. */
  readonly isNewest: boolean;
}

/** Somebody writes, and there is no text yet. */
export interface TypingItem extends Base {
  readonly type: "typing";
  readonly by: Speaker;
  readonly isAtEnd: boolean;
}

export type Item = DayItem | UnreadItem | MessageItem | HandoverItem | TypingItem;

export interface Input<E, S> {
  readonly view: View<E, S>;
  readonly pending?: readonly Entry[];
  readonly failed?: readonly Failed[];
  /** Whether the connection is up and the view current: else what was not sent is `kept`. */
  readonly isLive: boolean;
  /** Up to where the other side has read. Absent: it cannot be known, and what is in the log has no sending state. */
  readonly readUpTo?: number;
  /** The last number that was read when the thread came into view; null: no separator. */
  readonly unreadAfter?: number | null;
  /** Who types now. */
  readonly typing?: Speaker | null;
  readonly times: Pick<Times, "dayOf">;
}

/** The items of one conversation. It keeps what it gave, and which message became of which command. */
export class ThreadItems<E, S> {
  readonly #reader: Reader<E, S>;
  /** By message: the command that it came from, for an audience whose events do not name it. */
  readonly #commands = new Map<string, string>();
  readonly #facts = new WeakMap<object, { readonly fact: Fact | null }>();
  #last: ReadonlyMap<string, Item> = new Map();
  #list: readonly Item[] = [];

  constructor(reader: Reader<E, S>) {
    this.#reader = reader;
  }

  /** The list for `input`. The very same list if nothing changed. */
  next(input: Input<E, S>): readonly Item[] {
    const facts = input.view.events.map((event) => this.#factOf(event)).filter((fact) => fact !== null);
    const arrived = this.#bind(facts, input.pending ?? []);
    const list = listItems(this.#reader, facts, input, this.#commands, arrived);
    const kept = list.map((item) => {
      const old = this.#last.get(item.key);
      return old && isSame(old, item) ? old : item;
    });
    if (kept.length === this.#list.length && kept.every((item, index) => item === this.#list[index])) return this.#list;
    this.#last = new Map(kept.map((item) => [item.key, item]));
    this.#list = kept;
    return kept;
  }

  #factOf(event: E): Fact | null {
    const key = event as object;
    const known = this.#facts.get(key) ?? { fact: this.#reader.factOf(event) };
    this.#facts.set(key, known);
    return known.fact;
  }

  /**
   * Which entries of the send queue have arrived as events: their ack is on its way. A staff event names its command. A
   * customer's does not: the oldest sent entry with that text is taken for it, which lasts until the ack says.
   */
  #bind(facts: readonly Fact[], pending: readonly Entry[]): ReadonlySet<string> {
    const own = pending.length === 0 ? [] : facts.filter((fact) => isOwn(fact)).slice(-LOOKED_AT);
    const arrived = new Set<string>();
    for (const { command, at, wasSent } of pending) {
      if (command.type !== "say" && command.type !== "add_note") continue;
      const match = own.find(
        (fact) =>
          (fact.command || this.#commands.get(fact.message)) === command.id ||
          (wasSent && fact.command === "" && !this.#commands.has(fact.message) && isLike(fact, command.text, at)),
      );
      if (match === undefined) continue;
      this.#commands.set(match.message, command.id);
      arrived.add(command.id);
    }
    return arrived;
  }
}

type Said = Extract<Fact, { kind: "message" | "note" }>;

/** How many of one's own messages are compared with the send queue. */
const LOOKED_AT = 200;
/** How far the clocks of this machine and the server may be apart for a message to be taken for an entry. */
const CLOCKS_APART = 120_000;

function isOwn(fact: Fact): fact is Said {
  return (fact.kind === "message" || fact.kind === "note") && fact.by.kind === "you";
}

function isLike(fact: Said, text: string, at: number): boolean {
  return fact.text === text && fact.at >= at - CLOCKS_APART;
}

function listItems<E, S>(
  reader: Reader<E, S>,
  facts: readonly Fact[],
  input: Input<E, S>,
  commands: ReadonlyMap<string, string>,
  arrived: ReadonlySet<string>,
): Item[] {
  const list = new List(reader, input, commands);
  for (const fact of facts) list.add(fact);
  list.addStream();
  list.addUnsent(arrived);
  list.addTyping();
  return finished(list.items, input);
}

/** Builds the list in the order of the log; separators and groups come after. */
class List<E, S> {
  readonly items: Item[] = [];
  readonly #places = new Map<string, number>();
  /** Null as long as older events, which would say it, are not here. */
  #holder: Speaker | null;
  #isOpen = true;

  constructor(
    readonly reader: Reader<E, S>,
    readonly input: Input<E, S>,
    readonly commands: ReadonlyMap<string, string>,
  ) {
    this.#holder = input.view.more || input.view.state === null ? null : NOBODY;
  }

  add(fact: Fact): void {
    if (fact.kind === "control") this.#addHandover(fact);
    else if (fact.kind === "started") this.#addStarted(fact);
    else this.#addSaid(fact);
  }

  /** A reply's place in the order is where it began (R34): its text is put there when it comes. */
  #addStarted({ n, at, message, by }: Extract<Fact, { kind: "started" }>): void {
    const { stream } = this.input.view;
    const text = stream?.message === message ? stream.text : "";
    this.#places.set(message, this.items.length);
    this.items.push(this.#message({ key: message, n, at, by, text, form: "streaming" }));
  }

  #addSaid({ kind, n, id, at, message, by, text, isInterrupted, command }: Said): void {
    const place = this.#places.get(message);
    const began = place === undefined ? undefined : this.items[place];
    const isTwice = began?.type !== undefined && !(began.type === "message" && began.form === "streaming");
    const key = isTwice ? id : this.commands.get(message) || (by.kind === "you" && command) || message;
    const form = isInterrupted ? "interrupted" : "whole";
    const { readUpTo } = this.input;
    const sending = by.kind !== "you" || readUpTo === undefined ? null : n <= readUpTo ? "read" : "sent";
    const item = this.#message({ type: kind, key, n, at: began?.at ?? at, by, text, form, sending });
    if (place !== undefined && began !== undefined && !isTwice) this.items[place] = { ...item, line: began.line };
    else this.#places.set(message, this.items.push(item) - 1);
  }

  #addHandover(fact: Extract<Fact, { kind: "control" }>): void {
    const { kind: _, id: key, holder: to, isOpen, ...rest } = fact;
    const [from, wasOpen] = [this.#holder, this.#isOpen];
    const above = from === null ? (this.reader.lineAbove?.(fact, this.items) ?? null) : lineOf(from, wasOpen);
    if (from === null) this.#drawAbove(above);
    this.#holder = to;
    this.#isOpen = isOpen;
    // A conversation that begins with its bot: nobody had control before, and nothing changes hands.
    if (from === NOBODY && this.items.length === 0 && to.kind === "bot") return;
    const line = this.#line;
    this.items.push({ ...rest, type: "handover", key, from, to, isOpen, wasOpen, above, line, isNewest: false });
  }

  #drawAbove(line: Kind | null): void {
    for (const [index, item] of this.items.entries()) this.items[index] = { ...item, line };
  }

  /** A reply whose beginning is older than the page. */
  addStream(): void {
    const { stream, state } = this.input.view;
    if (state !== null && this.#holder === null) {
      this.#holder = this.reader.holderOf(state);
      this.#isOpen = this.reader.isOpen(state);
      this.#drawAbove(lineOf(this.#holder, this.#isOpen));
    }
    if (stream === null || this.#places.has(stream.message) || this.#holder === null) return;
    const [last] = this.items.slice(-1);
    const at = last?.at ?? 0;
    const by = this.#holder;
    this.items.push(
      this.#message({ key: stream.message, n: last?.n ?? 0, at, by, text: stream.text, form: "streaming" }),
    );
  }

  /** What was said here and is not in the log: not acknowledged yet, or refused. */
  addUnsent(arrived: ReadonlySet<string>): void {
    const { pending = [], failed = [], isLive } = this.input;
    const unsent: MessageItem[] = [];
    for (const { command, at, isSent } of pending) {
      if ((command.type !== "say" && command.type !== "add_note") || arrived.has(command.id)) continue;
      const type = command.type === "say" ? "message" : "note";
      const sending = isLive || isSent ? "sending" : "kept";
      unsent.push(this.#mine({ type, key: command.id, at, text: command.text, sending }));
    }
    for (const problem of failed) {
      if (arrived.has(problem.id)) continue;
      const type = problem.type === "say" ? "message" : "note";
      const { id: key, at, text } = problem;
      unsent.push({ ...this.#mine({ type, key, at, text, sending: "failed" }), failed: problem });
    }
    const newest = this.items.at(-1)?.at ?? 0; // this machine's clock may be behind
    for (const item of unsent.sort((one, other) => one.at - other.at)) {
      this.items.push({ ...item, at: Math.max(item.at, newest) });
    }
  }

  addTyping(): void {
    const { typing, view } = this.input;
    if (!typing || view.stream !== null) return;
    const at = this.items.at(-1)?.at ?? 0;
    const isAtEnd = this.reader.isAtEnd(typing);
    this.items.push({
      type: "typing",
      key: "typing",
      n: Number.POSITIVE_INFINITY,
      at,
      by: typing,
      isAtEnd,
      line: this.#line,
    });
  }

  get #line(): Kind | null {
    return this.#holder === null ? null : lineOf(this.#holder, this.#isOpen);
  }

  #mine(item: Pick<MessageItem, "type" | "key" | "at" | "text" | "sending">): MessageItem {
    return this.#message({ ...item, n: Number.POSITIVE_INFINITY, by: this.reader.me, form: "whole" });
  }

  #message(item: Pick<MessageItem, "key" | "n" | "at" | "by" | "text" | "form"> & Partial<MessageItem>): MessageItem {
    const isAtEnd = this.reader.isAtEnd(item.by);
    const base = { type: "message", sending: null, failed: null, isFirst: true, isLast: true, hasMeta: true } as const;
    return { ...base, isAtEnd, line: this.#line, ...item };
  }
}

const NOBODY: Speaker = { kind: "wait", name: "", id: "" };

/** Nobody may speak in a closed conversation: it has no line. */
function lineOf(holder: Speaker, isOpen: boolean): Kind | null {
  return isOpen ? holder.kind : null;
}

/** Leaves out replies without text, marks groups, and puts separators in. */
function finished(all: readonly Item[], input: Pick<Input<unknown, unknown>, "unreadAfter" | "times">): Item[] {
  const items = all.filter((item) => item.type !== "message" || item.text !== "");
  const newest = items.map(({ type }) => type).lastIndexOf("message");
  const grouped = items.map((item, index) => {
    if (item.type === "handover") return index > newest ? { ...item, isNewest: true } : item;
    return item;
  });
  markGroups(grouped);
  return separated(grouped, input);
}

function markGroups(items: Item[]): void {
  let began = 0;
  for (const [index, item] of items.entries()) {
    if (item.type !== "message") continue;
    const before = items[index - 1];
    const isFirst = !(before?.type === "message" && !before.isLast);
    if (isFirst) began = item.at;
    const after = items[index + 1];
    const isLast = !(after?.type === "message" && isOneGroup(item, after, began));
    const hasMeta = isLast || (after?.type === "message" && after.sending !== item.sending);
    items[index] = { ...item, isFirst, isLast, hasMeta };
  }
}

function isOneGroup(item: MessageItem, next: MessageItem, began: number): boolean {
  const { by } = item;
  const isByOne = by.kind === next.by.kind && by.id === next.by.id && by.name === next.by.name;
  const isCut = item.form === "interrupted" || item.sending === "failed";
  return isByOne && !isCut && next.at - began <= GROUP_MILLISECONDS;
}

function separated(
  items: readonly Item[],
  { unreadAfter, times }: Pick<Input<unknown, unknown>, "unreadAfter" | "times">,
): Item[] {
  const list: Item[] = [];
  const isUnread = (item: Item) =>
    unreadAfter != null && item.type === "message" && item.by.kind !== "you" && item.n > unreadAfter;
  const count = unreadAfter == null ? 0 : items.filter(isUnread).length;
  let [day, isMarked] = ["", count === 0];
  for (const item of items) {
    const { n, at } = item;
    const line = item.type === "handover" ? item.above : item.line;
    const itsDay = times.dayOf(at);
    if (itsDay !== day) list.push({ type: "day", key: `day ${itsDay}`, n, at, line });
    day = itsDay;
    if (!isMarked && isUnread(item)) {
      list.push({ type: "unread", key: "unread", n, at, line, count });
      isMarked = true;
    }
    list.push(item);
  }
  return list;
}

function isSame(one: object, other: object): boolean {
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => {
    const [a, b] = [(one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]];
    return a === b || (isObject(a) && isObject(b) && isSame(a, b));
  });
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
