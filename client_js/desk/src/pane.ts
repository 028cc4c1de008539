/** The open conversation: header, thread and dock, from what the session knows of it. */

import type { wire } from "@intervene/client";
import {
  composer,
  englishWords,
  type Item,
  note,
  type ReadingPosition,
  receipt,
  type Speaker,
  staffReader,
  staffSentence,
  staffWords,
  ThreadItems,
  thread,
  toNewest,
} from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { type Act, type Dock, dockOf, type Me, type Move } from "./core/dock.ts";
import { lastChange, type Open } from "./core/open.ts";
import { pathOf } from "./core/route.ts";
import type { Menus } from "./menu.ts";
import type { Session, SessionState, Slot } from "./session.ts";
import { dock } from "./views/dock.ts";
import { channelName, header } from "./views/header.ts";
import { emptiness } from "./views/parts.ts";
import { contactName, sentence, times, words } from "./words.ts";

/** What the pane needs of the element that it is in. */
export interface PaneHost {
  readonly menus: Menus;
  readonly position: ReadingPosition;
  readonly session: () => Session | null;
  readonly draft: (conversation: string, slot: Slot) => string;
  readonly act: (act: Act) => void;
  readonly move: (move: Move) => void;
  /** Opens the composer of that tab, and goes there. */
  readonly write: (isNoting: boolean) => void;
  readonly send: (isConfirmed: boolean) => void;
  readonly back: () => void;
  readonly toComposer: () => void;
}

const shared = englishWords();
const staff = staffWords();

export class Pane {
  readonly #host: PaneHost;
  #key = "";
  #items: ThreadItems<wire.Event, wire.StaffState> | null = null;

  constructor(host: PaneHost) {
    this.#host = host;
  }

  template(session: SessionState, me: Me): TemplateResult {
    const { open, link } = session;
    if (open === null)
      return link.kind === "stopped" ? this.#ended(link.reason) : emptiness(words("noneOpen"), words("noneOpenMeans"));
    if (open.isMissing) {
      const back = html`<a class="btn" href=${pathOf(null)}>${words("backToList")}</a>`;
      return emptiness(words("missing"), words("missingMeans"), back);
    }
    const foot = this.dock(session, open, me);
    const { state } = open.view;
    const { menus, back, move } = this.#host;
    const top = state === null ? nothing : header({ open, state, me, dock: foot, menus, back, move });
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

  // -- the thread -----------------------------------------------------------------------------------------------------

  #thread(open: Open, me: Me): TemplateResult {
    const { position } = this.#host;
    const items = this.#itemsOf(open, me);
    const { takeovers, enabled } = open;
    const shown = thread({
      items,
      look: "desk",
      words: shared,
      times,
      interrupted: staff("nothingMore"),
      note: (item) => note(item, staff, { words: shared, times, interrupted: "" }),
      liveFrom: open.liveFrom,
      isLoading: open.isPaging || open.view.state === null,
      sentence: (item) => {
        const took = enabled.get(item.epoch);
        return staffSentence(item, shared, staff, took === undefined ? "" : times.duration(took));
      },
      receipt: (item) => {
        const known = takeovers.get(item.epoch);
        return item.isNewest && item.move === "intervene" && known ? receipt(known, staff, times, item) : nothing;
      },
      version: JSON.stringify([...takeovers.values(), ...enabled]),
    });
    const count = position.newSince(items);
    const down = toNewest(shared, { isAtEnd: position.isAtEnd, count, onClick: () => position.toEnd() });
    return html`<div class="log-of">${keyed(open.id, shown)}${down}</div>`;
  }

  #itemsOf(open: Open, me: Me): readonly Item[] {
    const key = `${open.id} ${me.id}`;
    if (this.#items === null || key !== this.#key) {
      this.#items = new ThreadItems(staffReader({ type: "agent", id: me.id, name: me.name }));
      this.#key = key;
    }
    const { view, pending, isLive, unreadAfter } = open;
    const readUpTo = 0; // what is sent is "Sent": how far a contact has read is not told
    return this.#items.next({ view, pending, isLive, readUpTo, unreadAfter, typing: typist(open, me), times });
  }

  // -- the dock -------------------------------------------------------------------------------------------------------

  #foot({ shelf }: SessionState, open: Open, foot: Dock): TemplateResult {
    const { act, write, send, toComposer, position } = this.#host;
    const name = open.view.state === null ? "" : contactName(open.view.state.contact);
    const session = this.#host.session();
    const isDue = foot.state === "you" && !shelf.isTold && lastChange(open.view)?.before?.type === "bot";
    return dock({
      dock: foot,
      isNoting: open.isNoting,
      notice: open.notice,
      told: isDue ? name : null,
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

  #composer({ id, isNoting, view }: Open, { look }: Dock, name: string): TemplateResult {
    const slot = isNoting ? "note" : "reply";
    const channel = channelName(view.state?.channel ?? "").toLocaleLowerCase();
    const label = words(isNoting ? "noteLabel" : "replyLabel");
    const field = composer({
      words: shared,
      text: this.#host.draft(id, slot),
      placeholder: isNoting ? label : words("replyTo", { name, channel }),
      label,
      onInput: (text) => this.#host.session()?.write(text),
      onSend: () => this.#host.send(false),
      sendText: isNoting ? words("addNote") : shared("send"),
      isNote: isNoting,
      hint: html`<span class="not-s">${words(isNoting ? "noteHint" : "enterSends")}</span>`,
    });
    // Each has a field of its own, so that what is undone in one is not undone in another. A note goes on, whoever answers.
    return html`${keyed(`${id} ${slot} ${isNoting ? "" : look}`, field)}`;
  }
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
