/**
 * What a thread shows, as data: from a view and the send queue to a list of items, each with a stable identity. No I/O.
 *
 * An item that did not change is the same object in the next list, so that a template is rendered again only for what
 * changed: while a reply grows, one item.
 */

import type { Entry, View } from "@intervene/client";
import type { Times } from "../times.ts";
import { arranged } from "./arrange.ts";
import type { Amendment, Fact, Kind, Reader, Said, Speaker } from "./facts.ts";
import { listed } from "./list.ts";

export type { Kind, Speaker } from "./facts.ts";

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
  readonly amendment: Amendment;
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
  /** Of a transfer: where it waits now; "" or absent where that is not known. */
  readonly queue?: string;
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
  #input: Input<E, S> | null = null;

  constructor(reader: Reader<E, S>) {
    this.#reader = reader;
  }

  /** The list for `input`. The very same list if nothing changed. */
  next(input: Input<E, S>): readonly Item[] {
    const before = this.#input;
    this.#input = input;
    if (before !== null && isSameInput(before, input)) return this.#list;
    const facts = input.view.events.map((event) => this.#factOf(event)).filter((fact) => fact !== null);
    const arrived = this.#bind(facts, input.pending ?? []);
    const list = arranged(listed(this.#reader, facts, input, this.#commands, arrived), input);
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

/** Nothing was said and nothing has grown: a thread is rendered for many other reasons. */
function isSameInput<E, S>(
  { view, typing, ...rest }: Input<E, S>,
  { view: now, typing: types, ...others }: Input<E, S>,
) {
  const isSameView =
    view === now || (view.events === now.events && view.stream === now.stream && view.state === now.state);
  const keys = [...Object.keys(rest), ...Object.keys(others)] as (keyof typeof rest)[];
  const isSameTypist = typing === types || (isObject(typing) && isObject(types) && isSame(typing, types));
  return isSameView && view.more === now.more && isSameTypist && keys.every((key) => rest[key] === others[key]);
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
