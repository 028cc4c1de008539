/** The list beside the conversation: what it draws, what is selected in it, and the ways from one conversation to the next. */

import type { wire } from "@intervene/client";
import type { Announcer } from "@intervene/ui";
import type { TemplateResult } from "lit";
import type { Me } from "./core/dock.ts";
import { ALL, type Filter, isSameFilter, type Tab } from "./core/lists.ts";
import { pathOf, type Route } from "./core/route.ts";
import type { Doing } from "./doing.ts";
import type { MenuItem, Menus } from "./menu.ts";
import { Selecting } from "./selecting.ts";
import type { Session, SessionState } from "./session.ts";
import { menuItems } from "./views/header.ts";
import { list } from "./views/list.ts";
import type { Account } from "./views/rail.ts";
import { words } from "./words.ts";
import type { Slot } from "./writing.ts";

/** What the list needs of the element that it is in. */
export interface ListHost {
  readonly menus: Menus;
  readonly account: Account;
  readonly announcer: Pick<Announcer, "status">;
  readonly doing: () => Doing;
  readonly session: () => Session | null;
  readonly draft: (conversation: string, slot: Slot) => string;
  readonly route: () => Route;
  readonly go: (path: string) => void;
  readonly changed: () => void;
}

export class ListPane {
  readonly selecting: Selecting;
  readonly #host: ListHost;

  constructor(host: ListHost) {
    this.#host = host;
    this.selecting = new Selecting({
      list: () => host.session()?.state.list,
      offers: (row) => host.doing().offers(row),
      changed: host.changed,
    });
  }

  template({ list: shown, open, settings, link }: SessionState, me: Me): TemplateResult {
    const { menus, account, draft, go, doing } = this.#host;
    const { selecting } = this;
    const session = this.#host.session();
    return list({
      list: shown,
      filter: shown.filter,
      openId: open?.id ?? null,
      me,
      settings,
      menus,
      account,
      draftOf: (id) => draft(id, "reply") || draft(id, "note"),
      serverNow: session?.serverNow() ?? Date.now(),
      isLive: link.kind === "live",
      hold: (isHeld) => session?.list.hold(isHeld),
      reorder: () => session?.list.reorder(),
      loadMore: () => session?.list.loadMore(),
      look: (ids) => session?.list.look(ids),
      go,
      selected: selecting.ids,
      refusals: selecting.refusals,
      selecting,
      isSelecting: selecting.isOn,
      toggle: (id, isRange) => this.#toggle(id, isRange),
      clear: () => selecting.clear(),
      menuOf: (row) => this.#menuOf(row),
      takeAll: ({ offer, rows }) => doing().take(offer, rows),
    });
  }

  #toggle(id: string, isRange: boolean): void {
    this.selecting.toggle(id, isRange);
    this.#host.announcer.status(words("selected", { n: this.selecting.rows.length }));
  }

  /** As in the header, without the keys: those are of the conversation that is open. */
  #menuOf(row: wire.Row): readonly MenuItem[] {
    const doing = this.#host.doing();
    const items = menuItems(doing.offers(row), (offer) => doing.take(offer, [row]));
    return items.map((item) => ({ ...item, keys: undefined }));
  }

  /** Lists something else; what was selected is no more. */
  show(filter: Filter): void {
    const session = this.#host.session();
    if (session === null || isSameFilter(filter, session.state.list.filter)) return;
    this.selecting.clear();
    session.list.show(filter);
  }

  /** To the conversation so many rows further down. */
  step(by: number): void {
    const { list: shown, open } = this.#host.session()?.state ?? {};
    const ids = shown?.rows.map(({ id }) => id) ?? [];
    const at = open ? ids.indexOf(open.id) : -1;
    const next = at === -1 ? ids[0] : ids[at + by];
    if (next !== undefined) this.#open(next);
  }

  /** To who has waited longest. */
  toWaiting(): void {
    const session = this.#host.session();
    const next = session?.list.nextWaiting(session.state.open?.id ?? null);
    if (next) this.#open(next.id);
  }

  /** What is open stays open. */
  toTab(tab: Tab): void {
    const { place, id, filter } = this.#host.route();
    const path = place === "conversations" ? pathOf(place, id, { ...filter, tab }) : null;
    this.#host.go(path ?? pathOf("conversations", null, { ...ALL, tab }));
  }

  /** A conversation, beside the list that is shown. */
  #open(id: string): void {
    this.#host.go(pathOf("conversations", id, this.#host.route().filter));
  }
}
