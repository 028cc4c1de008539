/** `<intervene-desk>`: the whole desk. It draws what the store says, and tells the store what a person does. */

import {
  Announcer,
  base,
  composerStyles,
  Drafts,
  deskBase,
  deskThreadStyles,
  ReadingPosition,
  threadStyles,
  tokens,
} from "@intervene/ui";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import type { Act, Dock, Me, Move } from "./core/dock.ts";
import { type Pressed, type Shortcut, shortcutOf } from "./core/keys.ts";
import type { Open } from "./core/open.ts";
import { conversationOf, pathOf } from "./core/route.ts";
import { inOrder, isWaiting, lookOf } from "./core/rows.ts";
import { Menus } from "./menu.ts";
import { Pane } from "./pane.ts";
import type { SessionState, Slot } from "./session.ts";
import { Store } from "./store.ts";
import { deskStyles } from "./styles.ts";
import { Tail } from "./tail.ts";
import { entry } from "./views/entry.ts";
import { help } from "./views/help.ts";
import { list } from "./views/list.ts";
import { rail } from "./views/rail.ts";
import { Voice } from "./voice.ts";
import { contactName, sentence, words } from "./words.ts";

/** What a person does who uses the desk. */
const INPUT = ["keydown", "pointerdown", "pointermove", "wheel"] as const;

/** Where the focus goes in a pane: the first of these that is there. */
const FIRST = ["a[aria-current]", "a.name", ".log", "textarea", ".take", ".btn[data-act]", "[role=tab]"];

/** Where the focus goes when what has it is taken away: by what that was in, the first that is there. */
const INSTEAD = [
  [".log-of", ".log"],
  [".dock", ".writing textarea, .log"],
  [".list", ".rows"],
  [".bar", "h1"],
] as const;

export class Desk extends LitElement {
  static override styles = [tokens, base, deskBase, threadStyles, deskThreadStyles, composerStyles, deskStyles];

  readonly #drafts = new Drafts(this);
  readonly #announcer = new Announcer(this);
  readonly #voice = new Voice(this.#announcer);
  readonly #menus = new Menus(this);
  readonly #tail = new Tail();
  readonly #store = new Store(this.#drafts, () => this.#changed());
  readonly #position = new ReadingPosition(this, {
    scroller: () => this.renderRoot.querySelector<HTMLElement>(".log"),
    onNearTop: () => this.#store.session?.pageBack(),
  });
  readonly #pane = new Pane({
    menus: this.#menus,
    position: this.#position,
    session: () => this.#store.session,
    draft: (conversation, slot) => this.#draft(conversation, slot),
    act: (act) => this.#act(act),
    move: (move) => this.#move(move),
    write: (isNoting) => this.#write(isNoting),
    send: (isConfirmed) => this.#send(isConfirmed),
    back: () => this.#back(),
    toComposer: () => this.#focusOn("composer"),
  });
  readonly #account = { signOut: () => this.#store.signOut(), shortcuts: () => this.#dialog?.showModal() };
  #before: SessionState | null = null;
  /** The conversation whose row was brought into view. */
  #inView = "";
  #tick: ReturnType<typeof setInterval> | undefined;
  /** Where the focus goes once that is there. From a reply box that closes it goes to the thread: to no button, which
   * the next key of somebody who still types would press. */
  #focusNext: "" | "composer" | "heading" | "thread" = "";

  /** Before an update: what has the focus, and where it goes if that is no more. */
  #focused: { readonly element: HTMLElement; readonly instead: string } | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.#followed);
    addEventListener("keydown", this.#pressed);
    for (const input of INPUT) addEventListener(input, this.#used, { capture: true, passive: true });
    addEventListener("focus", this.#seen);
    document.addEventListener("visibilitychange", this.#seen);
    this.#tick = setInterval(() => document.hidden || this.requestUpdate(), 1000);
    void this.#store.begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.#followed);
    removeEventListener("keydown", this.#pressed);
    for (const input of INPUT) removeEventListener(input, this.#used, { capture: true });
    removeEventListener("focus", this.#seen);
    document.removeEventListener("visibilitychange", this.#seen);
    clearInterval(this.#tick);
    this.#store.session?.stop();
  }

  // -- what is drawn --------------------------------------------------------------------------------------------------

  protected override render(): TemplateResult {
    const { phase, session } = this.#store.state;
    const { me } = session ?? {};
    const regions = this.#announcer.regions();
    if (session === null || !me) {
      const shown = session?.link.kind === "stopped" ? refused(session.link.reason) : phase;
      const enter = (person: Pick<Me, "name" | "role">) => void this.#store.enterAs(person);
      return html`${entry({ phase: shown, enter, again: () => void this.#store.enterAgain() })}${regions}`;
    }
    return html`<div class="shell" data-pane=${session.open === null ? "list" : "thread"} @click=${this.#clicked}>
        ${rail({ me, menus: this.#menus, ...this.#account })} ${this.#list(session, me)}
        <main class="pane" aria-label=${words("conversation")}>${this.#pane.template(session, me)}</main>
      </div>
      ${help()}${regions}`;
  }

  #list({ list: rows, open, shelf }: SessionState, me: Me): TemplateResult {
    const { session } = this.#store;
    return list({
      list: rows,
      open,
      me,
      shelf,
      menus: this.#menus,
      account: this.#account,
      draftOf: (id) => this.#draft(id, "reply") || this.#draft(id, "note"),
      serverNow: session?.serverNow() ?? Date.now(),
      tail: this.#tail.of(open?.view.stream ?? null, performance.now()),
      hold: (isHeld) => session?.list.hold(isHeld),
      reorder: () => session?.list.reorder(),
    });
  }

  #draft(conversation: string, slot: Slot): string {
    return this.#drafts.get(this.#store.principal, conversation, slot);
  }

  protected override willUpdate(): void {
    const element = this.#active;
    const instead = INSTEAD.find(([pane]) => element?.closest(pane))?.[1];
    this.#focused = element !== null && instead !== undefined ? { element, instead } : null;
  }

  protected override updated(_changed: PropertyValues): void {
    const { open, list: rows } = this.#store.state.session ?? {};
    const waiting = rows?.rows.filter(isWaiting).length ?? 0;
    const name = open?.view.state ? `${contactName(open.view.state.contact)} · ` : "";
    document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${name}${words("desk")}`;
    this.#seen();
    this.#moveFocus();
    this.#bringIntoView(open?.id ?? "");
  }

  // -- what has changed -----------------------------------------------------------------------------------------------

  /** The store has changed. What happens once is said or done here; the next update draws the rest. */
  #changed(): void {
    const { session } = this.#store.state;
    const before = this.#before;
    this.#before = session;
    this.requestUpdate();
    if (session === null || session.me === null) return;
    if (before?.me == null) this.#show(conversationOf(location.pathname));
    if (before !== null) this.#voice.connection(before, session);
    if (session.list !== before?.list) this.#voice.list(session, performance.now());
    const was = before?.open;
    if (session.open && was?.id === session.open.id) this.#openChanged(was, session.open, session, session.me);
  }

  #openChanged(before: Open, open: Open, session: SessionState, me: Me): void {
    const [was, is] = [before.view.state, open.view.state];
    this.#voice.trouble(before, open, () => this.#pane.dock(session, open, me));
    if (is === null) return;
    const isYours = lookOf(is.holder, is.is_open, me.id) === "you";
    if (was === null) {
      if (!isYours && this.#focusNext === "composer") this.#focusNext = "";
    } else if (is.epoch > was.epoch) {
      this.#voice.control(is, me);
      // Control that another window of theirs took takes the focus from nothing here.
      if (isYours && open.enabled.has(is.epoch) && this.#isFocusFree) this.#focusNext = "composer";
      else if (!isYours && this.#active?.matches(".dock .btn, .writing .compose:not(.notey) *"))
        this.#focusNext = "thread";
    }
  }

  // -- where one is ---------------------------------------------------------------------------------------------------

  readonly #followed = (): void => this.#show(conversationOf(location.pathname));

  #show(id: string | null): void {
    this.#menus.close(false);
    this.#store.session?.show(id);
  }

  #goTo(id: string | null): void {
    if (id === conversationOf(location.pathname)) return;
    history.pushState({ isOurs: true }, "", pathOf(id));
    this.#focusNext = matchMedia("(max-width: 719px)").matches ? "heading" : "composer";
    this.#show(id);
  }

  #back(): void {
    if ((history.state as { isOurs?: boolean } | null)?.isOurs) {
      history.back();
      return;
    }
    history.replaceState(null, "", pathOf(null));
    this.#show(null);
  }

  /** Links of the desk change what is shown, and load nothing. */
  readonly #clicked = (event: MouseEvent): void => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!(link instanceof HTMLAnchorElement) || !isPlain || !link.pathname.startsWith(pathOf(null))) return;
    event.preventDefault();
    this.#goTo(conversationOf(link.pathname));
  };

  #step(by: number): void {
    const { list: rows, open } = this.#store.state.session ?? {};
    const ids = rows?.rows.map(({ id }) => id) ?? [];
    const at = open ? ids.indexOf(open.id) : -1;
    const next = at === -1 ? ids[0] : ids[at + by];
    if (next !== undefined) this.#goTo(next);
  }

  // -- what a person does ---------------------------------------------------------------------------------------------

  #act(act: Act): void {
    const { session } = this.#store;
    if (act === "take") void session?.take();
    else if (act === "retry") session?.retry();
    else if (act === "enter") void this.#store.enterAgain();
    else this.#move(act);
  }

  #move(move: Move): void {
    void this.#store.session?.move(move);
  }

  #write(isNoting: boolean): void {
    this.#store.session?.setNoting(isNoting);
    this.#focusOn("composer");
  }

  #send(isConfirmed: boolean): void {
    this.#store.session?.send(isConfirmed);
    if (this.#store.state.session?.open?.notice === null) this.#position.toEnd();
    this.#focusOn("composer");
  }

  /** What is on the screen, at its end and looked at, is read. */
  readonly #seen = (): void => {
    const isLookedAt = document.visibilityState === "visible" && document.hasFocus();
    if (isLookedAt && this.#position.isAtEnd) this.#store.session?.read();
  };

  readonly #used = (): void => this.#store.session?.active();

  readonly #pressed = (event: KeyboardEvent): void => {
    const shortcut = shortcutOf(event as Pressed, this.#active?.matches("input, textarea") ?? false);
    if (shortcut === null || this.#store.state.phase.kind !== "in" || this.#dialog?.open) return;
    event.preventDefault();
    this.#do(shortcut);
  };

  #do(shortcut: Shortcut): void {
    const { session } = this.#store.state;
    const foot = session?.open && session.me ? this.#pane.dock(session, session.open, session.me) : null;
    const does: Readonly<Record<Shortcut, () => void>> = {
      take: () => this.#takeIf(foot),
      back: () => this.#moveIf(foot, "hand_back"),
      close: () => this.#moveIf(foot, "close"),
      note: () => this.#write(true),
      reply: () => this.#write(false),
      next: () => this.#step(1),
      previous: () => this.#step(-1),
      waiting: () => this.#goToWaiting(session),
      help: () => this.#dialog?.showModal(),
      pane: () => this.#nextPane(),
    };
    does[shortcut]();
  }

  #takeIf(foot: Dock | null): void {
    const button = foot?.main ?? foot?.quiet;
    if (button?.act === "take" && !button.isBusy) this.#act("take");
  }

  #moveIf(foot: Dock | null, move: Move): void {
    if (foot?.moves.includes(move)) this.#move(move);
  }

  #goToWaiting(session: SessionState | null): void {
    const first = inOrder(session?.list.rows ?? []).find(isWaiting);
    if (first) this.#goTo(first.id);
  }

  /** Once for each conversation that is opened: the list is the reader's to scroll. */
  #bringIntoView(id: string): void {
    const row = id === this.#inView ? null : this.renderRoot.querySelector(".rowc.cur");
    if (row === null && id !== "") return; // the list is not there yet
    this.#inView = id;
    row?.scrollIntoView({ block: "nearest" });
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }

  // -- the focus ------------------------------------------------------------------------------------------------------

  get #active(): HTMLElement | null {
    return (this.shadowRoot?.activeElement as HTMLElement | null | undefined) ?? null;
  }

  /** It is nowhere, or on what leads to the composer: moving it takes it from nothing. */
  get #isFocusFree(): boolean {
    return this.#active === null || this.#active.matches(".take, [data-act], .log, h1, a.name");
  }

  #focusOn(what: "composer"): void {
    this.#focusNext = what;
    this.requestUpdate();
  }

  /** List, thread, dock, and again. */
  #nextPane(): void {
    const panes = [".list", ".log-of", ".dock"].map((pane) => this.renderRoot.querySelector(pane));
    const at = panes.findIndex((pane) => pane?.contains(this.#active));
    const order = [...panes.slice(at + 1), ...panes.slice(0, at + 1)];
    const places = order.flatMap((pane) => FIRST.map((place) => pane?.querySelector<HTMLElement>(place)));
    places.find((place) => place?.offsetParent)?.focus();
  }

  #moveFocus(): void {
    if (this.#focusNext === "") {
      if (this.#focused?.element.isConnected === false) this.#focusFirst(this.#focused.instead);
      return;
    }
    if (this.#store.state.session?.open?.view.state === null) return; // it comes with the answer of the server
    const selector = { composer: ".writing textarea", heading: "h1", thread: ".log" }[this.#focusNext];
    this.#focusNext = "";
    this.#focusFirst(selector);
  }

  #focusFirst(selector: string): void {
    const places = selector.split(", ").map((place) => this.renderRoot.querySelector<HTMLElement>(place));
    places.find((place) => place?.offsetParent)?.focus({ preventScroll: true });
  }
}

function refused(reason: string) {
  return { kind: "failed", title: words("refused"), reason: words("ended", { reason: sentence(reason) }) } as const;
}
