/** `<intervene-desk>`: the whole desk. It draws what the store says, and tells the store what a person does. */

import { Announcer, Drafts, ReadingPosition, Slices } from "@intervene/ui";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Completing } from "./completing.ts";
import { ShownContext } from "./context.ts";
import type { Act, Dock, Me } from "./core/dock.ts";
import { type Pressed, type Shortcut, shortcutOf } from "./core/keys.ts";
import { isOnlyNews } from "./core/news.ts";
import type { Open } from "./core/open.ts";
import { isOfDesk, pathOf, routeOf } from "./core/route.ts";
import { lookOf } from "./core/rows.ts";
import { Doing } from "./doing.ts";
import { Focus } from "./focus.ts";
import { ListPane } from "./listpane.ts";
import { Menus } from "./menu.ts";
import { Notifying } from "./notifying.ts";
import { ShownPalette } from "./palette/shown.ts";
import { Pane } from "./pane.ts";
import type { PlaceInfo } from "./places/place.ts";
import { ShownPlace } from "./places/shown.ts";
import type { SessionState } from "./session.ts";
import { Store } from "./store.ts";
import { deskStyles } from "./styles.ts";
import { Upgrade } from "./upgrade.ts";
import { alertsNotice, upgradeNotice } from "./views/corner.ts";
import { entry } from "./views/entry.ts";
import { help } from "./views/help.ts";
import { mentioned } from "./views/parts.ts";
import { type Account, rail } from "./views/rail.ts";
import { Voice } from "./voice.ts";
import { contactName, sentence, words } from "./words.ts";
import type { Slot } from "./writing.ts";

/** What a person does who uses the desk. */
const INPUT = ["keydown", "pointerdown", "pointermove", "wheel"] as const;

export class Desk extends LitElement {
  static override styles = deskStyles;

  readonly #drafts = new Drafts(this);
  readonly #announcer = new Announcer(this);
  readonly #voice = new Voice(this.#announcer);
  readonly #menus = new Menus(this);
  readonly #account: Account = {
    presence: (id) => this.#store.session?.state.present.get(id) ?? null,
    setPresence: (presence) => this.#store.session?.setPresence(presence),
    open: () => this.#goTo(pathOf("settings", "account")),
    shortcuts: () => this.#dialog?.showModal(),
    signOut: () => void this.#store.signOut(),
  };
  readonly #context = new ShownContext(this);
  readonly #places = new ShownPlace(this);
  readonly #focus = new Focus(this, () => this.#store.state.session?.open?.view.state != null);
  readonly #store = new Store(this.#drafts, () => this.#changed());
  readonly #position = new ReadingPosition(this, {
    scroller: () => this.renderRoot.querySelector<HTMLElement>(".log"),
    onNearTop: () => this.#slices.isWhole && this.#store.session?.pageBack(),
  });
  readonly #slices = new Slices(this);
  readonly #doing = new Doing(this, {
    session: () => this.#store.session,
    announcer: this.#announcer,
    done: (targets, refusals) => {
      const ids = targets.map(({ id }) => id);
      this.#list.selecting.done(ids, refusals);
    },
  });
  readonly #notifying = new Notifying({
    go: (path) => this.#goTo(path),
    changed: () => (document.hidden ? this.requestUpdate() : this.#drawSoon()), // the title counts on
  });
  readonly #upgrade = new Upgrade({
    isBusy: () => this.#isBusy,
    changed: () => this.requestUpdate(),
  });
  readonly #palette = new ShownPalette(
    this,
    () => {
      const { session } = this.#store;
      const me = session?.state.me ?? null;
      const [doing, { filter }] = [this.#doing, routeOf(here())];
      const ways = { go: (path: string) => this.#goTo(path), does: (shortcut: Shortcut) => this.#do(shortcut) };
      return session === null || me === null ? null : { me, session, doing, filter, ...ways };
    },
    () => this.#announcer.alert(words("placeFailed")),
  );
  readonly #list = new ListPane({
    menus: this.#menus,
    account: this.#account,
    announcer: this.#announcer,
    doing: () => this.#doing,
    session: () => this.#store.session,
    draft: (conversation, slot) => this.#draft(conversation, slot),
    route: () => routeOf(here()),
    go: (path) => this.#goTo(path),
    changed: () => this.requestUpdate(),
  });
  readonly #pane = new Pane({
    menus: this.#menus,
    position: this.#position,
    slices: this.#slices,
    session: () => this.#store.session,
    draft: (conversation, slot) => this.#draft(conversation, slot),
    act: (act) => this.#act(act),
    doing: this.#doing,
    completing: new Completing(this, () => this.#store.session?.sources ?? null),
    write: (isNoting) => this.#write(isNoting),
    send: (isConfirmed) => this.#send(isConfirmed),
    back: () => this.#back(),
    toComposer: () => this.#focus.next("composer"),
    panel: () => ({ isOpen: this.#context.isOpen, toggle: () => this.#context.toggle(false) }),
  });
  #before: SessionState | null = null;
  #tick: ReturnType<typeof setInterval> | undefined;
  /** An update that waits for the next frame. */
  #frame: number | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.#followed);
    addEventListener("keydown", this.#pressed);
    for (const input of INPUT) addEventListener(input, this.#used, { capture: true, passive: true });
    addEventListener("focus", this.#seen);
    document.addEventListener("visibilitychange", this.#seen);
    this.#tick = setInterval(() => {
      this.#upgrade.tick();
      if (!document.hidden) this.requestUpdate();
    }, 1000);
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
    this.#notifying.stop();
    this.#store.session?.stop();
  }

  // -- what is drawn --------------------------------------------------------------------------------------------------

  protected override render(): TemplateResult {
    const { phase, session } = this.#store.state;
    const { me } = session ?? {};
    const regions = this.#announcer.regions();
    if (session === null || !me) {
      const again = () => void this.#store.enterAgain();
      const shown = session?.link.kind === "stopped" ? refused(session.link.reason, again) : phase;
      return html`${entry({ phase: shown, store: this.#store })}${regions}`;
    }
    const place = ShownPlace.of(location.pathname);
    const pane = place !== null ? "place" : session.open === null ? "list" : "thread";
    const inside = place === null ? this.#conversations(session, me) : this.#inPlace(place, me);
    const hasContext = pane === "thread" && session.open?.view.state != null && this.#context.isOpen;
    return html`<div class="shell" data-pane=${pane} data-context=${hasContext ? "open" : nothing} @click=${this.#clicked}>
        ${rail({ me, menus: this.#menus, place: place?.place ?? "conversations", ...this.#account })} ${inside}
      </div>
      ${mentioned(session.mentioned, () => this.#store.session?.putAway())}
      ${this.#upgrade.isDue ? upgradeNotice(this.#upgrade) : alertsNotice(this.#notifying)}${this.#palette.template()}${help()}${this.#doing.asking.template()}${regions}`;
  }

  #inPlace(info: PlaceInfo, me: Me): TemplateResult | typeof nothing {
    const { session } = this.#store;
    if (session === null) return nothing;
    const go = (path: string) => this.#goTo(path);
    const { id } = routeOf(location.pathname);
    const parts = { me, session, announcer: this.#announcer, id, go };
    return html`<main class="place">${this.#places.template(info, parts)}</main>`;
  }

  #conversations(session: SessionState, me: Me): TemplateResult {
    return html`${this.#list.template(session, me)}
      <main class="pane" aria-label=${words("conversation")}>${this.#pane.template(session, me)}</main>
      ${this.#panel(session, me)}`;
  }

  #panel({ open }: SessionState, me: Me): TemplateResult | typeof nothing {
    const { session } = this.#store;
    const isThere = session !== null && open !== null && open.view.state !== null && open.missing === null;
    return this.#context.template(
      isThere ? { me, session, open, settings: session.settings.get(), announcer: this.#announcer } : null,
    );
  }

  #draft(conversation: string, slot: Slot): string {
    return this.#drafts.get(this.#store.principal, conversation, slot);
  }

  protected override updated(_changed: PropertyValues): void {
    const { open } = this.#store.state.session ?? {};
    const { count } = this.#notifying;
    const name = open?.view.state ? `${contactName(open.view.state.contact)} · ` : "";
    const title = `${count > 0 ? `(${count}) ` : ""}${name}${words("desk")}`;
    if (document.title !== title) document.title = title; // to set it is work for the browser, even if it is the same
    this.#seen();
  }

  // -- what has changed -----------------------------------------------------------------------------------------------

  /** The store has changed. What happens once is said or done here; the next update draws the rest. */
  #changed(): void {
    const { session } = this.#store.state;
    const before = this.#before;
    this.#before = session;
    this.#notifying.follow(this.#store.session, this.#store.principal);
    if (isOnlyNews(before, session)) this.#drawSoon();
    else this.requestUpdate();
    if (session === null || session.me === null) return;
    if (before?.me == null) this.#show(here());
    if (before !== null) this.#voice.connection(before, session);
    if (before?.me && before.link.kind !== "live" && session.link.kind === "live") void this.#upgrade.look();
    this.#voice.mention(before?.mentioned ?? null, session.mentioned);
    if (session.list !== before?.list) this.#voice.list(session, performance.now());
    const was = before?.open;
    if (session.open && was?.id === session.open.id) this.#openChanged(was, session.open, session, session.me);
  }

  /** What comes by itself comes many times in a moment: once in a frame, and not at all while the page is hidden. */
  #drawSoon(): void {
    this.#frame ??= requestAnimationFrame(() => this.requestUpdate());
  }

  protected override willUpdate(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  #openChanged(before: Open, open: Open, session: SessionState, me: Me): void {
    const [was, is] = [before.view.state, open.view.state];
    this.#voice.trouble(before, open, () => this.#pane.dock(session, open, me));
    if (is === null) return;
    const isYours = lookOf(is.holder, is.is_open, me.id) === "you";
    if (was === null) {
      if (!isYours) this.#focus.notToComposer();
    } else if (is.epoch > was.epoch) {
      this.#voice.control(is, me);
      // Control that another window of theirs took takes the focus from nothing here.
      if (isYours && open.enabled.has(is.epoch) && this.#focus.isFree) this.#focus.next("composer");
      else if (!isYours && this.#focus.active?.matches(".dock .btn, .writing .compose:not(.notey) *"))
        this.#focus.next("thread");
    }
  }

  // -- where one is ---------------------------------------------------------------------------------------------------

  readonly #followed = (): void => this.#show(here());

  #show(path: string): void {
    const { place, id, filter } = routeOf(path);
    this.#menus.close(false);
    this.#context.leave();
    if (place === "conversations") this.#places.leave();
    this.#store.session?.show(place === "conversations" ? id : null);
    if (place === "conversations") this.#list.show(filter);
    this.requestUpdate();
  }

  #goTo(path: string): void {
    const [before, after] = [routeOf(here()), routeOf(path)];
    if (path === here()) {
      if (after.place === "conversations") this.#store.session?.show(after.id);
      return;
    }
    history.pushState({ isOurs: true }, "", path);
    const isNarrow = matchMedia("(max-width: 719px)").matches;
    const isOpened = after.place === "conversations" && (after.place !== before.place || after.id !== before.id);
    if (isOpened) this.#focus.next(isNarrow ? "heading" : "composer");
    this.#show(path);
  }

  #back(): void {
    if ((history.state as { isOurs?: boolean } | null)?.isOurs) {
      history.back();
      return;
    }
    history.replaceState(null, "", pathOf("conversations", null, routeOf(here()).filter));
    this.#show(here());
  }

  /** Links of the desk change what is shown, and load nothing. */
  readonly #clicked = (event: MouseEvent): void => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!(link instanceof HTMLAnchorElement) || !isPlain || !isOfDesk(link.pathname)) return;
    event.preventDefault();
    this.#goTo(link.pathname + link.search);
  };

  // -- what a person does ---------------------------------------------------------------------------------------------

  #act(act: Act): void {
    const { session } = this.#store;
    if (act === "take") void session?.take();
    else if (act === "retry") session?.retry();
    else if (act === "enter") void this.#store.enterAgain();
    else this.#doing.shortcut(act);
  }

  #write(isNoting: boolean): void {
    this.#store.session?.writing.setNoting(isNoting);
    this.#focus.next(isNoting ? "note" : "composer");
  }

  #send(isConfirmed: boolean): void {
    this.#store.session?.writing.send(isConfirmed);
    if (this.#store.state.session?.open?.notice === null) this.#position.toEnd();
    this.#focus.next("composer");
  }

  /** What is on the screen, at its end and looked at, is read. */
  readonly #seen = (): void => {
    const isLookedAt = document.visibilityState === "visible" && document.hasFocus();
    if (isLookedAt && this.#position.isAtEnd) this.#store.session?.read();
  };

  readonly #used = (event: Event): void => {
    if (event.type === "keydown" || event.type === "pointerdown") this.#upgrade.used();
    this.#store.session?.active();
  };

  readonly #pressed = (event: KeyboardEvent): void => {
    const shortcut = shortcutOf(event as Pressed, this.#focus.isInField);
    if (shortcut === null || this.#store.state.phase.kind !== "in") return;
    if (this.#dialog?.open || this.#doing.asking.isOpen || this.#palette.isOpen) return;
    event.preventDefault();
    this.#do(shortcut);
  };

  #do(shortcut: Shortcut): void {
    const { session } = this.#store.state;
    const foot = session?.open && session.me ? this.#pane.dock(session, session.open, session.me) : null;
    const does: Readonly<Record<Shortcut, () => void>> = {
      take: () => this.#takeIf(foot),
      back: () => this.#doing.shortcut("hand_back", "send_bot"),
      assign: () => this.#doing.shortcut("assign_me"),
      status: () => this.#doing.shortcut("status"),
      queue: () => this.#doing.shortcut("queue"),
      close: () => this.#doing.shortcut("close", "reopen"),
      note: () => this.#write(true),
      reply: () => this.#write(false),
      next: () => this.#list.step(1),
      previous: () => this.#list.step(-1),
      waiting: () => this.#list.toWaiting(),
      mine: () => this.#list.toTab("mine"),
      waits: () => this.#list.toTab("waiting"),
      bots: () => this.#list.toTab("bot"),
      all: () => this.#list.toTab("all"),
      help: () => this.#dialog?.showModal(),
      palette: () => this.#palette.open(),
      pane: () => this.#focus.nextPane(),
      context: () => session?.open?.view.state && this.#context.toggle(true),
    };
    does[shortcut]();
  }

  #takeIf(foot: Dock | null): void {
    const button = foot?.main ?? foot?.quiet;
    if (button?.act === "take" && !button.isBusy) this.#act("take");
  }

  /** Another page would not have what is being written, chosen or filled in here. */
  get #isBusy(): boolean {
    const { session } = this.#store.state;
    const { open } = session ?? {};
    const isWriting = open != null && (this.#draft(open.id, "reply") !== "" || this.#draft(open.id, "note") !== "");
    const isAsked = this.#dialog?.open || this.#doing.asking.isOpen || this.#palette.isOpen;
    const isElsewhere = routeOf(here()).place === "settings" || (this.#focus.isInField && !open);
    return isWriting || isAsked || isElsewhere || session?.keepsUnsent === false;
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog.help");
  }
}

/** Where one is: the path and its query. */
function here(): string {
  return location.pathname + location.search;
}

function refused(reason: string, again: () => void) {
  return {
    kind: "failed",
    title: words("refused"),
    reason: words("ended", { reason: sentence(reason) }),
    again,
  } as const;
}
