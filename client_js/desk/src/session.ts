/**
 * A person at the desk: one connection, the list, and the open conversation. Drives the pure parts in `core/`; what
 * draws it reads `state`, and is called after each change.
 */

import { Client, type ClientOptions, type ClientState, type StaffConversation, type wire } from "@intervene/client";
import { type OpenedView, Views } from "@intervene/client/views";
import type { Account } from "./account.ts";
import { Acting } from "./acting.ts";
import { Api } from "./api.ts";
import type { Sources } from "./completing.ts";
import { type Action, serves } from "./core/actions.ts";
import type { Target } from "./core/commands.ts";
import { mentionsIn } from "./core/completing.ts";
import type { Me } from "./core/dock.ts";
import type { Open } from "./core/open.ts";
import * as opens from "./core/open.ts";
import { NOBODY_KNOWN, type Present, seen } from "./core/presence.ts";
import { type List, NO_LIST } from "./core/rows.ts";
import { type Colleague, NO_SETTINGS } from "./core/settings.ts";
import type { Conversation } from "./doing.ts";
import { Drafting, type KeptDrafts } from "./drafting.ts";
import { Listing } from "./listing.ts";
import { Performing, type Refusal } from "./performing.ts";
import { renewedToken } from "./renewed.ts";
import { Settings, type Snapshot } from "./settings.ts";
import { Shelf } from "./shelf.ts";
import { Writing } from "./writing.ts";

export interface SessionParts {
  readonly account: Account;
  readonly drafts: KeptDrafts;
  readonly changed: () => void;
}

export interface SessionState {
  /** Null until the server has said who this is. */
  readonly me: Me | null;
  readonly link: ClientState;
  readonly list: List;
  readonly open: Open | null;
  /** Which notices this person has seen. */
  readonly shelf: Shelf;
  /** What the organisation has set. */
  readonly settings: Snapshot;
  /** Who of the staff can be reached. */
  readonly present: Present;
  /** The last note that mentions this person, until it was looked at or put away. */
  readonly mentioned: wire.Mentioned | null;
  readonly keepsUnsent: boolean;
}

const TYPING_LIVES = 5000;
const ACTIVE_AGAIN = 30_000;
const NEVER = Number.NEGATIVE_INFINITY;

export class Session {
  readonly list: Listing;
  /** What calls this person: all that waits, and where they reply. */
  readonly called: { readonly waiting: OpenedView; readonly mine: OpenedView };
  readonly views: Views;
  readonly writing: Writing;
  readonly api: Api;
  readonly settings: Settings;
  readonly account: Account;
  readonly drafts: Drafting;
  /** By name: which colleague was chosen for a mention, of two with one name. */
  readonly picked = new Map<string, string>();
  readonly #acting: Acting;
  readonly #performing: Performing;
  readonly #client: Client;
  readonly #changed: () => void;
  readonly #conversations = new Map<string, Open>();
  /** How far each was read here; what was said of it without a connection is said again. */
  readonly #read = new Map<string, number>();
  #watched: StaffConversation | null = null;
  #state: SessionState;
  #activeAt = NEVER;

  constructor(options: ClientOptions & { readonly principal: string }, parts: SessionParts) {
    this.#changed = parts.changed;
    this.account = parts.account;
    this.#client = new Client(options);
    this.#state = {
      me: null,
      link: this.#client.state,
      list: NO_LIST,
      open: null,
      shelf: new Shelf(options.principal),
      settings: NO_SETTINGS,
      present: NOBODY_KNOWN,
      mentioned: null,
      keepsUnsent: this.#client.keepsUnsent,
    };
    const screen = {
      open: () => this.#state.open,
      watched: () => this.#watched,
      change: (id: string, change: (open: Open) => Open) => this.#change(id, change),
      mentions: (text: string) => mentionsIn(text, this.colleagues, this.picked),
    };
    this.api = new Api(
      () => this.#client.token,
      (former) => renewedToken(this.#client, former),
    );
    this.drafts = new Drafting({
      drafts: parts.drafts,
      api: this.api,
      isLive: () => this.#state.link.kind === "live",
      changed: (id) => this.writing.resume(id),
    });
    this.writing = new Writing(screen, this.drafts);
    this.#acting = new Acting(screen, () => this.serverNow());
    this.#performing = new Performing(this.api, () => this.serverNow());
    this.settings = new Settings({
      api: this.api,
      isLive: () => this.#state.link.kind === "live",
      changed: (settings) => this.#become({ settings }),
    });
    this.#client.on("state", (link) => this.#linkIs(link));
    this.#client.on("frame", (frame) => {
      if (frame.type === "presence") this.#become({ present: seen(this.#state.present, frame) });
      else if (frame.type === "mentioned") this.#become({ mentioned: frame });
    });
    this.#client.on("unsent", (command, problem) => {
      if (command.type === "say" || command.type === "add_note") this.writing.giveBack(command, problem);
    });
    this.views = new Views(this.#client);
    this.called = { waiting: this.views.open({ list: "waiting" }), mine: this.views.open({ list: "mine" }) };
    const kept = Object.values(this.called);
    this.list = new Listing({ views: this.views, kept, changed: (list) => this.#become({ list }) });
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The server's clock, which events and waiting times go by. */
  serverNow(): number {
    return this.#client.serverNow();
  }

  /** Ends it: nothing is sent or shown any more. What was not sent stays here, for the same person. */
  stop(): void {
    this.views.stop();
    this.settings.stop();
    this.drafts.stop();
    this.#client.stop();
  }

  /** Ends it, and nothing of this person is kept here any more. */
  forget(): void {
    this.views.stop();
    this.settings.stop();
    this.drafts.stop();
    this.#state.shelf.forget();
    void this.#client.forget();
  }

  retry(): void {
    this.#client.reconnect();
  }

  /** The person uses the desk: colleagues see them, and they keep what they hold. */
  active(): void {
    const now = performance.now();
    if (now - this.#activeAt < ACTIVE_AGAIN || !this.#client.features.includes("presence")) return;
    this.#activeAt = now;
    this.#client.active();
  }

  /** Colleagues see it within 2 s, and it holds until one chooses again. */
  setPresence(presence: wire.Choice): void {
    this.#client.send({ type: "set_presence", presence });
  }

  /** The person is called so from now on, by what the server has answered. */
  rename(name: string): void {
    const { me } = this.#state;
    if (me !== null) this.#become({ me: { ...me, name } });
  }

  // -- the open conversation ------------------------------------------------------------------------------------------

  /** Shows a conversation, or none. Only the one that is shown is followed. One that was lost from sight is tried again. */
  show(id: string | null): void {
    const { open } = this.#state;
    if (id === (open?.id ?? null) && (open?.missing ?? null) === null) return;
    this.#leave();
    if (id === null) {
      this.#become({ open: null });
      return;
    }
    const conversation = this.#client.watch(id);
    this.#watched = conversation;
    const kept = this.#conversations.get(id) ?? opens.opened(id, conversation.view);
    const hasText = this.drafts.get(id, "reply") !== "";
    this.#become({ open: opens.shown(kept, conversation.view, conversation.readUpTo, hasText) });
    if (this.#state.mentioned?.conversation === id) this.putAway();
    conversation.on("change", (shown) => this.#viewed(conversation, shown as readonly wire.Event[]));
    conversation.on("beside", (frame) => this.#beside(conversation, frame));
    conversation.on("end", ({ message }) => {
      this.drafts.leave(id);
      if (this.#state.link.kind !== "live") return;
      this.#change(id, (was) => ({ ...was, missing: opens.missingFor(message, was.view.state !== null) }));
    });
  }

  #leave(): void {
    const { open } = this.#state;
    if (open === null || this.#watched === null) return;
    this.writing.stopTyping();
    this.#watched.unwatch();
    this.#watched = null;
    this.#acting.leave();
    this.#conversations.set(open.id, opens.left(open));
  }

  #viewed(conversation: StaffConversation, shown: readonly wire.Event[]): void {
    if (conversation !== this.#watched) return;
    const { id, view, isLive, pending } = conversation;
    const wasLive = this.#state.open?.isLive ?? false;
    for (const event of shown) this.#enabled(event);
    const { readUpTo, contactRead } = conversation;
    this.#change(id, (open) => opens.viewed(open, { view, isLive, pending, readUpTo, contactRead }));
    this.writing.resume(id);
    if (isLive && !wasLive) void this.drafts.read(id);
  }

  #enabled(event: wire.Event): void {
    const made = this.#acting.tookWith(event, this.#state.me?.id);
    if (made === null) return;
    this.#change(made.id, (open) => ({
      ...open,
      isNoting: open.isNoting && this.drafts.get(made.id, "note") !== "",
      enabled: new Map([...open.enabled, [event.epoch, made.took]]),
    }));
  }

  #beside(
    conversation: StaffConversation,
    frame: wire.Here | wire.StaffTyping | wire.TakeoverTimes | { type: string },
  ): void {
    if (conversation !== this.#watched) return;
    const { id, here, takeovers } = conversation;
    if (frame.type === "typing") {
      const typing = frame as wire.StaffTyping;
      this.#change(id, (open) => opens.typed(open, typing, performance.now(), TYPING_LIVES));
      if (typing.on) setTimeout(() => this.#changed(), TYPING_LIVES + 50);
    } else {
      this.#change(id, (open) => ({ ...open, here, takeovers: new Map([...open.takeovers, ...takeovers]) }));
    }
  }

  pageBack(): void {
    const { open } = this.#state;
    if (open === null || open.isPaging || !this.#watched?.pageBack()) return;
    this.#change(open.id, (was) => ({ ...was, isPaging: true }));
  }

  /** Everything up to the newest event is on the screen, and somebody looks at it. */
  read(): void {
    const { open } = this.#state;
    const { state, number } = open?.view ?? {};
    if (open === null || this.#watched === null || state == null || number === undefined || !open.isLive) return;
    if (number <= Math.max(this.#watched.readUpTo, this.#read.get(open.id) ?? 0)) return;
    this.#read.set(open.id, number);
    this.#watched.setRead(number);
    this.views.read(open.id, number);
  }

  /** The notice of the first takeover was read. */
  tell(): void {
    this.#state.shelf.tell();
    this.#changed();
  }

  caughtUp(): void {
    const { open } = this.#state;
    if (open !== null) this.#change(open.id, opens.caughtUp);
  }

  dismiss(): void {
    const { open } = this.#state;
    if (open !== null) this.#change(open.id, (was) => ({ ...was, notice: null }));
  }

  // -- what the agent does --------------------------------------------------------------------------------------------

  async take(): Promise<void> {
    await this.#acting.take();
  }

  /** Shows a conversation, and takes control once it is here, unless a colleague has it by then. */
  async takeFromBot(id: string): Promise<void> {
    this.show(id);
    const conversation = this.#watched;
    await conversation?.ready.catch(() => undefined); // the pane says why it is not there
    if (conversation === null || conversation !== this.#watched) return;
    const { holder, is_open: isOpen } = conversation.view.state ?? {};
    if (isOpen && holder?.type !== "agent") await this.take();
  }

  /** The open conversation, as what is done to it goes by; null while none is shown. */
  get conversation(): Conversation | null {
    const { id, view } = this.#state.open ?? {};
    if (id === undefined || view?.state == null) return null;
    return { ...view.state, id, seq: view.number, bot: opens.botIn(view.events) };
  }

  /** Whether a bot that gets a conversation can be told why. */
  get canBrief(): boolean {
    return this.#client.features.includes("briefing");
  }

  /** Who may be given the open conversation, and be called to it; not oneself. */
  get colleagues(): readonly Colleague[] {
    const { open, me, settings } = this.#state;
    const queue = open?.view.state?.queue;
    return queue === undefined ? [] : settings.people.filter((each) => each.id !== me?.id && serves(each, queue));
  }

  /** What is completed from while one writes; null without a conversation. */
  get sources(): Sources | null {
    const { open, me, settings } = this.#state;
    const { state } = open?.view ?? {};
    if (open === null || me === null || state == null) return null;
    const names = { contact: state.contact.name, agent: me.name };
    const pick = ({ id, name }: Colleague) => void this.picked.set(name, id);
    const { cannedReplies } = settings;
    return { isNoting: open.isNoting, cannedReplies, colleagues: this.colleagues, names, pick };
  }

  /** The mention was seen. */
  putAway(): void {
    this.#become({ mentioned: null });
  }

  /** Those that open conversations have, the most used first; none while they cannot be read. */
  async usedTags(): Promise<readonly string[]> {
    const { items } = await this.api
      .get<{ items: readonly { name: string }[] }>("/v1/tags")
      .catch(() => ({ items: [] }));
    return items.map(({ name }) => name);
  }

  /** Why something was not done, in the dock. */
  refuse(text: string): void {
    const { open } = this.#state;
    if (open !== null && text !== "") this.#change(open.id, (was) => ({ ...was, notice: { kind: "failed", text } }));
  }

  /** Does it in each of these, as they were shown. Answers why, for each that was refused. */
  async perform(action: Action, targets: readonly Target[]): Promise<readonly Refusal[]> {
    const [only] = targets;
    const isOpen = targets.length === 1 && only !== undefined && only.id === this.#watched?.id;
    return isOpen && action.kind !== "transcript"
      ? this.#acting.perform(action, only)
      : this.#performing.perform(action, targets);
  }

  // -- the connection -------------------------------------------------------------------------------------------------

  #linkIs(link: ClientState): void {
    let { me } = this.#state;
    if (link.kind === "live" && "agent" in link.welcome) {
      const { agent, role } = link.welcome;
      me = { id: agent.id, name: agent.name, role };
    }
    this.#become({ link, me, keepsUnsent: this.#client.keepsUnsent });
    if (link.kind !== "live") return;
    this.#read.clear();
    void this.settings.refresh();
  }

  // -- state ----------------------------------------------------------------------------------------------------------

  #change(id: string, change: (open: Open) => Open): void {
    const { open } = this.#state;
    if (open?.id === id) {
      this.#become({ open: change(open) });
      return;
    }
    const kept = this.#conversations.get(id);
    if (kept) this.#conversations.set(id, change(kept));
    this.#changed();
  }

  #become(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#changed();
  }
}
