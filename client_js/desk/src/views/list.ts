/** The list: one row for each conversation. The name is the link, and covers the row. */

import type { wire } from "@intervene/client";
import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Me } from "../core/dock.ts";
import type { Open } from "../core/open.ts";
import { pathOf } from "../core/route.ts";
import { isUnread, isWaiting, type List, type Look, lookOf, type Summary } from "../core/rows.ts";
import type { Menus } from "../menu.ts";
import type { Shelf } from "../shelf.ts";
import { clock, contactName, times, words } from "../words.ts";
import { emptiness } from "./parts.ts";
import { type Account, accountMenu } from "./rail.ts";

const MOST_SHOWN = 120;

export interface ListOptions {
  readonly list: List;
  readonly open: Open | null;
  readonly me: Me;
  readonly menus: Menus;
  readonly account: Account;
  readonly shelf: Shelf;
  readonly draftOf: (conversation: string) => string;
  readonly serverNow: number;
  /** The end of the reply that is being written in the open conversation; "" if none is. */
  readonly tail: string;
  readonly hold: (isHeld: boolean) => void;
  readonly reorder: () => void;
}

export function list(options: ListOptions): TemplateResult {
  const { rows, changed, problem, isLoaded, hasMore } = options.list;
  const count = rows.filter(({ is_open }) => is_open).length;
  return html`<section class="list" aria-label=${words("conversations")}>
    <header class="list-top">
      <h2>${words("conversations")}</h2>
      <div class="only-s">${accountMenu("account-s", options.me, options.menus, options.account)}</div>
    </header>
    <div class="list-sub">
      ${
        changed > 0
          ? html`<button type="button" class="btn small" title=${words("changedMeans")} @click=${options.reorder}>
              ${words("changed", { n: changed })}
            </button>`
          : html`<span>${hasMore ? words("orderOfLatest", { n: rows.length }) : words("order")}</span>`
      }
      <span class="num">${isLoaded && !hasMore ? words("openCount", { n: count }) : nothing}</span>
    </div>
    ${problem === "" ? nothing : html`<p class="list-problem" role="status">${icon(icons.alert)}${problem}</p>`}
    ${rows.length > 0 ? rowsOf(options) : isLoaded ? emptiness(words("noList"), words("noListMeans")) : loading(problem)}
  </section>`;
}

function loading(problem: string): TemplateResult | typeof nothing {
  return problem === "" ? html`<p class="list-wait" role="status">${words("loadingList")}</p>` : nothing;
}

function rowsOf(options: ListOptions): TemplateResult {
  const { list, hold } = options;
  return html`<ul class="rows" tabindex="-1"
    @pointerenter=${(event: PointerEvent) => hold(event.pointerType !== "touch")}
    @pointerleave=${(event: PointerEvent) => hold(hasFocus(event))}
    @focusin=${(event: FocusEvent) => hold(hasFocus(event) || isWithin(event))} @focusout=${(event: FocusEvent) => hold(isWithin(event))}
    @keydown=${walk}
  >
    ${repeat(
      list.rows,
      ({ id }) => id,
      (summary) => row(summary, options),
    )}
  </ul>`;
}

function row(summary: Summary, { open, me, shelf, draftOf, serverNow, tail }: ListOptions): TemplateResult {
  const isCurrent = open?.id === summary.id;
  const seen = isCurrent ? live(summary, open.view.state) : summary;
  const look = lookOf(seen.holder, seen.is_open, me.id);
  const hasUnread = isUnread(seen, me.id, shelf.readUpTo(seen.id));
  const draft = draftOf(seen.id).trim();
  const isTold = isCurrent && look === "bot" && tail !== "";
  return html`<li class="rowc ${isCurrent ? "cur" : ""} ${hasUnread ? "unread" : ""}">
    ${lookMark(look, holderName(seen), 32, isTold)}
    <div class="grow">
      <div class="l">
        <a class="name" href=${pathOf(seen.id)} aria-describedby="about-${seen.id}" aria-current=${isCurrent ? "true" : nothing} data-id=${seen.id}><bdi>${contactName(seen.contact)}</bdi></a>
        ${hasUnread ? html`<span class="dot" aria-hidden="true"></span>` : nothing}
        ${when(seen.last_at)}
      </div>
      ${second(draft, isTold ? tail : "")}
      <div class="l" id="about-${seen.id}">
        ${who(seen, look, serverNow, isTold)}${hasUnread ? html`<span class="vh">${words("unread")}</span>` : nothing}
      </div>
    </div>
  </li>`;
}

/** A draft, or the live end of a reply: it is cut at its start, so that its last words are seen. */
function second(draft: string, tail: string): TemplateResult | typeof nothing {
  if (draft !== "") {
    const shown = html`<span class="draft">${words("draft")}</span> <bdi>${draft.slice(0, MOST_SHOWN)}</bdi>`;
    return html`<div class="l"><span class="pre">${shown}</span></div>`;
  }
  return tail === ""
    ? nothing
    : html`<div class="l tail" aria-hidden="true"><span class="pre"><bdi>${tail}</bdi></span></div>`;
}

/** The open conversation is followed: its row need not wait for the next reading. */
function live(summary: Summary, state: wire.StaffState | null): Summary {
  if (state === null) return summary;
  const { holder, is_open, asked } = state;
  return { ...summary, holder, is_open, asked: Math.max(asked, summary.asked) };
}

function when(at: number): TemplateResult {
  const isToday = times.dayOf(at) === times.dayOf(times.now());
  const iso = new Date(at).toISOString();
  return html`<time datetime=${iso} title=${times.full(at)}>${isToday ? times.time(at) : times.day(at)}</time>`;
}

function who(summary: Summary, look: Look, serverNow: number, isReplying: boolean): TemplateResult {
  if (isWaiting(summary)) {
    const waited = serverNow - summary.since;
    return html`<span class="who wait"><span aria-hidden="true">${words("isWaiting", { time: clock(waited) })}</span
      ><span class="vh">${words("isWaitingMeans", { time: times.minutes(waited) })}</span></span>`;
  }
  if (look === "closed") return html`<span class="who closed">${words("closed")}</span>`;
  if (isReplying) return html`<span class="who bot">${words.rich("isReplying", { name: holderName(summary) })}</span>`;
  const name = look === "you" ? words("you") : holderName(summary);
  return html`<span class="who ${look}"><bdi>${name}</bdi></span>`;
}

function holderName({ holder }: Summary): string {
  return holder.type === "nobody" ? "" : holder.name;
}

/** The holder's shape; a closed conversation has none, and shows a tick. */
export function lookMark(look: Look, name: string, size: number, isLive = false): TemplateResult {
  if (look === "closed") return html`<span class="mark shut s${size}" aria-hidden="true">${icon(icons.check)}</span>`;
  return mark(look, { name, size, isLive });
}

/** In the list arrows move from name to name; Enter opens, as everywhere. */
function walk(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const links = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("a.name")];
  const at = links.indexOf(event.target as HTMLElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at + step))];
  if (at === -1 || next === undefined) return;
  event.preventDefault();
  next.focus();
}

function hasFocus(event: Event): boolean {
  return (event.currentTarget as HTMLElement).querySelector(":focus-visible") !== null;
}

function isWithin(event: FocusEvent): boolean {
  const here = event.currentTarget as HTMLElement;
  return here.matches(":hover") || here.contains(event.relatedTarget as Node | null);
}
