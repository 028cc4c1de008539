/** What only staff see in a thread: how control moved, and the receipt of a takeover. */

import type { wire } from "@intervene/client";
import { html, nothing, type TemplateResult } from "lit";
import * as icons from "../icons.ts";
import { icon } from "../mark.ts";
import type { Durations } from "../times.ts";
import { staff } from "../words/staff.ts";
import { createWords, type SharedWords, type Words } from "../words.ts";
import type { Sentence } from "./handover.ts";
import type { HandoverItem, MessageItem } from "./items.ts";
import { type Context, clock, nameOf, state } from "./message.ts";

export type StaffWords = Words<typeof staff>;

/** English. */
export function staffWords(): StaffWords {
  return createWords<typeof staff>("en", staff);
}

/** In the language of `locale` if there are words of it: Arabic is loaded, and any other is English. */
export async function loadStaffWords(locale: string): Promise<StaffWords> {
  if (!/^ar\b/.test(locale)) return staffWords();
  return createWords<typeof staff>(locale, (await import("../words/staff-ar.ts")).words);
}

/** How staff read a change of holder. `replyIn`: how long it took until one could reply, where that is known. */
export function staffSentence(item: HandoverItem, words: SharedWords, staff: StaffWords, replyIn = ""): Sentence {
  const to = nameOf(item.to, words);
  const from = item.from === null ? words("nobody") : nameOf(item.from, words);
  const by = item.by === null || item.by.kind === "wait" ? staff("someone") : nameOf(item.by, words);
  switch (item.move) {
    case "intervene": {
      const isFree = item.above === "wait" || item.above === null;
      const title = isFree ? staff.both("pickedUp", { by }) : staff.both("tookOver", { by, from });
      return { title, more: replyIn === "" ? undefined : staff.both("replyIn", { duration: replyIn }) };
    }
    case "hand_back":
      return { title: staff.both("handedBack", { by, to }), more: told(item, staff) ?? staff.both("newRun") };
    case "release":
      return { title: staff.both("letGo", { by }), more: why(item, staff) ?? staff.both("nobodyAnswers") };
    case "assign":
      return { title: staff.both("assigned", { by, to }) };
    case "transfer": {
      const title = item.queue ? staff.both("moved", { by, queue: item.queue }) : staff.both("transferred", { by });
      return { title, more: staff.both("nobodyAnswers") };
    }
    case "lapse":
      return { title: staff.both("lapsed", { from }), more: staff.both("nobodyAnswers") };
    case "ask": {
      const isOfProduct = item.by?.kind === "wait";
      return {
        title: isOfProduct ? staff.both("failed", { from }) : staff.both("askedForPerson", { by }),
        more: staff.both("nobodyAnswers"),
      };
    }
    case "finish":
      return { title: staff.both("finished", { from }), more: staff.both("nobodyAnswers") };
    case "close":
      return { title: staff.both("closedBy", { by }) };
    case "reopen":
      return {
        title: item.by?.kind === "contact" ? staff.both("wroteAgain", { by }) : staff.both("reopenedBy", { by }),
      };
    default:
      return { title: staff.both("started", { to }), more: told(item, staff) };
  }
}

function why({ reason }: HandoverItem, staff: StaffWords): Sentence["more"] {
  return reason === "" ? undefined : staff.both("because", { reason });
}

/** What a bot is told by whoever gave it the conversation. */
function told({ reason }: HandoverItem, staff: StaffWords): Sentence["more"] {
  return reason === "" ? undefined : staff.both("told", { reason });
}

/**
 * A takeover's times as they become known. What is not known yet is "…", never a guess. `above`: who held control before;
 * where that was no bot, none was stopped.
 */
export function receipt(
  at: wire.TakeoverTimes,
  staff: StaffWords,
  times: Durations,
  { above }: Pick<HandoverItem, "above">,
): TemplateResult {
  const { committed_ms, seen = 0, seen_ms = -1, bot_stopped_ms = -1 } = at;
  const part = (milliseconds: number, name: unknown) =>
    html`<li><b>${milliseconds < 0 ? "…" : times.duration(milliseconds)}</b><span>${name}</span></li>`;
  return html`<ul class="receipt" aria-label=${staff("receipt")}>
    ${part(committed_ms, staff("fenced"))}${part(seen > 0 ? seen_ms : -1, staff("seenBy", { n: seen }))}${above === "bot" ? part(bot_stopped_ms, staff("stopped")) : nothing}
  </ul>`;
}

/** A private message among staff: a page with a folded corner. `text`: its text, with mentions marked. */
export function note(
  item: MessageItem,
  staff: StaffWords,
  context: Context,
  text: (plain: string) => unknown = (plain) => plain,
): TemplateResult {
  const { words, times } = context;
  return html`<article class="memo ${item.sending ?? ""}" data-by=${item.by.kind}>
    <header class="who">${icon(icons.note)}<bdi>${nameOf(item.by, words)}</bdi><span>${staff("note")}</span>${clock(item, times)}</header>
    <p dir="auto">${text(item.text)}</p>
    ${item.sending === null || item.sending === "sent" ? nothing : html`<p class="meta" aria-live="off">${state(item, context)}</p>`}
  </article>`;
}
