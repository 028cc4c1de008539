/**
 * `<intervene-chat>`: the launcher, the panel and one conversation, in one shadow root.
 *
 * The page may place, hide and theme the element; its rules do not reach into it (see `host.ts`). What is said comes from
 * the server and becomes text nodes.
 */

import type { wire } from "@intervene/client";
import {
  Announcer,
  composer,
  contactSentence,
  createTimes,
  customerReader,
  Drafts,
  englishWords,
  type Failed,
  type HandoverItem,
  loadWords,
  ReadingPosition,
  reasonOf,
  type SharedWords,
  type Speaker,
  ThreadItems,
  type Times,
  thread,
  toNewest,
} from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { type Call, type ChatEvents, EVENT_PREFIX, type UserToken } from "./api.ts";
import { Connection, type Notice } from "./connection.ts";
import { askingOf, holderOf, kindOf, nameOf } from "./holder.ts";
import { dress, toTopLayer, wear } from "./host.ts";
import { toldOf } from "./outward.ts";
import { type CustomerView, Session, type SessionListener } from "./session.ts";
import { sheets } from "./styles.ts";
import { Surface } from "./surface.ts";
import { trapTab } from "./trap.ts";
import { ask, connectionBanner, header, launcher, spokenNotice } from "./views.ts";

/** Below it the panel has the whole screen. */
const PHONE = "(max-width: 479px)";
const TICK = 1000;
/** What stays in the element: a page's shortcuts and focus traps are not for what is written here. */
const OURS = ["keydown", "keyup", "keypress", "focusin", "focusout"];
const NOTHING_YET: CustomerView = { events: [], stream: null, state: null, number: 0, more: false, isWhole: true };

export class InterveneChat extends Surface {
  static readonly observedAttributes = ["server", "channel", "locale", "theme", "name"];

  #session: Session | null = null;
  #user: UserToken | undefined;
  #isOpen = false;
  #opened = 0;
  #words: SharedWords = englishWords();
  #times: Times = createTimes({ locale: "en" });
  #translated: Promise<void> = Promise.resolve();
  #connection = new Connection();
  #notice: Notice = { kind: "none" };
  #items = new ThreadItems(customerReader());
  readonly #announcer = new Announcer(this);
  readonly #drafts = new Drafts(this);
  readonly #reading = new ReadingPosition(this, {
    scroller: () => this.#find(".log"),
    onNearTop: () => this.#pageBack(),
  });
  /** Where the draft is kept, and while that is nowhere, the draft of a user who is not known yet. */
  #place: string | null = null;
  #loose = "";
  #isPaging = false;
  /** They hold while the panel is open: the last number that was read before, and the last that is history. */
  #unreadAfter: number | null = null;
  #liveFrom: number | null = null;
  #dismissed = 0;
  #unread = 0;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #isReady = false;
  #focused: Element | null = null;
  /** The page's accent and text size were applied. */
  #isDressed = false;
  #page = new AbortController();

  // -- for the host page ----------------------------------------------------------------------------------------------

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Shows the panel, and connects: from here on a visitor has a token, which is stored. */
  open(): void {
    this.hidden = false;
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#opened += 1;
    this.#liveFrom = null;
    this.#enter();
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
    this.#loose = "";
    this.#place = null;
    this.close();
    // Before a user signed in this browser may have been a visitor's: that one goes too.
    const visitor = former && !former.isUser ? former : this.#newSession();
    try {
      for (const session of new Set([former ?? visitor, visitor])) {
        if (session.place !== null) this.#drafts.forget(session.place);
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
    this.#followPage();
    if (this.#session === null) this.#begin();
    const early = (this as { calls?: readonly Call[] }).calls ?? []; // of the loader
    delete (this as { calls?: readonly Call[] }).calls;
    for (const [command, given] of early) {
      (this as unknown as Record<string, (given: unknown) => void>)[command]?.(given);
    }
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#page.abort();
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
    else if (name === "theme") this.#isDressed = false;
    else this.#begin();
    this.requestUpdate();
  }

  /** The first rendering is a task of its own, so that no task holds up a page on a slow phone. */
  protected override async prepared(): Promise<void> {
    if (!this.#isReady) await new Promise((then) => setTimeout(then));
    await this.#translated;
  }

  protected override willRender(): void {
    this.#noticed();
    this.#keepDraft();
    this.#focused = this.root.activeElement;
    if (this.#isReady) return;
    // The loader's launcher goes in the moment in which ours comes.
    this.root.replaceChildren();
    wear(this.root, sheets);
    for (const type of OURS) this.root.addEventListener(type, (event) => event.stopPropagation());
  }

  protected override rendered(): void {
    if (!this.#isDressed) this.#dress();
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
    const { direction, locale } = this.#words;
    return html`<div class="root" dir=${direction} lang=${locale} data-theme=${this.getAttribute("theme") ?? "auto"}>
      ${this.#announcer.regions()}${this.#isOpen ? this.#panel() : this.#launcher()}
    </div>`;
  }

  #launcher(): TemplateResult {
    const unread = this.#session?.unread ?? { count: 0, latest: null };
    return launcher({
      words: this.#words,
      unread,
      isPeeking: (unread.latest?.number ?? 0) > this.#dismissed,
      onOpen: () => this.open(),
      onDismiss: () => {
        this.#dismissed = unread.latest?.number ?? 0;
        this.#afterUpdate(() => this.#find(".launch")?.focus());
      },
    });
  }

  #panel(): TemplateResult {
    const words = this.#words;
    const session = this.#session;
    const view = session?.view ?? null;
    const isPhone = matchMedia(PHONE).matches;
    const asking = askingOf(view, session?.asking ?? "no");
    return html`<section
      class="panel" role="dialog" aria-label=${words("chat")} aria-modal=${isPhone ? "true" : "false"} tabindex="-1"
      @keydown=${(event: KeyboardEvent) => this.#pressed(event, isPhone)}
    >
      ${header(holderOf(view, words), words, view?.stream != null, () => this.close())}
      ${ask(asking, words, () => this.#ask(asking))}
      ${connectionBanner(this.#notice, words, () => session?.tryNow())}
      ${this.#thread(view ?? NOTHING_YET)}
      <footer class="foot">
        ${this.#keptNote()}
        ${composer({
          words,
          text: this.#draft,
          placeholder: words("write"),
          label: words("message"),
          onInput: (text) => this.#typed(text),
          onSend: (text) => this.#say(text),
        })}
      </footer>
    </section>`;
  }

  #thread(view: CustomerView): TemplateResult {
    const words = this.#words;
    const session = this.#session;
    const items = this.#items.next({
      view,
      pending: session?.pending ?? [],
      failed: session?.failed ?? [],
      isLive: session?.conversation?.isLive ?? false,
      readUpTo: session?.readUpTo ?? 0,
      unreadAfter: this.#unreadAfter,
      typing: session?.typing ? speakerOf(session.typing) : null,
      times: this.#times,
    });
    const sentence = (item: HandoverItem) => contactSentence(item, words);
    if (view.state !== null) this.#announcer.handovers(`${session?.conversation?.id} ${this.#opened}`, items, sentence);
    const isBot = view.state?.holder.kind === "bot";
    return html`<div class="middle">
      ${thread({
        items,
        look: "widget",
        words,
        times: this.#times,
        liveFrom: this.#liveFrom ?? Number.POSITIVE_INFINITY,
        interrupted: words("stoppedHere"),
        isLoading: this.#isPaging || view.state === null,
        sentence,
        version: this.#opened,
        head: isBot && !view.more ? html`<p class="welcome">${words("welcome")}</p>` : nothing,
        onRetry: ({ id }) => session?.sayAgain(id),
        onEdit: (failed) => this.#edit(failed),
        onRemove: ({ id }) => session?.takeBack(id),
      })}
      ${toNewest(words, {
        isAtEnd: this.#reading.isAtEnd,
        count: this.#reading.newSince(items),
        onClick: () => this.#reading.toEnd(),
      })}
    </div>`;
  }

  /** Said where it matters: while something waits and would be lost with the page. */
  #keptNote(): TemplateResult | typeof nothing {
    const { pending = [], keepsUnsent } = this.#session ?? {};
    const isAtRisk = pending.length > 0 && !keepsUnsent && this.#notice.kind !== "none";
    return isAtRisk ? html`<small>${this.#words("notKept")}</small>` : nothing;
  }

  /** What the connection's state has become, said once. */
  #noticed(): void {
    const now = performance.now();
    const before = this.#notice.kind;
    if (this.#session) this.#notice = this.#connection.notice(this.#session.state, now);
    if (!this.#isOpen || this.#notice.kind === before) return;
    const spoken = spokenNotice(this.#notice, this.#words);
    if (spoken) this.#announcer.status(spoken);
    else if (this.#notice.kind === "none" && before !== "none") this.#announcer.status(this.#words("back"));
  }

  // -- what the customer does -----------------------------------------------------------------------------------------

  get #draft(): string {
    return this.#place === null ? this.#loose : this.#drafts.get(this.#place, "chat");
  }

  set #draft(text: string) {
    if (this.#place !== null) this.#drafts.set(text, this.#place, "chat");
    else this.#loose = text;
    this.requestUpdate();
  }

  /** The principal is known now: what was typed before is theirs. */
  #keepDraft(): void {
    const place = this.#session?.place ?? null;
    if (place === this.#place) return;
    const text = this.#draft;
    if (text) this.#draft = "";
    this.#place = place;
    if (text) this.#draft = text;
  }

  #typed(text: string): void {
    this.#draft = text;
    this.#session?.setTyping(text !== "");
  }

  #say(text: string): void {
    this.#session?.say(text);
    this.#draft = "";
    this.#afterUpdate(() => this.#reading.toEnd());
  }

  #edit(failed: Failed): void {
    const text = this.#session?.takeBack(failed.id) ?? "";
    const draft = this.#draft;
    this.#draft = draft ? `${text}\n${draft}` : text;
    this.#afterUpdate(() => this.#find("textarea")?.focus());
  }

  async #ask(asking: string): Promise<void> {
    if (asking !== "no") return;
    await this.#session?.askForPerson();
    if (this.#session?.asking === "asked") this.#announcer.status(this.#words("asked"));
  }

  #pressed(event: KeyboardEvent, isPhone: boolean): void {
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      this.close();
    } else if (isPhone) trapTab(event);
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
    this.#times = this.#newTimes();
    this.#unreadAfter = null;
    this.#liveFrom = null;
    this.#dismissed = 0;
    this.#loose = "";
    this.#place = session.place;
    this.requestUpdate();
    // A browser that was here before is told of answers; for a new one nothing is asked for and nothing stored.
    if (session.isReturning || this.#isOpen) queueMicrotask(() => this.#session === session && session.start());
  }

  #newSession(): Session {
    const session: Session = new Session(
      {
        server: this.getAttribute("server") || location.origin,
        channel: this.getAttribute("channel") || "webchat",
        name: this.getAttribute("name") ?? "",
        ...(this.#user !== undefined && { user: this.#user }),
      },
      this.#listener(() => this.#session === session),
    );
    return session;
  }

  #listener(isCurrent: () => boolean): SessionListener {
    return {
      changed: () => isCurrent() && this.#changed(),
      shown: (events, isNew) => isCurrent() && isNew && this.#shown(events),
      notSent: (code) =>
        isCurrent() && this.#announcer.alert(this.#words("notSent", { reason: reasonOf(code, this.#words) })),
      failed: (code, message) => isCurrent() && this.#emit("error", { code, message }),
    };
  }

  #changed(): void {
    this.#isPaging = false;
    if (this.#isOpen) this.#enter();
    this.requestUpdate();
  }

  /** The thread comes into view: what is there now is history, and what of it is new has a line above it. */
  #enter(): void {
    const { view, unread, readNumber } = this.#session ?? {};
    if (this.#liveFrom !== null || view?.state == null) return;
    this.#liveFrom = view.number;
    this.#unreadAfter = unread?.count ? (readNumber ?? null) : null;
  }

  #shown(events: readonly wire.ContactEvent[]): void {
    for (const event of events) {
      for (const { name, details } of toldOf(event, this.#words)) this.#emit(name, details);
    }
  }

  /** Read is what is on the screen, in a window that is looked at, with the end in view. */
  #readIfSeen(): void {
    const isSeen = this.#isOpen && !this.hidden && document.visibilityState === "visible" && this.#reading.isAtEnd;
    if (isSeen) this.#session?.setRead();
  }

  #countUnread(): void {
    const { count } = this.#session?.unread ?? { count: 0 };
    if (count === this.#unread) return;
    this.#unread = count;
    this.#emit("unread", { count });
  }

  #translate(): void {
    const wished = [this.getAttribute("locale"), document.documentElement.lang, ...navigator.languages].filter(
      (each) => !!each,
    ) as string[];
    this.#translated = loadWords(wished)
      .catch((problem) => {
        this.#emit("error", { code: "no_words", message: String(problem) });
        return englishWords();
      })
      .then((words) => {
        this.#words = words;
        this.#times = this.#newTimes();
        this.requestUpdate();
      });
  }

  #newTimes(): Times {
    return createTimes({ locale: this.#words.locale, now: () => this.#session?.serverNow ?? Date.now() });
  }

  #dress(): void {
    const root = this.#find(".root");
    if (root === null) return;
    this.#isDressed = true;
    const isTaken = dress(this, root);
    this.#fit(); // undressed with the rest
    if (isTaken) return;
    this.#emit("error", {
      code: "accent_refused",
      message: "contrast below 4.5:1",
    });
  }

  #dressAgain(): void {
    this.#isDressed = false;
    this.requestUpdate();
  }

  #followPage(): void {
    this.#page.abort();
    this.#page = new AbortController();
    const { signal } = this.#page;
    document.addEventListener("visibilitychange", () => this.#readIfSeen(), { signal });
    for (const query of [PHONE, "(prefers-color-scheme: dark)"]) {
      matchMedia(query).addEventListener("change", () => this.#dressAgain(), { signal });
    }
    // A keyboard on the screen covers part of the window, which style sheets do not know.
    visualViewport?.addEventListener("resize", () => this.#fit(), { signal });
    visualViewport?.addEventListener("scroll", () => this.#fit(), { signal });
  }

  #fit(): void {
    const style = this.#find(".root")?.style;
    if (!style || !visualViewport) return;
    // Whoever has zoomed in with two fingers looks at a part of the panel, which stays as it is.
    const { height, scale, offsetTop } = visualViewport;
    style.setProperty("--height", `${height * scale}px`);
    style.setProperty("--shift", `${scale > 1.01 ? 0 : offsetTop}px`);
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

function speakerOf(party: wire.Party): Speaker {
  return { kind: kindOf(party), name: nameOf(party, englishWords()), id: "" };
}

declare global {
  interface HTMLElementTagNameMap {
    "intervene-chat": InterveneChat;
  }
}
