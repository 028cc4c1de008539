/** What one does with a conversation from a menu, a shortcut, the palette or a list: asks what it needs, and does it. */

import type { Announcer } from "@intervene/ui";
import type { ReactiveControllerHost } from "lit";
import { Asking } from "./asking.ts";
import { type Action, type ActionKind, actionsFor, type Offer, offerOf, type Subject, whyNot } from "./core/actions.ts";
import type { Target } from "./core/commands.ts";
import { notDone, type Refusal } from "./performing.ts";
import type { Session } from "./session.ts";
import { words } from "./words.ts";

/** A conversation as a list or the open pane has it. `bot`: what the last bot in it is called, where that is known. */
export type Conversation = Subject & Target & { readonly bot?: string };

export interface DoingParts {
  readonly session: () => Session | null;
  readonly announcer: Pick<Announcer, "alert" | "status">;
  /** It was done, but for those that were refused. */
  readonly done: (targets: readonly Target[], refusals: readonly Refusal[]) => void;
}

export class Doing {
  readonly asking: Asking;
  readonly #parts: DoingParts;

  constructor(host: ReactiveControllerHost & HTMLElement, parts: DoingParts) {
    this.#parts = parts;
    this.asking = new Asking(host, {
      does: (action, targets) => void this.#perform(action, targets),
      serverNow: () => parts.session()?.serverNow() ?? Date.now(),
    });
  }

  /** What one may do with it now; nothing without a connection. */
  offers(conversation: Subject): readonly Offer[] {
    const { me, settings, link } = this.#parts.session()?.state ?? {};
    return me && settings && link?.kind === "live" ? actionsFor(conversation, me, settings) : [];
  }

  /** Does what is offered, in these conversations, once it has asked what it needs. */
  take(offer: Offer, conversations: readonly Conversation[]): void {
    const session = this.#parts.session();
    const { kind } = offer;
    const isGiven = kind === "hand_back" || kind === "send_bot";
    if (isGiven && !session?.canBrief) {
      void this.#perform({ kind, reason: "" }, conversations);
      return;
    }
    const [only, ...others] = conversations;
    const { tags = [], bot = "" } = others.length === 0 ? (only ?? {}) : {};
    this.asking.start(offer, conversations, { tags, bot, known: [] });
    if (kind === "tags") void session?.usedTags().then((used) => this.asking.know(used));
  }

  /** The first of these that one may do with the open conversation; if none, the dock says why. Pressed before the desk
   * has read what there is to choose from, it waits for that. */
  shortcut(...kinds: readonly ActionKind[]): void {
    const session = this.#parts.session();
    const id = session?.conversation?.id;
    if (!session || session.state.settings.isLoaded) this.#doFirst(kinds);
    else void session.settings.refresh().then(() => session.conversation?.id === id && this.#doFirst(kinds));
  }

  #doFirst(kinds: readonly ActionKind[]): void {
    const session = this.#parts.session();
    const conversation = session?.conversation;
    const { me, settings } = session?.state ?? {};
    if (!session || !conversation || !me || !settings) return;
    const offer = kinds.map((kind) => offerOf(kind, conversation, me, settings)).find((each) => each !== null);
    const [kind] = kinds;
    if (offer) this.take(offer, [conversation]);
    else if (kind) session.refuse(whyNot(kind, conversation, me, settings));
  }

  async #perform(action: Action, targets: readonly Target[]): Promise<void> {
    const session = this.#parts.session();
    const refusals = (await session?.perform(action, targets)) ?? [];
    this.#parts.done(targets, refusals);
    if (refusals.length === 0 && targets.length > 1) {
      this.#parts.announcer.status(words("allDone", { n: targets.length }));
    }
    const isSaid = targets.length === 1 && targets[0]?.id === session?.state.open?.id && action.kind !== "transcript";
    if (refusals.length === 0 || isSaid) return; // of the open conversation the dock says it
    const text = notDone(action.kind, refusals);
    if (session?.state.open && targets.length === 1) session.refuse(text);
    else this.#parts.announcer.alert(text);
  }
}
