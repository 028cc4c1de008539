/**
 * `<intervene-chat>`: the launcher, the panel and one conversation, in one shadow root.
 *
 * The page may place, hide and theme the element; its rules do not reach into it (see `host.ts`). What is said comes from
 * the server and becomes text nodes.
 */

import type { wire } from "@intervene/client";
import {
  Announcer,
  contactSentence,
  customerReader,
  type Failed,
  type HandoverItem,
  type Item,
  ReadingPosition,
  reasonOf,
  ThreadItems,
} from "@intervene/ui";
import { html, type TemplateResult } from "lit";
import { type ChatEvents, EVENT_PREFIX, type UserToken } from "./api.ts";
import { Appearance, isPhone } from "./appearance.ts";
import { Connection, type Notice } from "./connection.ts";
import { Draft } from "./draft.ts";
import { speakerOf } from "./holder.ts";
import { earlyCalls, optionsOf, toTopLayer, wear } from "./host.ts";
import { Language } from "./language.ts";
import { NOTHING_YET, Opening } from "./opening.ts";
import { toldOf } from "./outward.ts";
import { panel } from "./panel.ts";
import { SaidSurface } from "./said.ts";
import { type CustomerView, Session } from "./session.ts";
import { sheets } from "./styles.ts";
import { trapTab } from "./trap.ts";
import { launcher, spokenNotice } from "./views.ts";

const TICK = 1000;
/** What stays in the element: a page's shortcuts and focus traps are not for what is written here. */
const OURS = ["keydown", "keyup", "keypress", "focusin", "focusout"];

export class InterveneChat extends SaidSurface {
  static readonly observedAttributes = ["server", "channel", "locale", "theme", "name"];

  #session: Session | null = null;
  #user: UserToken | undefined;
  #isOpen = false;
  readonly #language = new Language(() => this.#session?.serverNow ?? Date.now());
  #connection = new Connection();
  #notice: Notice = { kind: "none" };
  #items = new ThreadItems(customerReader());
  readonly #announcer = new Announcer(this);
  readonly #draft = new Draft(this);
  readonly #reading = new ReadingPosition(this, {
    scroller: () => this.#find(".log"),
    onNearTop: () => this.#pageBack(),
  });
  #isPaging = false;
  readonly #opening = new Opening();
  #unread = 0;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #isReady = false;
  #focused: Element | null = null;
  readonly #appearance = new Appearance(
    this,
    () => this.#find(".root"),
    () => this.#emit("error", { code: "accent_refused", message: "contrast below 4.5:1" }),
  );

  // -- for the host page ----------------------------------------------------------------------------------------------

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Shows the panel, and connects: from here on a visitor has a token, which is stored. */
  open(): void {
    this.hidden = false;
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#opening.next();
    this.#opening.enter(this.#session);
    this.#session?.start();
    this.#afterUpdate(() => {
      this.#focusPanel();
      if (this.#unread > 0) this.#reading.toItem("unread");
    });
    this.#emit("open", {});
  }

  close(): void {
    if (!this.#isOpen) return;
    const hadFocus = this.root.activeElement !== null;
    this.#isOpen = false;
    this.#session?.setTyping(false);
    this.#afterUpdate(() => hadFocus && this.#find(".launch")?.focus());
    this.#emit("close", {});
  }

  toggle(): void {
    if (this.#isOpen) this.close();
    else this.open();
  }

  /** Signs a user in, or with null out. A visitor and a user are two principals: neither sees what is the other's. */
  setUser(user: UserToken | null): void {
    this.#user = user ?? undefined;
    this.#begin();
  }

  /**
   * Forgets whoever was here, and begins as a new visitor. Token, unsent messages, drafts and read marks go from this
   * browser at once, and the server refuses the visitor's token from then on, everywhere. Where it cannot be reached the
   * event `error` has the code `not_forgotten`: the token is then still good, but nobody has it any more.
   */
  async reset(): Promise<void> {
    const former = this.#session;
    this.#session = null;
    this.#user = undefined;
    this.said.forget();
    this.#draft.begin(null);
    this.close();
    // Before a user signed in this browser may have been a visitor's: that one goes too.
    const visitor = former && !former.isUser ? former : this.#newSession();
    try {
      for (const session of new Set([former ?? visitor, visitor])) {
        if (session.place !== null) this.#draft.forget(session.place);
        await session.forget();
      }
    } catch (problem) {
      this.#emit("error", { code: "not_forgotten", message: String(problem) });
    }
    if (this.#session === null) this.#begin();
  }

  // -- the element's life ---------------------------------------------------------------------------------------------

  override connectedCallback(): void {
    this.#translate();
    super.connectedCallback();
    toTopLayer(this);
    document.addEventListener("visibilitychange", this.#seen);
    if (this.#session === null) this.#begin();
    for (const [command, given] of earlyCalls(this)) {
      (this as unknown as Record<string, (given: unknown) => void>)[command]?.(given);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#seen);
    clearInterval(this.#ticking);
    queueMicrotask(() => {
      if (this.isConnected) return; // it was moved
      this.#session?.stop();
      this.#session = null;
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (!this.isConnected || before === now) return; // all are read when it is connected
    if (name === "locale") this.#translate();
    else if (name === "theme") this.#appearance.dressAgain();
    else this.#begin();
    this.requestUpdate();
  }

  /** The first rendering is a task of its own, so that no task holds up a page on a slow phone. */
  protected override async prepared(): Promise<void> {
    if (!this.#isReady) await new Promise((then) => setTimeout(then));
    await this.#language.loaded;
  }

  protected override willRender(): void {
    this.#noticed();
    this.#draft.moveTo(this.#session?.place ?? null);
    this.#focused = this.root.activeElement;
    if (this.#isReady) return;
    // The loader's launcher goes in the moment in which ours comes.
    this.root.replaceChildren();
    wear(this.root, sheets);
    for (const type of OURS) this.root.addEventListener(type, (event) => event.stopPropagation());
  }

  protected override rendered(): void {
    this.#readIfSeen();
    this.#countUnread();
    clearInterval(this.#ticking);
    const isDown = this.#isOpen && this.#session !== null && this.#session.state.kind !== "live";
    if (isDown) this.#ticking = setInterval(() => this.requestUpdate(), TICK);
    // What had the focus may be gone, such as the button for a person when one has joined.
    if (this.#focused?.isConnected === false) this.#find(this.#isOpen ? ".panel" : ".launch")?.focus();
    if (this.#isReady) return;
    this.#isReady = true;
    this.#emit("ready", {});
  }

  // -- what is shown --------------------------------------------------------------------------------------------------

  protected override template(): TemplateResult {
    const { direction, locale } = this.#language.words;
    return html`<div class="root" dir=${direction} lang=${locale} data-theme=${this.getAttribute("theme") ?? "auto"}>
      ${this.#announcer.regions()}${this.#isOpen ? this.#panel() : this.#launcher()}
    </div>`;
  }

  #launcher(): TemplateResult {
    const unread = this.#session?.unread ?? { count: 0, latest: null };
    return launcher({
      words: this.#language.words,
      unread,
      isPeeking: this.#opening.isPeeking(unread),
      onOpen: () => this.open(),
      onDismiss: () => {
        this.#opening.dismiss(unread);
        this.#afterUpdate(() => this.#find(".launch")?.focus());
      },
    });
  }

  #panel(): TemplateResult {
    const session = this.#session;
    const view = session?.view ?? null;
    return panel({
      words: this.#language.words,
      times: this.#language.times,
      session,
      view,
      items: this.#nextItems(view),
      notice: this.#notice,
      draft: this.#draft.text,
      isPaging: this.#isPaging,
      opening: this.#opening,
      reading: this.#reading,
      onKey: (event) => this.#pressed(event),
      onClose: () => this.close(),
      onAsk: (asking) => this.#ask(asking),
      onInput: (text) => this.#typed(text),
      onSend: (text) => this.#say(text),
      onEdit: (failed) => this.#edit(failed),
    });
  }

  /** What the thread shows. Handovers among it are said once. */
  #nextItems(view: CustomerView | null): readonly Item[] {
    const session = this.#session;
    const items = this.#items.next({
      view: view ?? NOTHING_YET,
      pending: session?.pending ?? [],
      failed: session?.failed ?? [],
      isLive: session?.conversation?.isLive ?? false,
      readUpTo: session?.readUpTo ?? 0,
      unreadAfter: this.#opening.unreadAfter,
      typing: session?.typing ? speakerOf(session.typing) : null,
      times: this.#language.times,
    });
    const sentence = (item: HandoverItem) => contactSentence(item, this.#language.words);
    if (view?.state != null)
      this.#announcer.handovers(`${session?.conversation?.id} ${this.#opening.count}`, items, sentence);
    return items;
  }

  /** What the connection's state has become, said once. */
  #noticed(): void {
    const before = this.#notice;
    if (this.#session) this.#notice = this.#connection.notice(this.#session.state, performance.now());
    const spoken = spokenNotice(before, this.#notice, this.#language.words);
    if (this.#isOpen && spoken) this.#announcer.status(spoken);
  }

  // -- what the customer does -----------------------------------------------------------------------------------------

  #typed(text: string): void {
    this.#draft.text = text;
    this.#session?.setTyping(text !== "");
  }

  #say(text: string): void {
    this.#session?.say(text);
    this.#draft.text = "";
    this.#afterUpdate(() => this.#reading.toEnd());
  }

  #edit(failed: Failed): void {
    const text = this.#session?.takeBack(failed.id) ?? "";
    const draft = this.#draft.text;
    this.#draft.text = draft ? `${text}\n${draft}` : text;
    this.#afterUpdate(() => this.#find("textarea")?.focus());
  }

  async #ask(asking: string): Promise<void> {
    if (asking !== "no") return;
    await this.#session?.askForPerson();
    if (this.#session?.asking === "asked") this.#announcer.status(this.#language.words("asked"));
  }

  #pressed(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      this.close();
    } else if (isPhone()) trapTab(event);
  }

  #pageBack(): void {
    if (this.#isPaging || !this.#session?.view?.more) return;
    this.#isPaging = this.#session.pageBack();
  }

  // -- steps ----------------------------------------------------------------------------------------------------------

  /** Another principal, or another server: nothing of the former one is shown from here on. */
  #begin(): void {
    this.#session?.stop();
    const session = this.#newSession();
    this.#session = session;
    this.#connection = new Connection();
    this.#items = new ThreadItems(customerReader());
    this.#language.renew();
    this.#opening.begin();
    this.#draft.begin(session.place);
    this.requestUpdate();
    // A browser that was here before is told of answers; for a new one nothing is asked for and nothing stored.
    if (session.isReturning || this.#isOpen) queueMicrotask(() => this.#session === session && session.start());
  }

  #newSession(): Session {
    const isCurrent = (): boolean => this.#session === session;
    const session: Session = new Session(optionsOf(this, this.#user), {
      changed: () => isCurrent() && this.#changed(),
      shown: (events, isNew) => isCurrent() && isNew && this.#shown(events),
      notSent: (code) => isCurrent() && this.#notSent(code),
      failed: (code, message) => isCurrent() && this.#emit("error", { code, message }),
    });
    return session;
  }

  #notSent(code: string): void {
    const { words } = this.#language;
    this.#announcer.alert(words("notSent", { reason: reasonOf(code, words) }));
  }

  #changed(): void {
    this.#isPaging = false;
    if (this.#isOpen) this.#opening.enter(this.#session);
    this.requestUpdate();
  }

  #shown(events: readonly wire.ContactEvent[]): void {
    for (const event of events) {
      for (const { name, details } of toldOf(event, this.#language.words)) this.#emit(name, details);
    }
  }

  /** Read is what is on the screen, in a window that is looked at, with the end in view. */
  #readIfSeen(): void {
    const isSeen = this.#isOpen && !this.hidden && document.visibilityState === "visible" && this.#reading.isAtEnd;
    if (isSeen) this.#session?.setRead();
  }

  readonly #seen = (): void => this.#readIfSeen();

  #countUnread(): void {
    const { count } = this.#session?.unread ?? { count: 0 };
    if (count === this.#unread) return;
    this.#unread = count;
    this.#emit("unread", { count });
  }

  #translate(): void {
    void this.#language
      .load(this.getAttribute("locale"), (problem) => {
        this.#emit("error", { code: "no_words", message: String(problem) });
      })
      .then(() => this.requestUpdate());
  }

  /** On a touch screen the field would bring up a keyboard that nobody asked for. */
  #focusPanel(): void {
    const isTouch = matchMedia("(pointer: coarse)").matches;
    this.#find(isTouch ? ".panel" : "textarea")?.focus();
  }

  #find(selector: string): HTMLElement | null {
    return this.root.querySelector<HTMLElement>(selector);
  }

  #afterUpdate(act: () => void): void {
    this.requestUpdate();
    void this.updateComplete.then(act);
  }

  #emit<K extends keyof ChatEvents>(name: K, detail: ChatEvents[K]): void {
    this.dispatchEvent(new CustomEvent(EVENT_PREFIX + name, { detail }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "intervene-chat": InterveneChat;
  }
}
