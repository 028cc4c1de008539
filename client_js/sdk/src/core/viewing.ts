/**
 * The views that are open on a connection, and what they show. No I/O.
 *
 * After a reconnect they are opened again, with as many rows as they had; until those are here the former ones are
 * shown. A view that could not be shown for now is opened again later.
 */

import type * as wire from "../wire.ts";
import { changed, MOST_ROWS, nameOf, type Rows, readUpTo, shown } from "./rows.ts";
import type { Frame } from "./states.ts";

export type ViewingEffect =
  | { readonly do: "send"; readonly frame: wire.OpenView | wire.MoreRows | wire.CloseView | wire.Look }
  /** What is shown of a view, whether it is current, or why it is not shown. */
  | { readonly do: "changed"; readonly view: string }
  | { readonly do: "counts" }
  | { readonly do: "tails" };

/** Nothing is wrong with what was asked: the same again, later. */
const PASSING: ReadonlySet<string> = new Set(["unavailable", "busy", "too_fast"]);
const REPEAT_AFTER = 1000; // ms
const ANSWER_WITHIN = 5000; // ms: then the next rows may be asked for again
const LOOK_AGAIN = 250; // ms
const MOST_LOOKED_AT = 40; // R167
const NEVER = Number.POSITIVE_INFINITY;

interface Opened {
  readonly filter: wire.View;
  shown: Rows | null;
  /** What is loaded anew, until it is as much as was shown. */
  fresh: Rows | null;
  isLive: boolean;
  /** It was opened again on a new connection, which has its first rows only. */
  isShort: boolean;
  /** When the next rows were asked for; never while none are. */
  askedAt: number;
  /** When it is opened again. */
  retryAt: number;
  looked: readonly string[];
  /** When to say what is looked at. */
  lookAt: number;
  lookedAt: number;
  problem: wire.Error | null;
}

export class Viewing {
  readonly #views = new Map<string, Opened>();
  #counts: ReadonlyMap<string, wire.Counts> = new Map();
  #tails: ReadonlyMap<string, string> = new Map();
  #out: ViewingEffect[] = [];
  #isLive = false;

  take(): readonly ViewingEffect[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  get wakeAt(): number {
    if (!this.#isLive) return NEVER;
    return Math.min(...[...this.#views.values()].map(wakeAt), NEVER);
  }

  view(name: string): Readonly<Opened> | undefined {
    return this.#views.get(name);
  }

  /** The end of what is being written, by conversation, of the rows that are looked at. */
  get tails(): ReadonlyMap<string, string> {
    return this.#tails;
  }

  /** Of the organisation of a view; null before the first came. */
  counts({ organisation = "", below = false }: wire.View): wire.Counts | null {
    const known = [...this.#counts.values()].filter((counts) => (counts.below ?? false) === below);
    if (organisation !== "") return known.find((counts) => counts.organisation === organisation) ?? null;
    const others = new Set([...this.#views.values()].map(({ filter }) => filter.organisation));
    return known.find((counts) => !others.has(counts.organisation)) ?? null;
  }

  // -- a program's wishes ---------------------------------------------------------------------------------------------

  open(filter: wire.View): string {
    const name = nameOf(filter);
    if (this.#views.has(name)) return name;
    const view: Opened = {
      filter,
      shown: null,
      fresh: null,
      isLive: false,
      isShort: false,
      askedAt: -NEVER,
      retryAt: NEVER,
      looked: [],
      lookAt: NEVER,
      lookedAt: -NEVER,
      problem: null,
    };
    this.#views.set(name, view);
    this.#ask(view);
    return name;
  }

  close(name: string): void {
    if (!this.#views.delete(name)) return;
    if (this.#isLive) this.#send({ type: "close_view", view: name });
    this.#keepTails();
  }

  /** Asks for the next rows. False: there are none, or they are under way. */
  more(name: string, now: number): boolean {
    const view = this.#views.get(name);
    const { rows = [], more = false } = view?.shown ?? {};
    if (view === undefined || !view.isLive || view.fresh !== null || !more || rows.length >= MOST_ROWS) return false;
    return this.#askMore(name, view, now);
  }

  /** These rows are on the screen. */
  look(name: string, conversations: readonly string[], now: number): void {
    const view = this.#views.get(name);
    const looked = conversations.slice(0, MOST_LOOKED_AT);
    if (view === undefined || isSame(looked, view.looked)) return;
    view.looked = looked;
    view.lookAt = Math.max(now, view.lookedAt + LOOK_AGAIN);
    this.#keepTails();
    this.tick(now);
  }

  /** One has read a conversation here: the server says it to one's other sessions. */
  read(conversation: string, n: number): void {
    for (const [name, view] of this.#views) {
      const { shown: before, fresh } = view;
      if (fresh !== null) view.fresh = readUpTo(fresh, conversation, n);
      if (before === null) continue;
      view.shown = readUpTo(before, conversation, n);
      if (view.shown !== before) this.#changed(name);
    }
  }

  // -- the connection -------------------------------------------------------------------------------------------------

  joined(): void {
    this.#isLive = true;
    for (const view of this.#views.values()) {
      view.isShort = view.shown !== null;
      this.#ask(view);
    }
  }

  left(): void {
    this.#isLive = false;
    for (const [name, view] of this.#views) {
      view.isLive = false;
      view.fresh = null;
      this.#changed(name);
    }
    this.#keepTails(new Set());
  }

  tick(now: number): void {
    if (!this.#isLive) return;
    for (const [name, view] of this.#views) {
      if (view.retryAt <= now) this.#ask(view);
      if (view.lookAt <= now) this.#look(name, view, now);
      if (view.fresh !== null) this.#askMore(name, view, now);
    }
  }

  receive(frame: Frame, now: number): void {
    switch (frame.type) {
      case "view":
        this.#shown(frame, now);
        return;
      case "rows":
        this.#rows(frame);
        return;
      case "read":
        this.read(frame.conversation, frame.n);
        return;
      case "counts":
        this.#counts = new Map([...this.#counts, [`${frame.organisation} ${frame.below ?? false}`, frame]]);
        this.#out.push({ do: "counts" });
        return;
      case "tails":
        this.#tailed(frame);
        return;
      case "error":
        if ("view" in frame) this.#refused(frame, now);
    }
  }

  // -- what comes in --------------------------------------------------------------------------------------------------

  #shown(frame: wire.ViewShown, now: number): void {
    const view = this.#views.get(frame.view);
    if (view === undefined) return;
    view.isLive = true;
    view.problem = null;
    view.askedAt = -NEVER;
    const next = shown(frame, view.fresh ?? view.shown);
    if (view.isShort && next.more && next.rows.length < Math.min(view.shown?.rows.length ?? 0, MOST_ROWS)) {
      view.fresh = next;
      this.#askMore(frame.view, view, now);
    } else {
      this.#show(frame.view, view, next);
    }
  }

  #show(name: string, view: Opened, next: Rows): void {
    view.shown = next;
    view.fresh = null;
    view.isShort = false;
    this.#changed(name);
  }

  #rows(frame: wire.RowsChanged): void {
    const view = this.#views.get(frame.view);
    if (view === undefined || !view.isLive) return;
    if (view.fresh !== null) {
      view.fresh = changed(view.fresh, frame);
    } else if (view.shown !== null) {
      view.shown = changed(view.shown, frame);
      this.#changed(frame.view);
    }
  }

  #tailed({ tails }: wire.Tails): void {
    const all = new Map([...this.#tails, ...Object.entries(tails)]);
    this.#tails = new Map([...all].filter(([, tail]) => tail !== ""));
    this.#out.push({ do: "tails" });
  }

  #refused(error: wire.Error, now: number): void {
    const name = error.view ?? "";
    const view = this.#views.get(name);
    if (view === undefined) return;
    const isOfMore = view.isLive && view.askedAt > -NEVER;
    view.askedAt = -NEVER;
    if (isOfMore && error.code !== "not_found") {
      if (view.fresh !== null) this.#show(name, view, view.fresh);
      return; // what is shown goes on
    }
    const isClosed = view.isLive && error.code === "not_found"; // the server has it no more: it is opened anew
    view.isLive = false;
    view.fresh = null;
    if (isClosed || PASSING.has(error.code)) {
      view.isShort = view.shown !== null;
      view.retryAt = now + (error.retry_after ? error.retry_after * 1000 : REPEAT_AFTER);
    } else {
      view.shown = null;
      view.problem = error;
    }
    this.#changed(name);
  }

  // -- what goes out --------------------------------------------------------------------------------------------------

  #ask(view: Opened): void {
    if (!this.#isLive) return;
    view.retryAt = NEVER;
    view.askedAt = -NEVER;
    view.fresh = null;
    if (view.looked.length > 0) view.lookAt = view.lookedAt;
    this.#send({ type: "open_view", view: view.filter });
  }

  #askMore(name: string, view: Opened, now: number): boolean {
    if (now - view.askedAt < ANSWER_WITHIN) return false;
    view.askedAt = now;
    this.#send({ type: "more_rows", view: name });
    return true;
  }

  #look(name: string, view: Opened, now: number): void {
    view.lookAt = NEVER;
    view.lookedAt = now;
    this.#send({ type: "look", view: name, conversations: view.looked });
  }

  /** Of rows that are looked at no more nothing is known. */
  #keepTails(looked = new Set([...this.#views.values()].flatMap((view) => view.looked))): void {
    const kept = new Map([...this.#tails].filter(([id]) => looked.has(id)));
    if (kept.size === this.#tails.size) return;
    this.#tails = kept;
    this.#out.push({ do: "tails" });
  }

  #send(frame: wire.OpenView | wire.MoreRows | wire.CloseView | wire.Look): void {
    this.#out.push({ do: "send", frame });
  }

  #changed(view: string): void {
    this.#out.push({ do: "changed", view });
  }
}

function wakeAt({ retryAt, lookAt, fresh, askedAt }: Opened): number {
  return Math.min(retryAt, lookAt, fresh === null ? NEVER : askedAt + ANSWER_WITHIN);
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, n) => id === other[n]);
}
