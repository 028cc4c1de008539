/** From facts to items in their order, each with its piece of the control line. Groups and separators come after. No I/O. */

import type { Change, Fact, Kind, Reader, Said, Speaker } from "./facts.ts";
import type { Input, Item, MessageItem } from "./items.ts";

/** The items in the order of the log, then what is not in it yet. `arrived`: entries that are in the log already. */
export function listed<E, S>(
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
  return list.items;
}

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

  #addSaid({ kind, n, id, at, message, by, text, isInterrupted, amendment, command }: Said): void {
    const place = this.#places.get(message);
    const began = place === undefined ? undefined : this.items[place];
    const isTwice = began?.type !== undefined && !(began.type === "message" && began.form === "streaming");
    const key = isTwice ? id : this.commands.get(message) || (by.kind === "you" && command) || message;
    const form = isInterrupted ? "interrupted" : "whole";
    const { readUpTo } = this.input;
    const isRead = readUpTo !== undefined && n <= readUpTo && kind === "message"; // a note is for colleagues
    const sending = by.kind !== "you" || readUpTo === undefined ? null : isRead ? "read" : "sent";
    const item = this.#message({ type: kind, key, n, at: began?.at ?? at, by, text, form, amendment, sending });
    if (place !== undefined && began !== undefined && !isTwice) this.items[place] = { ...item, line: began.line };
    else this.#places.set(message, this.items.push(item) - 1);
  }

  #addHandover(fact: Change): void {
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
    const base = {
      type: "message",
      amendment: null,
      sending: null,
      failed: null,
      isFirst: true,
      isLast: true,
      hasMeta: true,
    } as const;
    return { ...base, isAtEnd, line: this.#line, ...item };
  }
}

const NOBODY: Speaker = { kind: "wait", name: "", id: "" };

/** Nobody may speak in a closed conversation: it has no line. */
function lineOf(holder: Speaker, isOpen: boolean): Kind | null {
  return isOpen ? holder.kind : null;
}
