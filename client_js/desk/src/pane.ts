/** The open conversation: header, thread and dock, from what the session knows of it. */

import type { wire } from "@intervene/client";
import {
  composer,
  type Item,
  icon,
  icons,
  type MessageItem,
  note,
  type ReadingPosition,
  receipt,
  type Slices,
  type Speaker,
  staffReader,
  staffSentence,
  ThreadItems,
  thread,
  toNewest,
} from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Completing } from "./completing.ts";
import type { Offer } from "./core/actions.ts";
import { pieces } from "./core/completing.ts";
import { type Act, type Dock, dockOf, type Me } from "./core/dock.ts";
import { canChange, type Editing, lastChange, type Open, readByContact } from "./core/open.ts";
import { pathOf } from "./core/route.ts";
import type { Colleague } from "./core/settings.ts";
import { summaryOf } from "./core/summary.ts";
import type { Doing } from "./doing.ts";
import type { Menus } from "./menu.ts";
import type { Session, SessionState } from "./session.ts";
import { dock } from "./views/dock.ts";
import { channelName, header, type Panel } from "./views/header.ts";
import { emptiness, keys } from "./views/parts.ts";
import { contactName, sentence, shared, staff, times, words } from "./words.ts";
import type { Slot } from "./writing.ts";

/** What the pane needs of the element that it is in. */
export interface PaneHost {
  readonly menus: Menus;
  readonly position: ReadingPosition;
  readonly slices: Slices;
  readonly session: () => Session | null;
  readonly draft: (conversation: string, slot: Slot) => string;
  readonly act: (act: Act) => void;
  readonly doing: Doing;
  readonly completing: Completing;
  /** Opens the composer of that tab, and goes there. */
  readonly write: (isNoting: boolean) => void;
  readonly send: (isConfirmed: boolean) => void;
  readonly back: () => void;
  readonly toComposer: () => void;
  readonly panel: () => Panel;
}

export class Pane {
  readonly #host: PaneHost;
  #key = "";
  #items: ThreadItems<wire.Event, wire.StaffState> | null = null;

  constructor(host: PaneHost) {
    this.#host = host;
  }

  template(session: SessionState, me: Me): TemplateResult {
    const { open, link } = session;
    if (open === null) return link.kind === "stopped" ? this.#ended(link.reason) : this.#noneOpen(session);
    if (open.missing !== null) {
      const back = html`<a class="btn" href=${pathOf("conversations")}>${words("backToList")}</a>`;
      return emptiness(words(`missing_${open.missing}`), words(`missing_${open.missing}Means`), back);
    }
    const foot = this.dock(session, open, me);
    const { state } = open.view;
    const { menus, back, doing } = this.#host;
    const panel = this.#host.panel();
    const conversation = this.#host.session()?.conversation ?? null;
    const take = (offer: Offer) => conversation && doing.take(offer, [conversation]);
    const offers = conversation === null ? [] : doing.offers(conversation);
    const status = session.settings.statuses.find(({ id }) => id === state?.status) ?? null;
    const top = state === null ? nothing : header({ open, state, me, menus, back, status, offers, take, panel });
    return html`${top}${this.#thread(open, me)}${this.#foot(session, open, foot)}`;
  }

  dock({ link, keepsUnsent }: SessionState, open: Open, me: Me): Dock {
    return dockOf({
      me,
      link,
      keepsUnsent,
      state: open.view.state,
      isLive: open.isLive,
      attempt: open.attempt,
      change: lastChange(open.view),
      now: performance.now(),
      serverNow: this.#host.session()?.serverNow() ?? Date.now(),
    });
  }

  #ended(reason: string): TemplateResult {
    const enter = () => this.#host.act("enter");
    const again = html`<button type="button" class="btn main" @click=${enter}>${words("signIn")}</button>`;
    return emptiness(words("endedHere"), words("endedHereMeans", { reason: sentence(reason) }), again);
  }

  /** The next useful act is the one who has waited longest. */
  #noneOpen({ list: { filter } }: SessionState): TemplateResult {
    const next = this.#host.session()?.list.nextWaiting(null);
    const act = (id: string) =>
      html`<a class="btn" href=${pathOf("conversations", id, filter)}>${words("keyWaiting")}${keys("waiting")}</a>`;
    return emptiness(words("noneOpen"), words("noneOpenMeans"), next === undefined ? nothing : act(next.id));
  }

  // -- the thread -----------------------------------------------------------------------------------------------------

  #thread(open: Open, me: Me): TemplateResult {
    const { position, slices, menus } = this.#host;
    const items = this.#itemsOf(open, me);
    const { takeovers, enabled } = open;
    const people = this.#host.session()?.state.settings.people ?? [];
    const now = this.#host.session()?.serverNow() ?? Date.now();
    const isMine = (item: MessageItem) =>
      item.by.kind === "you" &&
      (item.sending === "sent" || item.sending === "read") &&
      item.amendment !== "deleted" &&
      canChange(open, me.id, item.at, now);
    const shown = thread({
      items: slices.of(open.id, items),
      look: "desk",
      words: shared,
      times,
      interrupted: staff("nothingMore"),
      note: (item) => note(item, staff, { words: shared, times, interrupted: "" }, (text) => marked(text, people)),
      liveFrom: open.liveFrom,
      isLoading: open.isPaging || open.view.state === null || !slices.isWhole,
      sentence: (item) => {
        const took = enabled.get(item.epoch);
        return staffSentence(item, shared, staff, took === undefined ? "" : times.duration(took));
      },
      receipt: (item) => {
        const known = takeovers.get(item.epoch);
        return item.isNewest && item.move === "intervene" && known ? receipt(known, staff, times, item) : nothing;
      },
      acts: (item) => (isMine(item) ? this.#acts(item) : nothing),
      version: (item) => {
        if (item.type === "handover") return JSON.stringify([takeovers.get(item.epoch), enabled.get(item.epoch)]);
        if (item.type === "note") return people;
        return item.type === "message" && isMine(item) && (menus.openName === menuName(item.key) ? "open" : "mine");
      },
    });
    const count = position.newSince(items);
    const down = toNewest(shared, { isAtEnd: position.isAtEnd, count, onClick: () => position.toEnd() });
    return html`<div class="log-of">${keyed(open.id, shown)}${down}</div>`;
  }

  /** What one can do with a message of one's own while it is new. */
  #acts({ key, n, text }: MessageItem): TemplateResult {
    const { menus, toComposer } = this.#host;
    const writing = this.#host.session()?.writing;
    const edit = () => {
      writing?.setNoting(false);
      writing?.edit({ n, text });
      toComposer();
    };
    const items = [
      { label: words("editMessage"), meaning: words("editMessageMeans"), icon: icon(icons.note), act: edit },
      {
        label: words("deleteMessage"),
        meaning: words("deleteMessageMeans"),
        icon: icon(icons.x),
        act: () => void writing?.takeBack(n),
      },
    ];
    return menus.template({
      name: menuName(key),
      label: words("changeMessage"),
      face: icon(icons.dots),
      look: "icon",
      items,
      isFloating: true, // an item of the thread that is far up is drawn within its own box
    });
  }

  #itemsOf(open: Open, me: Me): readonly Item[] {
    const key = `${open.id} ${me.id}`;
    if (this.#items === null || key !== this.#key) {
      this.#items = new ThreadItems(staffReader({ type: "agent", id: me.id, name: me.name }));
      this.#key = key;
    }
    const { view, pending, isLive, unreadAfter } = open;
    const readUpTo = readByContact(view, open.contactRead);
    return this.#items.next({ view, pending, isLive, readUpTo, unreadAfter, typing: typist(open, me), times });
  }

  // -- the dock -------------------------------------------------------------------------------------------------------

  #foot({ shelf, me, settings }: SessionState, open: Open, foot: Dock): TemplateResult {
    const { act, write, send, toComposer, position } = this.#host;
    const name = open.view.state === null ? "" : contactName(open.view.state.contact);
    const session = this.#host.session();
    const isDue = foot.state === "you" && !shelf.isTold && lastChange(open.view)?.before?.type === "bot";
    return dock({
      dock: foot,
      isNoting: open.isNoting,
      notice: open.notice,
      told: isDue ? name : null,
      summary: foot.state === "you" && me !== null ? summaryOf(open.view, me.id, settings) : null,
      folded: open.folded,
      hasDraft: this.#host.draft(open.id, "reply").trim() !== "",
      composer: this.#composer(open, foot, name),
      act,
      note: write,
      show: () => {
        session?.caughtUp();
        position.toEnd();
        toComposer();
      },
      sendAnyway: () => send(true),
      dismiss: () => session?.dismiss(),
      gotIt: () => {
        session?.tell();
        toComposer();
      },
    });
  }

  #composer(open: Open, foot: Dock, name: string): TemplateResult {
    const { editing, isNoting } = open;
    return editing !== null && !isNoting && foot.state === "you"
      ? this.#editor(open.id, editing)
      : this.#field(open, foot, name);
  }

  /** In the place of the composer: its draft stays as it is. */
  #editor(id: string, editing: Editing): TemplateResult {
    const { toComposer } = this.#host;
    const writing = this.#host.session()?.writing;
    const leave = () => {
      writing?.edit(null);
      toComposer();
    };
    const field = composer({
      words: shared,
      text: editing.text,
      placeholder: words("editMessage"),
      label: words("editLabel"),
      onInput: (text) => writing?.edit({ ...editing, text }),
      onSend: () => void writing?.saveEdit().then(toComposer),
      sendText: words("save"),
      hint: html`<button type="button" class="btn quiet" @click=${leave}>${words("cancel")}</button>`,
    });
    return html`${keyed(`${id} edit ${editing.n}`, field)}`;
  }

  #field({ id, isNoting, view }: Open, { look }: Dock, name: string): TemplateResult {
    const { completing } = this.#host;
    const slot = isNoting ? "note" : "reply";
    const channel = channelName(view.state?.channel ?? "").toLocaleLowerCase();
    const label = words(isNoting ? "noteLabel" : "replyLabel");
    const field = composer({
      words: shared,
      text: this.#host.draft(id, slot),
      placeholder: isNoting ? label : words("replyTo", { name, channel }),
      label,
      onInput: (text) => this.#host.session()?.writing.write(text, id, slot),
      onSend: () => this.#host.send(false),
      sendText: isNoting ? words("addNote") : shared("send"),
      isNote: isNoting,
      completes: completing.open,
      hint: html`${completing.button()}<span class="not-s">${words(isNoting ? "noteHint" : "enterSends")}</span>`,
    });
    // Each has a field of its own, so that what is undone in one is not undone in another. A note goes on, whoever answers.
    const keyedField = keyed(`${id} ${slot} ${isNoting ? "" : look}`, field);
    const keys = { handleEvent: completing.key, capture: true };
    return html`<div
      class="compose-of" @keydown=${keys} @input=${completing.look} @keyup=${completing.look} @click=${completing.look} @focusout=${completing.close}
    >${completing.template()}${keyedField}</div>`;
  }
}

function menuName(message: string): string {
  return `message ${message}`;
}

/** A note's text, with those whom it mentions. */
function marked(text: string, people: readonly Colleague[]): readonly (string | TemplateResult)[] {
  return pieces(text, people).map((piece) =>
    piece.name === null ? piece.text : html`<span class="mention"><bdi>${piece.text}</bdi></span>`,
  );
}

/** Who types now, but for oneself. */
function typist({ typing }: Open, me: Me): Speaker | null {
  const now = performance.now();
  for (const { who, until } of typing.values()) {
    if (until <= now || who.type === "system" || (who.type === "agent" && who.id === me.id)) continue;
    return { kind: who.type === "agent" ? "other" : who.type, name: who.name, id: who.id };
  }
  return null;
}
