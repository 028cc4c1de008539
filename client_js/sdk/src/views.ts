/**
 * Lists of conversations for staff, live: the entry `@intervene/client/views`, which pages of customers do not load.
 *
 * @packageDocumentation
 */

import type { Client } from "./client.ts";
import { compare, nameOf, type Rows } from "./core/rows.ts";
import { Viewing, type ViewingEffect } from "./core/viewing.ts";
import { Listeners } from "./listeners.ts";
import type * as wire from "./wire.ts";

export { fillIn } from "./core/placeholders.ts";
export { compare, nameOf, type Rows };

const NOTHING: Rows = { rows: [], read: new Map(), more: false, truncated: false, complete: true };

/** What `views.on` takes: each event with its listener. */
export interface ViewsEvents {
  /** The counts of an organisation have changed. */
  counts: () => void;
  /** What is being written in rows that are looked at has changed. */
  tails: () => void;
}

/** What `view.on` takes. */
export interface OpenedViewEvents {
  /** What is shown of it, `isLive` or `problem` has changed. */
  change: () => void;
}

/** The views of one client. They come back after an outage, with as many rows as they had. */
export class Views {
  readonly #client: Client;
  readonly #viewing = new Viewing();
  readonly #opened = new Map<string, OpenedView>();
  readonly #listeners = new Listeners<ViewsEvents>();
  readonly #ends: readonly (() => void)[];
  #isJoined = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Of a client of staff. A server without the feature `views` shows none. */
  constructor(client: Client) {
    this.#client = client;
    this.#ends = [
      client.on("state", () => this.#joins()),
      client.on("frame", (frame) => this.#run((now) => this.#viewing.receive(frame, now))),
    ];
    this.#joins();
  }

  /** Opens a view, or gives the one that is open with the same fields. A session has at most 8. */
  open(filter: wire.View): OpenedView {
    const name = this.#run(() => this.#viewing.open(filter));
    const opened = this.#opened.get(name) ?? new OpenedView(name, filter, this.#line);
    this.#opened.set(name, opened);
    return opened;
  }

  /** The end of what is being written, by conversation, in the rows that are looked at. */
  get tails(): ReadonlyMap<string, string> {
    return this.#viewing.tails;
  }

  /** One has read a conversation here, up to `n`: rows show it at once. */
  read(conversation: string, n: number): void {
    this.#run(() => this.#viewing.read(conversation, n));
  }

  /** Calls `listener` until the function that it gives is called. */
  on<K extends keyof ViewsEvents>(event: K, listener: ViewsEvents[K]): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Closes all, and follows the client no more. */
  stop(): void {
    for (const view of [...this.#opened.values()]) view.close();
    for (const end of this.#ends) end();
    clearTimeout(this.#timer);
  }

  /** What a view needs of this. */
  readonly #line = {
    view: (name: string) => this.#viewing.view(name),
    counts: (filter: wire.View) => this.#viewing.counts(filter),
    more: (name: string) => this.#run((now) => this.#viewing.more(name, now)),
    look: (name: string, ids: readonly string[]) => this.#run((now) => this.#viewing.look(name, ids, now)),
    close: (name: string) => {
      this.#opened.delete(name);
      this.#run(() => this.#viewing.close(name));
    },
  };

  #joins(): void {
    const isJoined = this.#client.features.includes("views");
    if (isJoined === this.#isJoined) return;
    this.#isJoined = isJoined;
    this.#run(() => (isJoined ? this.#viewing.joined() : this.#viewing.left()));
  }

  #run<T>(input: (now: number) => T): T {
    const answer = input(performance.now());
    for (const effect of this.#viewing.take()) this.#do(effect);
    this.#setTimer();
    return answer;
  }

  #do(effect: ViewingEffect): void {
    if (effect.do === "send") this.#client.send(effect.frame);
    else if (effect.do === "changed") this.#opened.get(effect.view)?.tell();
    else this.#listeners.tell(effect.do);
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const { wakeAt } = this.#viewing;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, wakeAt - performance.now());
    this.#timer = setTimeout(() => this.#run((now) => this.#viewing.tick(now)), wait);
  }
}

interface Line {
  view(name: string): ReturnType<Viewing["view"]>;
  counts(filter: wire.View): wire.Counts | null;
  more(name: string): boolean;
  look(name: string, conversations: readonly string[]): void;
  close(name: string): void;
}

/** One view that is open. Made by `views.open`. */
export class OpenedView {
  readonly #line: Line;
  readonly #listeners = new Listeners<OpenedViewEvents>();

  /** @internal */
  constructor(
    /** The name by which frames call it. */
    readonly name: string,
    /** Which conversations it lists. */
    readonly filter: wire.View,
    line: Line,
  ) {
    this.#line = line;
  }

  /** What is loaded. Another object after each change. */
  get shown(): Rows {
    return this.#line.view(this.name)?.shown ?? NOTHING;
  }

  /** Whether anything of it has been shown yet. */
  get isLoaded(): boolean {
    return this.#line.view(this.name)?.shown != null;
  }

  /** Whether what is shown is current. Between a lost connection and the next answer it is not. */
  get isLive(): boolean {
    return this.#line.view(this.name)?.isLive ?? false;
  }

  /** Why it cannot be shown, as the server refused it; null while it can. */
  get problem(): wire.Error | null {
    return this.#line.view(this.name)?.problem ?? null;
  }

  /** Of the open conversations of its organisation; null before they came. */
  get counts(): wire.Counts | null {
    return this.#line.counts(this.filter);
  }

  /** Asks for the next 50 rows, up to 500. False: there are none, or they are on their way. */
  loadMore(): boolean {
    return this.#line.more(this.name);
  }

  /** These are on the screen, at most 40: `views.tails` has what is being written in them. Said at most 4 times a second. */
  lookAt(conversations: readonly string[]): void {
    this.#line.look(this.name, conversations);
  }

  /** Follows it no more. */
  close(): void {
    this.#line.close(this.name);
  }

  /** Calls `listener` until the function that it gives is called. */
  on<K extends keyof OpenedViewEvents>(event: K, listener: OpenedViewEvents[K]): () => void {
    return this.#listeners.on(event, listener);
  }

  /** @internal */
  tell(): void {
    this.#listeners.tell("change");
  }
}
