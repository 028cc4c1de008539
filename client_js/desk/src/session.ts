/**
 * A person at the desk: one connection, the list, and the open conversation. Drives the pure parts in `core/`; whoever
 * draws reads `state` and is called after each change.
 */

import {
  Client,
  type ClientOptions,
  type ClientState,
  Refused,
  type StaffConversation,
  type wire,
} from "@intervene/client";
import { lost, NONE } from "./core/attempt.ts";
import type { Me, Move } from "./core/dock.ts";
import type { Open } from "./core/open.ts";
import * as opens from "./core/open.ts";
import { type List, NO_LIST } from "./core/rows.ts";
import { Listing } from "./listing.ts";
import { Shelf } from "./shelf.ts";
import { words } from "./words.ts";

/** What was typed and not sent. */
export interface DraftsOfPerson {
  get(conversation: string, slot: Slot): string;
  set(conversation: string, slot: Slot, text: string): void;
}

export interface SessionParts {
  readonly drafts: DraftsOfPerson;
  readonly changed: () => void;
}

export type Slot = "reply" | "note";

export interface SessionState {
  /** Null until the server has said who this is. */
  readonly me: Me | null;
  readonly link: ClientState;
  readonly list: List;
  readonly open: Open | null;
  /** What this person has read. */
  readonly shelf: Shelf;
  readonly keepsUnsent: boolean;
}

const TYPING_LIVES = 5000;
const TYPING_AGAIN = 3000;
const ACTIVE_AGAIN = 30_000;
const NEVER = Number.NEGATIVE_INFINITY;

export class Session {
  readonly list: Listing;
  readonly #client: Client;
  readonly #changed: () => void;
  readonly #drafts: DraftsOfPerson;
  readonly #conversations = new Map<string, Open>();
  #watched: StaffConversation | null = null;
  #state: SessionState;
  #typedAt = NEVER;
  #activeAt = NEVER;
  /** The takeover that was asked for here last, and when, until its event comes. */
  #click: { readonly conversation: string; readonly at: number } | null = null;

  constructor(options: ClientOptions & { readonly principal: string }, parts: SessionParts) {
    this.#changed = parts.changed;
    this.#drafts = parts.drafts;
    this.#client = new Client(options);
    this.#state = {
      me: null,
      link: this.#client.state,
      list: NO_LIST,
      open: null,
      shelf: new Shelf(options.principal),
      keepsUnsent: this.#client.keepsUnsent,
    };
    this.#client.on("state", (link) => this.#linkIs(link));
    this.#client.on("unsent", (command, problem) => {
      if (command.type === "say" || command.type === "add_note") this.#giveBack(command, problem);
    });
    this.list = new Listing({
      token: () => (this.#state.link.kind === "live" ? this.#client.token : null),
      changed: (list) => this.#become({ list }),
    });
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
    this.list.stop();
    this.#client.stop();
  }

  /** Ends it, and nothing of this person is kept here any more. */
  forget(): void {
    this.list.stop();
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

  // -- the open conversation ------------------------------------------------------------------------------------------

  /** Shows a conversation, or none. Only the one that is shown is followed. */
  show(id: string | null): void {
    if (id === (this.#state.open?.id ?? null)) return;
    this.#leave();
    if (id === null) {
      this.#become({ open: null });
      return;
    }
    const conversation = this.#client.watch(id);
    this.#watched = conversation;
    const kept = this.#conversations.get(id) ?? opens.opened(id, conversation.view);
    const hasText = this.#drafts.get(id, "reply") !== "";
    this.#become({ open: opens.shown(kept, conversation.view, this.#state.shelf.readUpTo(id), hasText) });
    conversation.on("change", (shown) => this.#viewed(conversation, shown as readonly wire.Event[]));
    conversation.on("beside", (frame) => this.#beside(conversation, frame));
    conversation.on("end", () => this.#change(id, (was) => ({ ...was, isMissing: this.#state.link.kind === "live" })));
  }

  #leave(): void {
    const { open } = this.#state;
    if (open === null || this.#watched === null) return;
    if (this.#typedAt > NEVER) this.#typing(false);
    this.#watched.unwatch();
    this.#watched = null;
    this.#click = null; // when its event is shown, it may be history
    this.#conversations.set(open.id, open);
  }

  #viewed(conversation: StaffConversation, shown: readonly wire.Event[]): void {
    if (conversation !== this.#watched) return;
    const before = this.#state.open;
    const { id, view, isLive, pending } = conversation;
    for (const event of shown) this.#enabled(event);
    this.#state.shelf.read(id, conversation.readUpTo); // another window of theirs may be further
    this.#change(id, (open) => opens.viewed(open, view, isLive, pending, conversation.readUpTo));
    this.#resumeReply(id);
    const isFirst = before?.view.state == null;
    if (isFirst || shown.some(({ body }) => body.kind === "control")) void this.list.refresh();
  }

  /** A draft of before this page was opened counts as begun now: what is on the screen is what it answers. */
  #resumeReply(id: string): void {
    const reply = this.#drafts.get(id, "reply");
    if (reply !== "") this.#change(id, (open) => (open.view.state === null ? open : opens.written(open, reply)));
  }

  #enabled({ command, epoch, body }: wire.Event): void {
    const click = command === undefined ? null : this.#click;
    if (click === null || body.kind !== "control" || body.move !== "intervene") return;
    if (body.holder.type !== "agent" || body.holder.id !== this.#state.me?.id) return;
    this.#click = null;
    const { conversation: id, at } = click;
    this.#change(id, (open) => ({
      ...open,
      isNoting: open.isNoting && this.#drafts.get(id, "note") !== "",
      enabled: new Map([...open.enabled, [epoch, performance.now() - at]]),
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
    const { open, shelf } = this.#state;
    const { state, number } = open?.view ?? {};
    if (open === null || state == null || number === undefined || !open.isLive) return;
    if (!shelf.read(open.id, number)) return;
    this.#watched?.setRead(number);
    this.#changed();
  }

  // -- what the agent writes ------------------------------------------------------------------------------------------

  write(text: string): void {
    const { open } = this.#state;
    if (open === null) return;
    this.#drafts.set(open.id, slotOf(open), text);
    if (open.isNoting) return;
    this.#change(open.id, (was) => opens.written(was, text));
    const now = performance.now();
    if (text !== "" && now - this.#typedAt > TYPING_AGAIN) this.#typing(true);
    else if (text === "" && this.#typedAt > NEVER) this.#typing(false);
  }

  #typing(on: boolean): void {
    this.#typedAt = on ? performance.now() : NEVER;
    this.#watched?.setTyping(on);
  }

  setNoting(isNoting: boolean): void {
    const { open } = this.#state;
    if (open !== null) this.#change(open.id, (was) => ({ ...was, isNoting }));
  }

  /** Sends what is in the composer. A reply waits for a yes when the customer wrote since it was begun. */
  send(isConfirmed = false): void {
    const { open } = this.#state;
    const conversation = this.#watched;
    if (open === null || conversation === null) return;
    const text = this.#drafts.get(open.id, slotOf(open));
    if (text.trim() === "") return;
    const count = opens.missed(open);
    if (!open.isNoting && !isConfirmed && count > 0) {
      this.#change(open.id, (was) => opens.isStale(was, count));
      return;
    }
    this.write("");
    this.#change(open.id, (was) => ({ ...was, notice: null, unreadAfter: null }));
    const said = open.isNoting ? conversation.note(text) : conversation.say(text, { confirmed: isConfirmed });
    said.catch(() => undefined); // `unsent` brings it back, as it does for what an earlier page had sent
  }

  /** Nothing was sent: the text goes back to the conversation that it was written in, whichever is open now. */
  #giveBack(
    command: { readonly type: string; readonly conversation: string; readonly text: string },
    problem: Error,
  ): void {
    const { conversation: id, text } = command;
    const slot = command.type === "say" ? "reply" : "note";
    const since = this.#drafts.get(id, slot);
    this.#drafts.set(id, slot, since.trim() === "" ? text : `${text}\n\n${since}`);
    this.#change(id, (open) => {
      const isStale = problem instanceof Refused && problem.code === "stale_view";
      if (!isStale) return { ...open, notice: { kind: "failed", text: words("notSent", { reason: problem.message }) } };
      const begun = Math.min(open.begun || open.view.number, (problem.facts.asked ?? open.view.number) - 1);
      const stale = { ...open, begun };
      return opens.isStale(stale, Math.max(1, opens.missed(stale)));
    });
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
    const { open } = this.#state;
    const conversation = this.#watched;
    if (open === null || conversation === null || open.view.state === null) return;
    const clicked = this.serverNow();
    const taking = { kind: "taking", since: performance.now() } as const;
    this.#click = { conversation: open.id, at: taking.since };
    this.#change(open.id, (was) => ({ ...was, attempt: taking, notice: null }));
    try {
      await conversation.intervene();
      this.#change(open.id, (was) => (was.attempt === taking ? { ...was, attempt: NONE } : was));
    } catch (problem) {
      this.#click = null;
      this.#change(open.id, (was) => refusedTake(was, problem as Error, clicked));
    }
    void this.list.refresh();
  }

  async move(move: Move): Promise<void> {
    const { open } = this.#state;
    const conversation = this.#watched;
    if (open === null || conversation === null) return;
    this.#change(open.id, (was) => ({ ...was, attempt: { kind: "moving", move }, notice: null }));
    try {
      await makeMove(conversation, move);
      this.#change(open.id, (was) => ({ ...was, attempt: NONE }));
    } catch (problem) {
      const text = words("notDone", { move: words(move), reason: (problem as Error).message });
      this.#change(open.id, (was) => ({ ...was, attempt: NONE, notice: { kind: "failed", text } }));
    }
    void this.list.refresh();
  }

  // -- the connection -------------------------------------------------------------------------------------------------

  #linkIs(link: ClientState): void {
    let { me } = this.#state;
    if (link.kind === "live" && "agent" in link.welcome) {
      const { agent, role } = link.welcome;
      me = { id: agent.id, name: agent.name, role };
    }
    this.#become({ link, me, keepsUnsent: this.#client.keepsUnsent });
    if (link.kind === "live") void this.list.refresh();
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

function slotOf({ isNoting }: Open): Slot {
  return isNoting ? "note" : "reply";
}

function makeMove(conversation: StaffConversation, move: Move): Promise<wire.StaffAck> {
  switch (move) {
    case "hand_back":
      return conversation.handBack();
    case "release":
      return conversation.release();
    case "close":
      return conversation.close();
    case "reopen":
      return conversation.reopen();
  }
}

function refusedTake(open: Open, problem: Error, clicked: number): Open {
  if (!(problem instanceof Refused))
    return { ...open, attempt: NONE, notice: { kind: "failed", text: problem.message } };
  const { by, at, epoch } = problem.facts;
  if (problem.code === "taken" && by) return { ...open, attempt: lost(by, at ?? clicked, clicked, epoch ?? 0) };
  return { ...open, attempt: NONE, notice: { kind: "failed", text: problem.message } };
}
