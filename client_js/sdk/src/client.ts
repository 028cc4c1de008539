/** The client: the core's machines, driven by sockets, timers, storage and the page. */

import { type AnyConversation, CustomerConversation, StaffConversation } from "./conversation.ts";
import { Exchange, OPEN } from "./core/exchange.ts";
import { type Frame, Link, type LinkState, type Trouble } from "./core/link.ts";
import { type Ack, type Command, type Entry, isKept, MESSAGE_LIVES } from "./core/outbox.ts";
import { PACE, type Pace } from "./core/pace.ts";
import { followPage } from "./drivers/page.ts";
import { answersHttp, Socket, type WebSocketClass } from "./drivers/socket.ts";
import { defaultStore, MemoryStore, type Store, type Stored } from "./drivers/store.ts";
import { Tab } from "./drivers/tabs.ts";
import { type ClientError, Misused, NoToken, QueueFull, Refused, Stopped, TooLate } from "./errors.ts";
import type * as wire from "./wire.ts";

export interface ClientOptions {
  /** The server, as `wss://host/socket`, or as the `https://host` that it is served from. */
  readonly url: string;
  /**
   * Gives a token, now and before each expires. `isNew`: the last one will not do any more. Throw `NoToken` when asking
   * again does not help, anything else when it may.
   */
  readonly getToken: (asked: { readonly isNew: boolean }) => string | Promise<string>;
  /**
   * Whose messages these are: a stable id of the signed-in person or visitor. With it, messages without an ack outlive
   * the page, and only the same principal sends them. Without it they are kept in memory.
   */
  readonly principal?: string;
  /** For Node before 22: `WebSocket` of the package `ws`. */
  readonly WebSocket?: WebSocketClass;
  /** Where unsent messages are kept, instead of IndexedDB or memory. */
  readonly store?: Store;
  /** What the server's log calls this client. */
  readonly name?: string;
  readonly pace?: Partial<Pace>;
}

/** A connection's state as a program sees it; `retryAt` in milliseconds since 1970. */
export type ClientState = LinkState;

export interface ClientEvents {
  /** The connection's state has changed. */
  state: (state: ClientState) => void;
  /** A message could not be sent and never will be: show it with its text, to be sent anew. */
  unsent: (command: Command, problem: ClientError) => void;
}

interface Waiting {
  readonly resolve: (ack: Ack) => void;
  readonly reject: (problem: ClientError) => void;
}

const PROBE_FOR = 4000;

/** Makes a client and connects it. Throws `Misused` for options that can never work. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

export class Client {
  readonly #options: ClientOptions;
  readonly #url: string;
  readonly #WebSocket: WebSocketClass;
  readonly #link: Link;
  readonly #exchange = new Exchange(Math.random);
  readonly #store: Store;
  readonly #tab = new Tab();
  readonly #socket: Socket;
  readonly #unfollow: () => void;
  readonly #conversations = new Map<string, AnyConversation>();
  readonly #answers = new Map<string, Waiting>();
  readonly #listeners: { [K in keyof ClientEvents]: Set<ClientEvents[K]> } = { state: new Set(), unsent: new Set() };
  #opening: Promise<CustomerConversation> | null = null;
  #opened: ((result: string | ClientError) => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPumping = false;
  #lastAt = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#url = socketUrl(options.url);
    this.#WebSocket = webSocketOf(options);
    if (typeof options.getToken !== "function") throw new Misused("getToken has to be a function that gives a token.");
    this.#link = new Link({ ...PACE, ...options.pace }, Math.random, options.name ?? "intervene-js");
    this.#store = options.store ?? (options.principal === undefined ? new MemoryStore() : defaultStore());
    this.#socket = new Socket({
      opened: () => this.#run((now) => this.#link.opened(now)),
      received: (text) => this.#received(text),
      closed: (code, reason) => this.#run((now) => this.#link.closed(code, reason, now)),
    });
    this.#unfollow = followPage({
      sleep: () => this.#sleep(),
      wake: () => void this.#wake(),
      online: () => this.#run((now) => this.#link.online(now)),
      offline: () => this.#run((now) => this.#link.offline(now)),
      visible: () => void this.#visible(),
    });
    void this.#begin();
  }

  // -- the connection -------------------------------------------------------------------------------------------------

  get state(): ClientState {
    return this.#link.state;
  }

  /** Why there is no connection; null while there is one, or none was needed yet. */
  get trouble(): Trouble | null {
    return this.#link.state.kind === "waiting" ? this.#link.state.trouble : null;
  }

  /** Whether messages without an ack outlive the page. Say so where it is false: they are lost with it. */
  get keepsUnsent(): boolean {
    return this.#options.principal !== undefined && this.#store.isDurable;
  }

  /** Calls `listener` until the function that it gives is called. */
  on<K extends keyof ClientEvents>(event: K, listener: ClientEvents[K]): () => void {
    this.#listeners[event].add(listener);
    return () => this.#listeners[event].delete(listener);
  }

  /** Tries to connect now instead of at `state.retryAt`. */
  reconnect(): void {
    this.#run((now) => this.#link.hurry(now));
  }

  /** Disconnects for good. What was not acknowledged rejects with `Stopped`; messages stay stored for the principal. */
  stop(): void {
    this.#run(() => this.#link.stop());
  }

  // -- conversations --------------------------------------------------------------------------------------------------

  /** A customer's conversation, which is created if there is none. Resolves once it is shown. */
  open(): Promise<CustomerConversation> {
    this.#opening ??= new Promise<CustomerConversation>((resolve, reject) => {
      this.#opened = (result) => {
        this.#opening = null;
        this.#opened = null;
        if (typeof result !== "string") {
          reject(result);
          return;
        }
        const conversation = this.#follow(result, (id) => new CustomerConversation(id, this.#line));
        conversation.ready.then(() => resolve(conversation), reject);
      };
      this.#run((now) => this.#exchange.open(now));
      if (this.#link.state.kind === "stopped") this.#opened(this.#stoppedError());
    });
    return this.#opening;
  }

  /** Follows a conversation, as staff. Its `ready` resolves once it is shown. */
  watch(id: string): StaffConversation {
    return this.#follow(id, (known) => new StaffConversation(known, this.#line));
  }

  #follow<T extends AnyConversation>(id: string, make: (id: string) => T): T {
    const known = this.#conversations.get(id);
    if (known) return known as T;
    const conversation = make(id);
    this.#conversations.set(id, conversation);
    this.#run((now) => this.#exchange.watch(id, now));
    return conversation;
  }

  /** What a conversation needs of its client. */
  readonly #line = {
    view: (id: string) => this.#exchange.view(id),
    isLive: (id: string) => this.#exchange.isLive(id),
    pending: (id: string) => this.#exchange.outbox.entries(id),
    command: (command: Command) => this.#command(command),
    say: (frame: wire.StaffIn | wire.ContactIn) => this.#run((now) => this.#exchange.say(frame, now)),
    page: (id: string, limit: number) => {
      let asked = false;
      this.#run((now) => {
        asked = this.#exchange.page(id, limit, now);
      });
      return asked;
    },
    unwatch: (id: string) => {
      this.#conversations.delete(id);
      this.#run((now) => this.#exchange.unwatch(id, now));
    },
  };

  #command(command: Command): Promise<Ack> {
    return new Promise((resolve, reject) => {
      if (this.#link.state.kind === "stopped") {
        reject(this.#stoppedError());
        return;
      }
      this.#answers.set(command.id, { resolve, reject });
      // One more than the last: entries are stored by it, and stay in the order in which they were given.
      const at = Math.max(Date.now(), this.#lastAt + 1);
      this.#lastAt = at;
      let added = false;
      this.#run((now) => {
        added = this.#exchange.command(command, at, now);
      });
      if (!added) this.#settle(command.id, new QueueFull("Too many messages wait for an answer."));
      else if (isKept(command)) void this.#keep(command, at);
    });
  }

  // -- what is kept ---------------------------------------------------------------------------------------------------

  async #keep(command: Command, at: number): Promise<void> {
    const { principal } = this.#options;
    if (principal === undefined) return;
    await this.#store.put({ key: keyOf(principal, command.id), principal, tab: this.#tab.name, at, command });
    // It may have been answered before the browser had stored it.
    if (!this.#exchange.outbox.get(command.id)) await this.#forget(command.id);
  }

  async #forget(id: string): Promise<void> {
    const { principal } = this.#options;
    if (principal !== undefined) await this.#store.remove(keyOf(principal, id));
  }

  /** Takes over what dead tabs, and the pages before this one, did not get acknowledged. */
  async #adopt(): Promise<void> {
    const { principal } = this.#options;
    if (principal === undefined) return;
    const stored = await this.#store.load(principal);
    const tabs = new Set(stored.map(({ tab }) => tab).filter((tab) => tab !== this.#tab.name));
    for (const tab of tabs) {
      await this.#tab.ifDead(tab, async () => {
        for (const entry of stored.filter((each) => each.tab === tab)) await this.#adoptOne(entry);
      });
    }
  }

  async #adoptOne(entry: Stored): Promise<void> {
    const { command } = entry;
    if (this.#exchange.outbox.get(command.id)) return;
    if (Date.now() - entry.at > MESSAGE_LIVES) {
      await this.#store.remove(entry.key);
      this.#tell("unsent", command, new TooLate("It was written more than a day ago and was not sent."));
      return;
    }
    await this.#store.put({ ...entry, tab: this.#tab.name });
    this.#run((now) => void this.#exchange.command(command, entry.at, now));
  }

  // -- the life of the page -------------------------------------------------------------------------------------------

  async #begin(): Promise<void> {
    await this.#tab.hold();
    await this.#adopt();
    this.#run((now) => this.#link.start(now));
  }

  #sleep(): void {
    this.#run(() => this.#link.sleep());
    this.#tab.release();
  }

  async #wake(): Promise<void> {
    const before = this.#tab.name;
    await this.#tab.hold();
    const { principal } = this.#options;
    if (principal !== undefined) {
      // While this page slept another tab may have adopted and sent its messages; the others are claimed again.
      const stored = new Map((await this.#store.load(principal)).map((entry) => [entry.command.id, entry]));
      for (const { command } of this.#exchange.outbox.entries()) {
        const entry = stored.get(command.id);
        if (!isKept(command)) continue;
        if (entry && (entry.tab === before || entry.tab === this.#tab.name)) {
          await this.#store.put({ ...entry, tab: this.#tab.name });
        }
      }
    }
    this.#run((now) => this.#link.wake(now));
    await this.#adopt();
  }

  async #visible(): Promise<void> {
    this.#run((now) => {
      this.#link.tick(now);
      this.#link.hurry(now);
    });
    await this.#adopt();
  }

  // -- the pump: inputs in, effects out -------------------------------------------------------------------------------

  #received(text: string): void {
    let frame: Frame;
    try {
      frame = JSON.parse(text) as Frame;
    } catch {
      return; // not of a server of ours
    }
    this.#run((now) => this.#link.received(frame, now));
  }

  /** Runs one input and carries out all that follows from it. */
  #run(input: (now: number) => void): void {
    const now = performance.now();
    input(now);
    if (this.#isPumping) return; // a listener called: the loop below goes on
    this.#isPumping = true;
    try {
      for (let isDone = false; !isDone; ) {
        const link = this.#link.take();
        for (const effect of link) this.#do(effect, now);
        const said = this.#exchange.take();
        for (const effect of said) this.#carryOut(effect);
        isDone = link.length === 0 && said.length === 0;
      }
    } finally {
      this.#isPumping = false;
    }
    this.#setTimer();
  }

  #do(effect: ReturnType<Link["take"]>[number], now: number): void {
    switch (effect.do) {
      case "token":
        void this.#getToken(effect.isNew);
        return;
      case "connect":
        this.#socket.connect(this.#url, this.#WebSocket);
        return;
      case "send":
        this.#socket.send(JSON.stringify(effect.frame));
        return;
      case "hangUp":
        this.#socket.hangUp(effect.code);
        return;
      case "probe":
        void answersHttp(this.#url, PROBE_FOR).then((answers) => this.#run(() => this.#link.probed(answers)));
        return;
      case "frame":
        this.#exchange.receive(effect.frame, now);
        return;
      case "state":
        this.#stateIs(effect.state, now);
    }
  }

  #stateIs(state: LinkState, now: number): void {
    if (state.kind === "live") this.#exchange.joined(state.welcome, now);
    else this.#exchange.left();
    if (state.kind === "stopped") this.#end();
    this.#tell("state", state);
  }

  #carryOut(effect: ReturnType<Exchange["take"]>[number]): void {
    switch (effect.do) {
      case "send":
        this.#socket.send(JSON.stringify(effect.frame));
        return;
      case "changed":
        this.#conversations.get(effect.conversation)?.changed(effect.shown);
        return;
      case "beside":
        this.#conversations.get(effect.conversation)?.beside(effect.frame);
        return;
      case "acked":
        void this.#forget(effect.id);
        this.#answers.get(effect.id)?.resolve(effect.ack);
        this.#answers.delete(effect.id);
        return;
      case "refused":
        void this.#forget(effect.id);
        this.#settle(effect.id, Refused.of(effect.error));
        return;
      case "late":
        this.#settle(effect.entry.command.id, new TooLate("There was no connection in time. Nothing was done."));
        return;
      case "opened":
        this.#opened?.(effect.conversation);
        return;
      case "failed":
        if (effect.about === OPEN) this.#opened?.(Refused.of(effect.error));
        this.#conversations.get(effect.about)?.ended(Refused.of(effect.error));
        this.#conversations.delete(effect.about);
    }
  }

  async #getToken(isNew: boolean): Promise<void> {
    try {
      const token = await this.#options.getToken({ isNew });
      this.#run((now) => this.#link.token(token, now));
    } catch (problem) {
      const reason = problem instanceof Error ? problem.message : String(problem);
      this.#run((now) => this.#link.noToken(reason, problem instanceof NoToken, now));
    }
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const at = Math.min(this.#link.wakeAt, this.#exchange.wakeAt);
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        this.#run((now) => {
          this.#link.tick(now);
          this.#exchange.tick(now);
        });
      },
      Math.max(0, at - performance.now()),
    );
  }

  #end(): void {
    this.#unfollow();
    this.#tab.release();
    const problem = this.#stoppedError();
    this.#opened?.(problem);
    for (const id of [...this.#answers.keys()]) this.#settle(id, problem);
    for (const conversation of this.#conversations.values()) conversation.ended(problem);
  }

  #settle(id: string, problem: ClientError): void {
    this.#answers.get(id)?.reject(problem);
    this.#answers.delete(id);
  }

  #stoppedError(): Stopped {
    const { state } = this.#link;
    return state.kind === "stopped" ? new Stopped(state.code, state.reason) : new Stopped(1000, "stopped");
  }

  #tell<K extends keyof ClientEvents>(event: K, ...facts: Parameters<ClientEvents[K]>): void {
    for (const listener of [...this.#listeners[event]]) {
      (listener as (...facts: Parameters<ClientEvents[K]>) => void)(...facts);
    }
  }
}

export type { Entry };

function keyOf(principal: string, id: string): string {
  return `${principal} ${id}`;
}

/** Throws `Misused` for what can never be a server. */
function socketUrl(given: string): string {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new Misused(`${given} is no URL: write wss://host/socket or https://host.`);
  }
  const scheme = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" }[url.protocol];
  if (scheme === undefined) throw new Misused(`${given} cannot be connected to: write wss://host/socket.`);
  if (url.search || url.hash) throw new Misused("A server's URL has no query and no fragment: tokens go elsewhere.");
  if (scheme !== url.protocol) url.pathname = `${url.pathname.replace(/\/$/, "")}/socket`;
  url.protocol = scheme;
  return url.href;
}

function webSocketOf(options: ClientOptions): WebSocketClass {
  const found = options.WebSocket ?? (globalThis.WebSocket as unknown as WebSocketClass | undefined);
  if (found === undefined) throw new Misused('There is no WebSocket here: pass `WebSocket` of the package "ws".');
  return found;
}
