/** The thread: a log of keyed items, each rendered again only when it changed. */

import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Times } from "../times.ts";
import type { SharedWords } from "../words.ts";
import { handover, type Sentence } from "./handover.ts";
import type { HandoverItem, Item, MessageItem } from "./items.ts";
import { type Context, message, typing } from "./message.ts";

export interface ThreadOptions extends Context {
  readonly items: readonly Item[];
  /** `widget`: marks beside the bubbles. `desk`: marks on the control line. */
  readonly look: "widget" | "desk";
  /** Events up to this number were here when the thread came into view: they are history and never announced. */
  readonly liveFrom: number;
  /** Older messages are on their way. */
  readonly isLoading: boolean;
  readonly sentence: (item: HandoverItem) => Sentence;
  /** Below a handover: its receipt (desk). `version` has what it depends on. */
  readonly receipt?: ((item: HandoverItem) => TemplateResult | typeof nothing) | undefined;
  /** A row is rendered again when its item changes, or this of it. */
  readonly version?: (item: Item) => unknown;
  /** A private note (desk): `note`. */
  readonly note?: (item: MessageItem) => TemplateResult;
  /** Beside a message: what can be done with it (desk). `version` has what it depends on. */
  readonly acts?: ((item: MessageItem) => TemplateResult | typeof nothing) | undefined;
  /** Above the first message: what is older, or that it begins here. */
  readonly head?: TemplateResult | typeof nothing;
}

/** Those before them the browser neither lays out nor paints while they are not on the screen. */
const NEWEST = 30;

/** The scroller: `ReadingPosition` finds it as `.log`. */
export function thread(options: ThreadOptions): TemplateResult {
  const { items, look, words, times, isLoading, version, liveFrom } = options;
  const today = times.dayOf(times.now()); // "Today" is another day after midnight
  return html`<div class="log ${look}" role="log" aria-label=${words("messages")} aria-busy=${isLoading} aria-relevant="additions" tabindex="0">
    <div class="log-in">
      ${options.head ?? nothing}
      ${repeat(
        items,
        (item) => item.key,
        (item, index) => {
          const isOld = index < items.length - NEWEST;
          const changes = [item, words, version?.(item), liveFrom, item.type === "day" && today, isOld];
          return guard(changes, () => row(item, isOld, options));
        },
      )}
    </div>
  </div>`;
}

/** One item across the whole width, with its piece of the control line. */
function row(item: Item, isOld: boolean, options: ThreadOptions): TemplateResult {
  const isSpoken = item.type === "message" && item.by.kind !== "you" && item.n > options.liveFrom;
  const above = item.type === "handover" ? item.above : item.line;
  const place = item.type === "message" && item.hasMeta ? "last" : "";
  return html`<div
    class="item ${item.type} ${place} ${isOld ? "old" : ""}"
    data-key=${item.key}
    data-above=${above ?? "none"}
    data-line=${item.line ?? "none"}
    aria-live=${isSpoken ? nothing : "off"}
  >${inside(item, options)}</div>`;
}

function inside(item: Item, options: ThreadOptions): TemplateResult {
  const { words, times } = options;
  switch (item.type) {
    case "day":
      return daySeparator(item.at, times);
    case "unread":
      return html`<div class="new"><span>${words("newHere", { n: item.count })}</span></div>`;
    case "handover":
      return html`${handover(item, options.sentence(item), options.look === "desk" ? 20 : 40)}${options.receipt?.(item) ?? nothing}`;
    case "typing":
      return typing(item, words);
    case "note":
      return options.note?.(item) ?? html``;
    case "message":
      return options.acts === undefined ? message(item, options) : html`${message(item, options)}${options.acts(item)}`;
  }
}

function daySeparator(at: number, times: Times): TemplateResult {
  return html`<div class="day"><time datetime=${times.dayOf(at)}>${times.day(at)}</time></div>`;
}

/** The button that brings one down to what is new, or just down; nothing at the end. */
export function toNewest(
  words: SharedWords,
  { isAtEnd, count, onClick }: { readonly isAtEnd: boolean; readonly count: number; readonly onClick: () => void },
): TemplateResult | typeof nothing {
  if (isAtEnd) return nothing;
  return html`<button type="button" class="newest" @click=${onClick} aria-label=${count > 0 ? nothing : words("toEnd")}>
    ${count > 0 ? words("toNewest", { n: count }) : nothing}<span aria-hidden="true">↓</span>
  </button>`;
}
