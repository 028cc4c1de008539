/** The list: its queue, its tabs, what narrows it, and the rows. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { ALL, countOf, type Filter, queuesOf, TABS, type Tab } from "../core/lists.ts";
import { pathOf } from "../core/route.ts";
import { nameOf } from "../core/settings.ts";
import type { MenuItem, Menus } from "../menu.ts";
import type { BulkOffer, Selecting } from "../selecting.ts";
import { words } from "../words.ts";
import { statusTag } from "./ask.ts";
import { actionIcon, emptiness } from "./parts.ts";
import { type Account, accountMenu } from "./rail.ts";
import type { RowsParts } from "./rows.ts";
import "./rows.ts";

export interface ListOptions extends RowsParts {
  readonly menus: Menus;
  readonly account: Account;
  /** There is a connection: what is shown is current. */
  readonly isLive: boolean;
  readonly hold: (isHeld: boolean) => void;
  readonly reorder: () => void;
  readonly go: (path: string) => void;
  readonly selecting: Selecting;
  /** Does what is offered with some of the selected. */
  readonly takeAll: (offer: BulkOffer) => void;
}

export const TAB_NAMES = {
  mine: "tabMine",
  waiting: "tabWaiting",
  bot: "tabBot",
  all: "tabAll",
  closed: "tabClosed",
} as const satisfies Readonly<Record<Tab, string>>;

export function list(options: ListOptions): TemplateResult {
  const { list, hold } = options;
  const { rows, isLoaded } = list;
  const problem = list.problem || (isLoaded && !options.isLive ? words("listStale") : "");
  return html`<section class="list" aria-label=${words("conversations")}
    @pointerenter=${(event: PointerEvent) => hold(event.pointerType !== "touch")}
    @pointerleave=${(event: PointerEvent) => hold(hasFocus(event))}
    @focusin=${(event: FocusEvent) => hold(hasFocus(event) || isWithin(event))} @focusout=${(event: FocusEvent) => hold(isWithin(event))}
  >
    <h2 class="vh">${words("conversations")}</h2>
    <header class="list-top">
      ${picker(options)} ${narrowing(options)}
      <div class="only-s">${accountMenu("account-s", options.me, options.menus, options.account)}</div>
    </header>
    ${tabs(options)} ${options.selecting.isOn ? bulk(options) : under(options)}
    ${problem === "" ? nothing : html`<p class="list-problem" role=${list.problem === "" ? nothing : "status"}>${icon(icons.alert)}${problem}</p>`}
    ${rows.length > 0 ? html`<desk-rows .parts=${options}></desk-rows>` : isLoaded ? (problem === "" ? empty(options) : nothing) : loading()}
  </section>`;
}

function loading(): TemplateResult {
  return html`<p class="list-wait" role="status">${words("loadingList")}</p>`;
}

/** Which queue is listed. Who has one only needs no choice. */
function picker({ filter, settings, me, menus, list, openId, go }: ListOptions): TemplateResult {
  const queues = queuesOf(me, settings);
  const name = filter.queue === "" ? words("allQueues") : nameOf(settings.queues, filter.queue) || filter.queue;
  if (queues.length < 2 && filter.queue === "") return html`<span class="picker">${words("conversations")}</span>`;
  const item = (id: string, label: string): MenuItem => {
    const waiting = countOf("waiting", { ...ALL, queue: id }, list.counts) ?? 0;
    return {
      label,
      meaning: words("queueWaiting", { n: waiting }),
      icon: icon(id === filter.queue ? icons.check : icons.tray),
      act: () => go(pathOf("conversations", openId, { ...filter, queue: id })),
    };
  };
  return menus.template({
    name: "queues",
    label: words("queueOf", { name }),
    look: "picker",
    face: html`<span aria-hidden="true">${icon(icons.tray)}<span class="clip">${name}</span>${icon(icons.down)}</span>`,
    items: [item("", words("allQueues")), ...queues.map(({ id, name: label }) => item(id, label))],
  });
}

/** Statuses of the organisation, and tags of what is listed. */
function narrowing({ filter, settings, menus, list, openId, go }: ListOptions): TemplateResult | typeof nothing {
  const to = (change: Partial<Filter>) => () => go(pathOf("conversations", openId, { ...filter, ...change }));
  const tags = [...new Set(list.rows.flatMap((row) => row.tags ?? []))].sort();
  const items: MenuItem[] = [
    ...settings.statuses
      .filter(({ archived }) => !archived)
      .map(({ id, name, colour }) => ({
        label: name,
        meaning: words("byStatus"),
        icon: id === filter.status ? icon(icons.check) : statusTag(colour),
        act: to({ status: id === filter.status ? "" : id }),
      })),
    ...tags.map((tag) => ({
      label: tag,
      meaning: words("byTag"),
      icon: icon(tag === filter.tag ? icons.check : icons.tag),
      act: to({ tag: tag === filter.tag ? "" : tag }),
    })),
  ];
  if (items.length === 0) return nothing;
  return menus.template({ name: "filter", label: words("filter"), look: "icon", face: icon(icons.filter), items });
}

function tabs({ filter, list, openId }: ListOptions): TemplateResult {
  return html`<nav class="tabs" aria-label=${words("lists")}>
    ${TABS.map((tab) => {
      const count = countOf(tab, filter, list.counts);
      const plus = list.counts?.truncated ? "+" : "";
      return html`<a href=${pathOf("conversations", openId, { ...filter, tab })} aria-current=${tab === filter.tab ? "page" : nothing}
        >${words(TAB_NAMES[tab])}${count === null ? nothing : html`<b>${count}${plus}</b>`}${tab === "mine" ? unread(list.counts?.unread ?? 0) : nothing}</a
      >`;
    })}
  </nav>`;
}

/** How many of one's own have something that one has not read. */
function unread(n: number): TemplateResult | typeof nothing {
  return n === 0
    ? nothing
    : html`<i class="dot" aria-hidden="true"></i><span class="vh">${words("unreadCount", { n })}</span>`;
}

/** What narrows the list, its order, and what has changed in it meanwhile. */
function under({ filter, settings, list, openId, reorder, go, selecting }: ListOptions): TemplateResult {
  const chip = (
    label: string,
    change: Partial<Filter>,
  ) => html`<button type="button" class="chip" title=${words("remove")}
    @click=${() => go(pathOf("conversations", openId, { ...filter, ...change }))}><bdi>${label}</bdi>${icon(icons.x, { size: 12 })}<span class="vh">${words("remove")}</span></button>`;
  const status = nameOf(settings.statuses, filter.status) || filter.status;
  return html`<div class="list-sub">
    ${
      list.changed > 0
        ? html`<button type="button" class="btn small" title=${words("changedMeans")} @click=${reorder}>
            ${words("changed", { n: list.changed })}
          </button>`
        : html`<span>${list.rows.length === 0 ? nothing : words(filter.tab === "closed" ? "orderClosed" : "order")}</span>`
    }
    <span class="row">${status === "" ? nothing : chip(status, { status: "" })}${filter.tag === "" ? nothing : chip(filter.tag, { tag: "" })}
      ${list.rows.length === 0 ? nothing : html`<button type="button" class="btn small quiet" @click=${() => selecting.begin()}>${words("select")}</button>`}
    </span>
  </div>`;
}

/** How many are selected, and what can be done with all of them, or some. */
function bulk(options: ListOptions): TemplateResult {
  const { selecting, menus } = options;
  const { length: n } = selecting.rows;
  const actions = () =>
    menus.template({
      name: "bulk",
      label: words("bulkActions"),
      look: "btn small",
      face: html`<span aria-hidden="true">${words("actions")}</span>`,
      items: menus.shows("bulk") ? bulkItems(options) : [],
      isFloating: true,
    });
  return html`<div class="list-sub bulk" role="toolbar" aria-label=${words("selection")}>
    <span class="num">${words("selected", { n })}</span>
    <span class="row">
      ${n === 0 ? nothing : actions()}
      <button type="button" class="btn small quiet" @click=${() => selecting.all()}>${words("selectAll")}</button>
      <button type="button" class="btn small quiet" @click=${() => selecting.clear()}>${words(n === 0 ? "cancel" : "clear")}</button>
    </span>
  </div>`;
}

/** Of one alone all that its three dots offer, which a finger does not see; of several what can be done in bulk. */
function bulkItems({ selecting, menuOf, takeAll }: ListOptions): readonly MenuItem[] {
  const [first, ...others] = selecting.rows;
  const n = others.length + 1;
  if (first !== undefined && n === 1) return menuOf(first);
  return selecting.offers().map((each) => ({
    label: each.offer.action === null ? `${each.offer.label}…` : each.offer.label,
    meaning: each.rows.length < n ? words("ofSelected", { some: String(each.rows.length), n }) : "",
    icon: actionIcon(each.offer.icon),
    act: () => takeAll(each),
  }));
}

/** What will appear, and the next useful act. */
function empty({ filter, list, openId }: ListOptions): TemplateResult {
  const { tab, queue, status, tag } = filter;
  const link = (text: string, to: Filter) =>
    html`<a class="btn" href=${pathOf("conversations", openId, to)}>${text}</a>`;
  if (status !== "" || tag !== "") {
    return emptiness(words("noneSo"), words("noneSoMeans"), link(words("showAll"), { ...filter, status: "", tag: "" }));
  }
  const waiting = countOf("waiting", filter, list.counts) ?? 0;
  const busy = countOf("bot", filter, list.counts) ?? 0;
  if (tab === "mine") {
    const act = waiting > 0 ? link(words("showWaiting", { n: waiting }), { ...filter, tab: "waiting" }) : nothing;
    return emptiness(words("noneMine"), words("noneMineMeans"), act);
  }
  if (tab === "waiting") {
    const act = busy > 0 ? link(words("showBots", { n: busy }), { ...filter, tab: "bot" }) : nothing;
    return emptiness(words("noneWaiting"), words("noneWaitingMeans"), act);
  }
  if (tab === "bot") return emptiness(words("noneBot"), words("noneBotMeans"));
  if (tab === "closed") return emptiness(words("noneClosed"), words("noneClosedMeans"));
  if (queue === "") return emptiness(words("noList"), words("noListMeans"));
  return emptiness(
    words("noneInQueue"),
    words("noneInQueueMeans"),
    link(words("showAllQueues"), { ...filter, queue: "" }),
  );
}

function hasFocus(event: Event): boolean {
  return (event.currentTarget as HTMLElement).querySelector(":focus-visible") !== null;
}

function isWithin(event: FocusEvent): boolean {
  const here = event.currentTarget as HTMLElement;
  return here.matches(":hover") || here.contains(event.relatedTarget as Node | null);
}
