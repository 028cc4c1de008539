/**
 * One principal's chat: a client, its conversation, and what is kept beside them. Another principal is another session.
 * It draws nothing; `changed` is called when something that is shown may have changed.
 */

import {
  BeganAnew,
  type Client,
  type ClientState,
  type Command,
  Continued,
  type CustomerConversation,
  createClient,
  type Entry,
  IndexedDbStore,
  TooLate,
  type View,
  VisitorTokens,
  type wire,
} from "@intervene/client";
import type { Failed } from "@intervene/ui";
import type { UserToken } from "./api.ts";
import { type Aside, Asides, forgetPrincipal, ReadPosition } from "./kept.ts";
import type { Said } from "./said.ts";
import { NONE, type Unread, unreadIn } from "./unread.ts";
import { principalOf } from "./user.ts";

export interface SessionOptions {
  readonly server: string;
  readonly channel: string;
  readonly name: string;
  /** A signed-in user; without it a visitor. */
  readonly user?: UserToken;
  readonly said: Said;
}

export interface SessionListener {
  changed(): void;
  /** Events that were not shown before. `isNew`: they happened now, and are not history. */
  shown(events: readonly wire.ContactEvent[], isNew: boolean): void;
  /** A message was not sent, and why. */
  notSent(code: string): void;
  /** For developers. */
  failed(code: string, message: string): void;
}

export type CustomerView = View<wire.ContactEvent, wire.ContactState>;

/** A person was asked for: `sent` once the server has it. It holds until a person takes control. */
export type Asking = "no" | "asking" | "asked";

const TYPING_AGAIN = 3000;

export class Session {
  conversation: CustomerConversation | null = null;
  asking: Asking = "no";
  /** Who of the business is writing beside the stream, or null. */
  typing: wire.Party | null = null;
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  readonly #visitor: VisitorTokens | null;
  #client: Client | null = null;
  #asides: Asides;
  #principal: string | null = null;
  #read: ReadPosition | null = null;
  #typedAt = 0;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isOver = false;

  constructor(options: SessionOptions, listener: SessionListener) {
    const { server, channel, name, user } = options;
    this.#options = options;
    this.#listener = listener;
    this.#visitor = user === undefined ? new VisitorTokens({ url: server, channel, name }) : null;
    this.#principal = this.#visitor
      ? this.#visitor.principal
      : typeof user === "string"
        ? (principalOf(user) ?? null)
        : null;
    this.#asides = new Asides(this.place);
    window.addEventListener("storage", this.#stored);
  }

  get isUser(): boolean {
    return this.#visitor === null;
  }

  /** Whether this browser has been here before: only then is there anything to connect for while the panel is closed. */
  get isReturning(): boolean {
    return this.isUser || this.#principal !== null;
  }

  get state(): ClientState {
    return this.#client?.state ?? { kind: "idle" };
  }

  get view(): CustomerView | null {
    return this.conversation?.view ?? null;
  }

  /**
   * Where this principal's things are stored; null: nowhere, as it is not known yet which user this is. A visitor who
   * has no address yet is the one who gets it.
   */
  get place(): string | null {
    const { server, channel } = this.#options;
    const principal = this.#principal ?? (this.isUser ? null : "new");
    return principal === null ? null : `${principal} ${channel} ${server}`;
  }

  /** What is on its way, and what waits for the conversation: what a page left that had no connection shows at once. */
  get pending(): readonly Entry[] {
    const early = this.#asides.list.filter(({ problem }) => problem === undefined).map(entryOf);
    return [...(this.conversation?.pending ?? this.#client?.unsent ?? []), ...early];
  }

  get failed(): readonly Failed[] {
    return this.#asides.list.flatMap((aside) => failedOf(aside));
  }

  get readUpTo(): number {
    return this.conversation?.readUpTo ?? 0;
  }

  /** The server's clock, in milliseconds since 1970. */
  get serverNow(): number {
    return this.#client?.serverNow() ?? Date.now();
  }

  /** Whether what is not sent yet outlives this page. */
  get keepsUnsent(): boolean {
    return this.#client?.keepsUnsent ?? true;
  }

  /** Connects and opens the conversation, which stores the visitor. Called when the customer opens the chat. */
  start(): void {
    if (this.#client !== null || this.#isOver) return;
    const { server, user } = this.#options;
    try {
      this.#client = createClient({
        url: server,
        name: "intervene-widget",
        ...(this.#visitor ? { visitor: this.#visitor } : { getToken: () => this.#userToken(user as UserToken) }),
      });
    } catch (problem) {
      this.#listener.failed("misused", String(problem));
      return;
    }
    this.#client.on("state", (state) => this.#stateIs(state));
    this.#client.on("unsent", (command, problem) => this.#unsent(command, problem.code));
    this.#client.on("anew", () => this.#beginAnew());
    this.#options.said.tell(this.#client);
    void this.#open();
  }

  tryNow(): void {
    this.#client?.reconnect();
  }

  // -- what the customer does -----------------------------------------------------------------------------------------

  /** Kept from this moment on, until it is sent or shown as not sent. */
  say(text: string): void {
    this.start();
    if (this.conversation) this.#give(this.conversation, text);
    else this.#asides.add({ id: newId(), text, at: Date.now() });
    this.#listener.changed();
  }

  /** Sends one that was not sent again, as a new message. */
  sayAgain(id: string): void {
    const aside = this.#asides.take(id);
    if (aside) this.say(aside.text);
  }

  /** Gives one that was not sent back, to be edited or left. */
  takeBack(id: string): string {
    const aside = this.#asides.take(id);
    this.#listener.changed();
    return aside?.text ?? "";
  }

  /** One event, also before anything was written and while nobody holds control. */
  async askForPerson(): Promise<void> {
    if (this.asking !== "no") return;
    this.start();
    this.asking = "asking";
    this.#listener.changed();
    await this.#askNow();
  }

  setTyping(on: boolean): void {
    const now = Date.now();
    if (on && now - this.#typedAt < TYPING_AGAIN) return;
    if (!on && this.#typedAt === 0) return;
    this.#typedAt = on ? now : 0;
    this.conversation?.setTyping(on);
  }

  /** All that is shown has been read. */
  setRead(): void {
    const { conversation } = this;
    if (!conversation?.isLive) return;
    const { number } = conversation.view;
    if (number <= (this.#read?.number ?? -1)) return;
    conversation.setRead(number);
    this.#read?.set(number);
    this.#listener.changed();
  }

  pageBack(): boolean {
    return this.conversation?.pageBack() ?? false;
  }

  get unread(): Unread {
    const { view } = this;
    const number = this.#read?.number ?? null;
    return view === null || number === null ? NONE : unreadIn(view.events, number);
  }

  /** The number of the last message that was read before; null: no difference is to be shown. */
  get readNumber(): number | null {
    return this.#read?.number ?? null;
  }

  /** Ends it here; what was not sent stays stored for its principal. */
  stop(): void {
    this.#isOver = true;
    window.removeEventListener("storage", this.#stored);
    clearTimeout(this.#typingEnds);
    this.#client?.stop();
    this.#client = null;
  }

  /** Ends it, removes all that is stored here, and has the server refuse the visitor's token from now on. */
  async forget(): Promise<void> {
    const principal = this.#principal;
    this.stop();
    this.#asides.clear();
    if (principal !== null) {
      forgetPrincipal(principal);
      await forgetUnsent(principal);
    }
    await this.#visitor?.forget();
  }

  // -- steps ----------------------------------------------------------------------------------------------------------

  async #open(): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    try {
      const conversation = await client.open();
      if (this.#client !== client) return;
      this.#opened(conversation);
    } catch (problem) {
      if (this.#client !== client || problem instanceof BeganAnew) return;
      this.#listener.failed("not_opened", String(problem));
    }
  }

  #opened(conversation: CustomerConversation): void {
    this.conversation = conversation;
    this.#belongTo(this.#visitor?.principal ?? this.#principal);
    this.#read = new ReadPosition(this.#principal ?? "", conversation.id);
    // Without a mark nothing can be told apart: all that is there now counts as read.
    if (this.#read.number === null) this.#read.set(conversation.view.number);
    conversation.on("change", (shown) => this.#changed(shown as readonly wire.ContactEvent[]));
    conversation.on("beside", (frame) => this.#beside(frame as wire.ContactTyping));
    conversation.on("end", (problem) => {
      this.conversation = null;
      if (problem instanceof Continued) void this.#open();
      this.#listener.changed();
    });
    this.#listener.shown(conversation.view.events, false);
    for (const { id, problem } of this.#asides.list) {
      const aside = problem === undefined ? this.#asides.take(id) : undefined;
      if (aside) this.#give(conversation, aside.text);
    }
    if (this.asking === "asking") void this.#askNow();
    this.#listener.changed();
  }

  #give(conversation: CustomerConversation, text: string): void {
    this.#typedAt = 0; // a message ends the typing
    conversation.say(text).catch(() => undefined); // `unsent` tells
  }

  /** Again after each connection, until the server has it: the SDK gives a move up after a few seconds. */
  async #askNow(): Promise<void> {
    const { conversation } = this;
    if (conversation === null || this.#isAsking) return;
    this.#isAsking = true;
    try {
      await conversation.askForPerson();
      this.asking = "asked";
    } catch (problem) {
      if (!(problem instanceof TooLate)) {
        this.asking = "no";
        this.#listener.failed("not_asked", String(problem));
      }
    }
    this.#isAsking = false;
    this.#listener.changed();
  }

  #changed(shown: readonly wire.ContactEvent[]): void {
    if (shown.length > 0) {
      if (shown.some(({ event }) => event.kind === "control" && event.holder.kind === "agent")) this.asking = "no";
      if (shown.some(({ event }) => event.kind !== "message" || event.by.kind !== "you")) this.typing = null;
      this.#listener.shown(shown, true);
    }
    this.#listener.changed();
  }

  #beside(frame: wire.ContactTyping): void {
    clearTimeout(this.#typingEnds);
    this.typing = frame.type === "typing" && frame.on ? frame.who : null;
    this.#typingEnds = setTimeout(() => {
      this.typing = null;
      this.#listener.changed();
    }, 6000); // R47: shown for 5 s unless it is renewed
    this.#listener.changed();
  }

  #stateIs(state: ClientState): void {
    if (state.kind === "stopped") this.#listener.failed("stopped", `${state.code}: ${state.reason}`);
    if (state.kind !== "live")
      this.typing = null; // the end of it would not arrive
    else if (this.asking === "asking") void this.#askNow();
    this.#listener.changed();
  }

  #unsent(command: Command, problem: string): void {
    if (command.type !== "say") return;
    this.#asides.add({ id: command.id, text: command.text, at: Date.now(), problem });
    this.#listener.notSent(problem);
    this.#listener.changed();
  }

  /** R14: what was shown is another visitor's. What was not sent stays here, in the same tab, to be sent anew. */
  #beginAnew(): void {
    this.conversation = null;
    this.asking = "no";
    this.typing = null;
    this.#principal = null;
    this.#read = null;
    for (const aside of this.#asides.list) this.#asides.add({ problem: "began_anew", ...aside });
    void this.#open();
    this.#listener.changed();
  }

  /** The principal is known now: what was written before is theirs. */
  #belongTo(principal: string | null): void {
    if (principal === null || principal === this.#principal) return;
    this.#principal = principal;
    const own = new Asides(this.place);
    for (const aside of this.#asides.list) own.add(aside);
    this.#asides.clear();
    this.#asides = own;
  }

  async #userToken(user: UserToken): Promise<string | { token: string; principal: string }> {
    const token = typeof user === "string" ? user : await user();
    const principal = principalOf(token);
    if (principal === undefined) return token;
    this.#belongTo(principal);
    return { token, principal };
  }

  #stored = (event: StorageEvent): void => {
    if (this.#read?.isOf(event.key)) this.#listener.changed();
  };
}

function entryOf({ id, text, at }: Aside): Entry {
  const command = { type: "say", id, text, conversation: "" } as const;
  return { command, at, until: Number.POSITIVE_INFINITY, isSent: false, wasSent: false };
}

function failedOf({ id, text, at, problem: code }: Aside): readonly Failed[] {
  if (code === undefined) return [];
  const remedy = code === "too_long" || code === "bad_text" ? "edit" : "retry";
  return [{ id, type: "say", text, at, code, remedy }];
}

async function forgetUnsent(principal: string): Promise<void> {
  try {
    await new IndexedDbStore(indexedDB).clear(principal);
  } catch {
    // reading the property alone throws in some frames: then nothing is stored
  }
}

/** Of an aside: it never leaves this tab. */
function newId(): string {
  return `${Date.now()} ${Math.random()}`;
}
