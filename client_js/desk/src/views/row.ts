/** One row of the list: who answers now, what was said last, and what is set. The name is the link, and covers the row. */

import type { wire } from "@intervene/client";
import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Me } from "../core/dock.ts";
import { colourOf, type Filter } from "../core/lists.ts";
import { pathOf } from "../core/route.ts";
import { isUnread, isWaiting, type List, type Look, lookOf } from "../core/rows.ts";
import { nameOf, type Snapshot } from "../core/settings.ts";
import { clock, contactName, times, words } from "../words.ts";

const MOST_SHOWN = 120;

export interface RowOptions {
  readonly list: List;
  readonly me: Me;
  readonly settings: Snapshot;
  readonly filter: Filter;
  /** The conversation that is open; null for none. */
  readonly openId: string | null;
  readonly draftOf: (conversation: string) => string;
  readonly serverNow: number;
  /** Those that are selected, and why something was not done with some. */
  readonly selected: ReadonlySet<string>;
  readonly refusals: ReadonlyMap<string, string>;
}

export interface RowPlace {
  /** It is the row that Tab leads to. */
  readonly isStop: boolean;
}

/** What stands in an `li` of its own. */
export function rowOf(row: wire.Row, options: RowOptions, { isStop }: RowPlace): TemplateResult {
  const { list, me, filter, openId } = options;
  const look = lookOf(row.holder, row.is_open, me.id);
  const tail = look === "bot" && !list.gone.has(row.id) ? (list.tails.get(row.id) ?? "") : "";
  const isNew = isUnread(row, me.id, list.read.get(row.id) ?? 0);
  const isCurrent = openId === row.id;
  return html`${lookMark(look, holderName(row), 32, tail !== "")}
    <div class="grow">
      <div class="l">
        <a class="name" href=${pathOf("conversations", row.id, filter)} tabindex=${isStop ? 0 : -1} aria-describedby="about-${row.id}" aria-current=${isCurrent ? "true" : nothing} data-id=${row.id}><bdi>${contactName(row.contact)}</bdi></a>
        ${icon(icons.webchat, { size: 14 })}<span class="vh">${channelOf(row, options.settings)}</span>
        ${when(row.last_at)}
      </div>
      <div class="l">${second(row, options, tail)}${isNew ? html`<span class="dot" aria-hidden="true"></span>` : nothing}</div>
      <div class="l" id="about-${row.id}">
        ${state(row, options, look, tail !== "")}
        ${isNew ? html`<span class="vh">${words("unread")}</span>` : nothing}${labels(row, options)}
      </div>
    </div>`;
}

/** A draft, the live end of a reply, or what was said last. A tail is cut at its start, so that its last words are seen. */
function second({ id, last }: wire.Row, { draftOf, me }: RowOptions, tail: string) {
  const draft = draftOf(id).trim();
  if (draft !== "") {
    return html`<span class="by draft">${words("draft")} </span><span class="pre" dir="auto">${draft.slice(0, MOST_SHOWN)}</span>`;
  }
  if (tail !== "") {
    return html`<span class="tail" aria-hidden="true" dir="auto"><span class="pre">${tail}</span><i class="caret"></i></span>`;
  }
  if (last == null || last.text === "") return html`<span class="pre"></span>`;
  const by = authorOf(last, me.id);
  const said = html`<span class="pre" dir="auto">${last.text.slice(0, MOST_SHOWN)}</span>`;
  return by === "" ? said : html`<span class="by"><bdi>${by}</bdi>: </span>${said}`;
}

/** What stands before the last line: nothing before the customer's, and before what the product says by itself. */
export function authorOf({ by, id, name = "" }: wire.LastLine, me: string): string {
  if (by !== "agent" && by !== "bot") return "";
  return by === "agent" && id === me ? words("you") : name || words(by === "bot" ? "aBot" : "staff");
}

/** Why something was not done with it, that it has left the list, or else who answers now. */
function state(
  row: wire.Row,
  { list, refusals, serverNow }: RowOptions,
  look: Look,
  isReplying: boolean,
): TemplateResult {
  const refusal = refusals.get(row.id);
  if (refusal !== undefined) return html`<span class="who bad" title=${refusal}>${refusal}</span>`;
  if (list.gone.has(row.id)) return html`<span class="who closed">${words("isGone")}</span>`;
  return who(row, look, serverNow, isReplying);
}

function when(at: number): TemplateResult {
  const isToday = times.dayOf(at) === times.dayOf(times.now());
  const iso = new Date(at).toISOString();
  return html`<time datetime=${iso} title=${times.full(at)}>${isToday ? times.time(at) : times.day(at)}</time>`;
}

function who(row: wire.Row, look: Look, serverNow: number, isReplying: boolean): TemplateResult {
  if (isWaiting(row)) {
    const waited = serverNow - (row.waiting_since || row.since);
    return html`<span class="who wait"><span aria-hidden="true">${words("isWaiting", { time: clock(waited) })}</span
      ><span class="vh">${words("isWaitingMeans", { time: times.minutes(waited) })}</span></span>`;
  }
  if (look === "closed") return html`<span class="who closed">${words("closed")}</span>`;
  if (isReplying) return html`<span class="who bot">${words.rich("isReplying", { name: holderName(row) })}</span>`;
  const name = look === "you" ? words("you") : holderName(row);
  return html`<span class="who ${look}"><bdi>${name}</bdi></span>`;
}

/** The queue, where others are listed beside it, and the status. */
function labels({ queue, status = "" }: wire.Row, { filter, settings }: RowOptions): TemplateResult | typeof nothing {
  const inQueue = filter.queue === "" && settings.queues.length > 1 ? nameOf(settings.queues, queue) : "";
  const set = settings.statuses.find(({ id }) => id === status);
  if (inQueue === "" && set === undefined) return nothing;
  return html`<span class="labels">
    ${inQueue === "" ? nothing : html`<span class="label">${icon(icons.tray, { size: 12 })}<bdi>${inQueue}</bdi></span>`}
    ${set === undefined ? nothing : html`<span class="label of-${colourOf(set.colour)}">${icon(icons.tag, { size: 12 })}<bdi>${set.name}</bdi></span>`}
  </span>`;
}

function channelOf({ channel }: wire.Row, { channels }: Snapshot): string {
  return nameOf(channels, channel) || (channel === "webchat" ? words("webchat") : channel);
}

function holderName({ holder }: wire.Row): string {
  return holder.type === "nobody" ? "" : holder.name;
}

/** The holder's shape; a closed conversation has none, and shows a tick. */
export function lookMark(look: Look, name: string, size: number, isLive = false): TemplateResult {
  return mark(look, { name, size, isLive });
}
