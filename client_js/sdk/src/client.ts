/** The client as programs have it: its conversations, its promises and events, and the life of the page. */

import { CustomerConversation, newId } from "./conversation.ts";
import { Exchange, OPEN } from "./core/exchange.ts";
import { Link } from "./core/link.ts";
import { type Ack, type Command, type Entry, isKept } from "./core/outbox.ts";
import { PACE } from "./core/pace.ts";
import type { LinkState, Trouble } from "./core/states.ts";
import { Drive, type DriveEvents } from "./drive.ts";
import { socketUrl } from "./drivers/address.ts";
import { followPage } from "./drivers/page.ts";
import { defaultStore } from "./drivers/store.ts";
import { BeganAnew, type ClientError, Continued, QueueFull, Refused, Stopped } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import { type Attributes, type ClientEvents, type ClientOptions, type ClientState, webSocketOf } from "./options.ts";
import { StaffConversation } from "./staff.ts";
import { Tokens } from "./tokens.ts";
import { ageOf, tooLate, Unsent } from "./unsent.ts";
import type * as wire from "./wire.ts";

type AnyConversation = StaffConversation | CustomerConversation;

interface Waiting {
  readonly resolve: (ack: Ack) => void;
  readonly reject: (problem: ClientError) => void;
}

/** Makes a client and connects it. Throws `Misused` for options that can never work. */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

/** Made by `createClient`. */
export class Client {
  readonly #tokens: Tokens;
  readonly #link: Link;
  readonly #exchange = new Exchange(Math.random);
  readonly #drive: Drive;
  readonly #unsent: Unsent;
  readonly #unfollow: () => void;
  readonly #conversations = new Map<string, AnyConversation>();
  readonly #answers = new Map<string, Waiting>();
  readonly #listeners = new Listeners<ClientEvents>();
  #opening: Promise<CustomerConversation> | null = null;
  #opened: ((result: string | ClientError) => void) | null = null;
  #lastAt = 0;
  readonly #attributes: Record<string, string> = {};

  constructor(options: ClientOptions) {
    const url = socketUrl(options.url);
    const WebSocket = webSocketOf(options);
    this.#tokens = new Tokens(options, url, (token) => this.#run((now) => this.#link.offered(token, now)));
    const { isVisitor } = this.#tokens;
    this.#link = new Link({ ...PACE, ...options.pace }, Math.random, options.name ?? "intervene-js", isVisitor);
    this.#drive = new Drive(this.#link, this.#exchange, url, WebSocket, {
      token: (isNew) => void this.#getToken(isNew),
      anew: (token, reason) => this.#beginAnew(token, reason),
      state: (state, now) => this.#stateIs(state, now),
      said: (effect) => this.#carryOut(effect),
    });
    this.#unsent = new Unsent(options.store ?? defaultStore(), options.principal ?? null, {
      isWaiting: (id) => this.#exchange.outbox.get(id) !== undefined,
      adopted: (command, at) => this.#run((now) => void this.#exchange.command(command, at, now, ageOf(at))),
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

  /** The connection's state. Another object after each change. */
  get state(): ClientState {
    return this.#link.state;
  }

  /** Why there is no connection; null while there is one, or none was needed yet. */
  get trouble(): Trouble | null {
    return this.#link.trouble;
  }

  /** Commands without an ack, of all conversations: also what the page before this one left, and no `open` answered yet. */
  get unsent(): readonly Entry[] {
    return this.#exchange.outbox.entries();
  }

  /** Whether messages without an ack outlive the page. Say so where it is false: they are lost with it. */
  get keepsUnsent(): boolean {
    return this.#unsent.isDurable;
  }

  /** The server's clock, in milliseconds since 1970. Before the first welcome it is this device's. */
  serverNow(): number {
    return this.#link.serverNow;
  }

  /** The token that the connection goes by, for HTTP requests of your own. Another window may have got it. "" before it. */
  get token(): string {
    return this.#link.lastToken;
  }

  /** What the server knows beyond the first protocol; empty without a connection. */
  get features(): readonly string[] {
    return this.#link.state.kind === "live" ? (this.#link.state.welcome.features ?? []) : [];
  }

  /** Calls `listener` until the function that it gives is called. */
  on<K extends keyof ClientEvents>(event: K, listener: ClientEvents[K]): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Tries to connect now instead of at `state.retryAt`. */
  reconnect(): void {
    this.#run((now) => this.#link.hurry(now));
  }

  /** For staff: the person uses the page. Say so at most every 30 s, to a server with the feature `presence`. */
  active(): void {
    this.send({ type: "active" });
  }

  /**
   * Says what is known of the customer, now and after each connect: at most 20 names of 40 characters, with texts of at
   * most 1 KiB; null says no more. Staff see it as unverified. Servers without the feature `attributes` are not told.
   */
  setAttributes(attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) this.#attributes[name] = String(value ?? "");
    this.#sayAttributes();
  }

  /** Sends a frame for which there is no call here. Dropped without a connection. */
  send(frame: wire.StaffIn | wire.ContactIn): void {
    this.#run((now) => this.#exchange.say(frame, now));
  }

  /** Disconnects for good. What was not acknowledged rejects with `Stopped`; messages stay stored for the principal. */
  stop(): void {
    this.#run(() => this.#link.stop());
  }

  /** Stops, and removes from this browser what this principal had not got sent: for good, as when a person signs out. */
  async forget(): Promise<void> {
    this.stop();
    await this.#unsent.clear();
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

  /** Begins a conversation with a contact, or finds the open one; for staff, of a server with the feature `begin`. */
  begin(contact: string, how: { channel?: string; queue?: string } = {}): Promise<StaffConversation> {
    const begun = this.#command({ type: "begin", id: newId(), contact, ...how });
    return begun.then((ack) => this.watch(ack.conversation));
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
    followed: (id: string) => this.#exchange.followed(id),
    pending: (id: string) => this.#exchange.outbox.entries(id),
    command: (command: Command) => this.#command(command),
    say: (frame: wire.StaffIn | wire.ContactIn) => this.send(frame),
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
      if (!added) this.#settle(command.id, new QueueFull("Too many messages wait."));
      else void this.#unsent.keep(command, at);
    });
  }

  // -- the life of the page -------------------------------------------------------------------------------------------

  async #begin(): Promise<void> {
    this.#tokens.wake();
    await this.#unsent.hold();
    await this.#unsent.adopt();
    this.#run((now) => this.#link.start(now));
  }

  #sleep(): void {
    this.#run(() => this.#link.sleep());
    this.#tokens.sleep();
    this.#unsent.release();
  }

  async #wake(): Promise<void> {
    this.#tokens.wake();
    await this.#unsent.hold();
    await this.#unsent.keepAll(this.#exchange.outbox.entries());
    this.#run((now) => this.#link.wake(now));
    await this.#unsent.adopt();
  }

  async #visible(): Promise<void> {
    this.#run((now) => {
      this.#link.tick(now);
      this.#link.check(now);
      this.#link.hurry(now);
    });
    await this.#unsent.adopt();
  }

  // -- what follows from an input -----------------------------------------------------------------------------------

  #run(input: (now: number) => void): void {
    this.#drive.run(input);
  }

  #sayAttributes(): void {
    const attributes = this.#attributes;
    if (Object.keys(attributes)[0] === undefined || !this.features.includes("attributes")) return;
    this.send({ type: "set_attributes", id: newId(), attributes });
  }

  #stateIs(state: LinkState, now: number): void {
    if (state.kind === "live") {
      this.#exchange.joined(state.welcome, now);
      this.#sayAttributes();
      void this.#unsent.adopt(); // a window beside this one may have been closed while there was no connection
    } else this.#exchange.left();
    if (state.kind === "stopped") this.#end();
    this.#listeners.tell("state", state);
  }

  #carryOut(effect: Parameters<DriveEvents["said"]>[0]): void {
    switch (effect.do) {
      case "changed":
        this.#conversations.get(effect.conversation)?.changed(effect.shown);
        return;
      case "beside":
        this.#conversations.get(effect.conversation)?.beside(effect.frame);
        return;
      case "acked":
        void this.#unsent.forget(effect.id);
        this.#answers.get(effect.id)?.resolve(effect.ack);
        this.#answers.delete(effect.id);
        return;
      case "refused":
        this.#fail(effect.entry, Refused.of(effect.error));
        return;
      case "late":
        this.#fail(effect.entry, tooLate(effect.entry));
        return;
      case "moved":
        void this.#unsent.keepAll(effect.entries);
        this.#drop(effect.from, new Continued(effect.to));
        return;
      case "opened":
        this.#opened?.(effect.conversation);
        return;
      case "failed":
        if (effect.about === OPEN) this.#opened?.(Refused.of(effect.error));
        this.#drop(effect.about, Refused.of(effect.error));
        return;
      case "other":
        this.#listeners.tell("frame", effect.frame);
    }
  }

  /** A command that is answered with a refusal, or never. */
  #fail({ command }: Entry, problem: ClientError): void {
    void this.#unsent.forget(command.id);
    this.#settle(command.id, problem);
    if (isKept(command)) this.#listeners.tell("unsent", command, problem);
  }

  #drop(id: string, problem: ClientError): void {
    const conversation = this.#conversations.get(id);
    this.#conversations.delete(id);
    conversation?.ended(problem);
  }

  /** Nothing of the former visitor is sent or shown from here on: it is reported, and removed (R14). */
  #beginAnew(token: string, reason: string): void {
    const problem = new BeganAnew(`A new visitor begins: ${reason}`);
    const kept = this.#tokens.beginAnew(token);
    const former = this.#unsent.principal ?? kept;
    this.#unsent.principal = null;
    const entries = this.#exchange.forget();
    const conversations = [...this.#conversations.keys()];
    this.#listeners.tell("anew", problem);
    for (const id of conversations) this.#drop(id, problem);
    for (const entry of entries) this.#fail(entry, problem);
    if (former === null) return;
    void this.#unsent.abandon(former).then((abandoned) => {
      for (const command of abandoned) {
        if (!entries.some((entry) => entry.command.id === command.id)) this.#listeners.tell("unsent", command, problem);
      }
    });
  }

  async #getToken(isNew: boolean): Promise<void> {
    const given = await this.#tokens.get(isNew);
    if (given === null) return;
    const { none, token = "", principal, claim } = given;
    if (none !== undefined) {
      this.#run((now) => this.#link.noToken(none.reason, now, none));
    } else if (principal !== undefined && (this.#unsent.principal ?? principal) !== principal) {
      this.#run((now) => this.#link.another(now));
    } else {
      if (principal !== undefined) await this.#belongTo(principal);
      // Meanwhile a new visitor may have begun.
      if (principal === undefined || principal === this.#unsent.principal) {
        this.#run((now) => this.#link.token(token, now, claim));
      }
    }
  }

  /** The token says whose messages these are. What was given before is theirs too, and comes after what they left. */
  async #belongTo(principal: string): Promise<void> {
    if (this.#unsent.principal === principal) return;
    this.#unsent.principal = principal;
    const before = this.#exchange.outbox.entries();
    await this.#unsent.adopt();
    await this.#unsent.keepAll(before);
  }

  #end(): void {
    this.#unfollow();
    this.#tokens.sleep();
    this.#unsent.release();
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
    const { code, reason } = this.#link.state as Extract<LinkState, { kind: "stopped" }>;
    return new Stopped(code, reason);
  }
}

export type { Entry };
