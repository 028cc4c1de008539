/** One message, note or typing sign as a template. Text becomes a text node: nothing in it is ever markup. */

import { html, nothing, type TemplateResult } from "lit";
import * as icons from "../icons.ts";
import { icon, mark } from "../mark.ts";
import type { Times } from "../times.ts";
import type { SharedWords } from "../words.ts";
import type { Failed, MessageItem, Speaker, TypingItem } from "./items.ts";

/** What a message needs beside its item. */
export interface Context {
  readonly words: SharedWords;
  readonly times: Times;
  /** Under a reply that was cut: "The bot stopped here" for contacts. */
  readonly interrupted: string;
  readonly onRetry?: (failed: Failed) => void;
  readonly onEdit?: (failed: Failed) => void;
  readonly onRemove?: (failed: Failed) => void;
}

/** A message's author in words: the name, or the kind where there is none. */
export function nameOf({ kind, name }: Speaker, words: SharedWords): string {
  if (name.trim() !== "") return name;
  if (kind === "you") return words("you");
  if (kind === "bot") return words("bot");
  if (kind === "contact") return words("contact");
  return words(kind === "other" ? "agent" : "nobody");
}

/** A message that is whole, or was cut. */
export function message(item: MessageItem, context: Context): TemplateResult {
  if (item.form === "streaming") return streaming(item, context);
  const { by, form, sending } = item;
  const text = item.amendment === "deleted" ? context.words("deleted") : item.text;
  return html`<article class="msg ${classes(item)} ${form} ${sending ?? ""} ${item.amendment ?? ""}" data-by=${by.kind}>
    ${markOf(item)}<span class="vh">${context.words.rich("saidBy", { name: nameOf(by, context.words) })}</span>
    ${
      form === "interrupted"
        ? html`<div class="bub" dir="auto">${text}<span class="cut" aria-hidden="true"></span></div>`
        : html`<div class="bub" dir="auto">${text}</div>`
    }
    ${item.hasMeta ? meta(item, context) : nothing}
  </article>`;
}

/**
 * A reply that is being written. It is hidden from screen readers, which get one sentence that does not change; what is
 * shown when it is complete is another element, so it is read once and whole.
 */
function streaming(item: MessageItem, { words }: Context): TemplateResult {
  return html`<article class="msg ${classes(item)} streaming" data-by=${item.by.kind} aria-hidden="true">
      ${markOf(item, true)}
      <div class="bub" dir="auto">${item.text}<span class="caret"></span></div>
      ${byline(item, words, words("isWriting", { name: nameOf(item.by, words) }))}
    </article>
    <p class="vh" aria-live="off">${words.rich("isWriting", { name: nameOf(item.by, words) })}</p>`;
}

/** Somebody writes and nothing can be read yet. */
export function typing({ by, isAtEnd }: TypingItem, words: SharedWords): TemplateResult {
  return html`<div class="msg ${isAtEnd ? "end" : "start"} first last typing" data-by=${by.kind}>
    ${by.kind === "contact" ? nothing : mark(by.kind, { name: by.name, size: 28, isLive: true })}
    <div class="bub" aria-hidden="true"><span class="dots"><i></i><i></i><i></i></span></div>
    <p class="meta" aria-live="off"><span>${words.rich("isWriting", { name: nameOf(by, words) })}</span></p>
  </div>`;
}

function classes({ isAtEnd, isFirst, isLast }: MessageItem): string {
  return `${isAtEnd ? "end" : "start"} ${isFirst ? "first" : ""} ${isLast ? "last" : ""}`;
}

function markOf({ by }: MessageItem, isLive = false): TemplateResult | typeof nothing {
  return by.kind === "contact" ? nothing : mark(by.kind, { name: by.name, size: 28, isLive });
}

function meta(item: MessageItem, context: Context): TemplateResult {
  const { words, times } = context;
  const flag =
    item.form === "interrupted"
      ? html`<span class="flag">${icon(icons.pause, { size: 14 })}${context.interrupted}</span>`
      : nothing;
  const edited = item.amendment === "edited" ? html`<span>${words("edited")}</span>` : nothing;
  return html`<div class="meta" aria-live="off">${flag}${byline(item, words)}${clock(item, times)}${edited}${state(item, context)}</div>`;
}

/** Whose it is: the word Bot stands beside every bot's name, and cannot be themed away. */
function byline({ by }: MessageItem, words: SharedWords, isDoing = ""): TemplateResult | typeof nothing {
  if (by.kind === "contact" || by.kind === "wait" || (by.kind === "you" && by.name === "")) return nothing;
  if (isDoing !== "") return html`<div class="meta"><span>${isDoing}</span>${kindOf(by, words)}</div>`;
  return html`<b><bdi>${nameOf(by, words)}</bdi></b>${kindOf(by, words)}`;
}

/** "Bot", in words; "Person" is for a header. */
function kindOf({ kind }: Speaker, words: SharedWords): TemplateResult | typeof nothing {
  return kind === "bot" ? html`<span class="kind bot">${words("bot")}</span>` : nothing;
}

/** When it was said; nothing for what was not sent yet. */
export function clock({ at, sending }: MessageItem, times: Times): TemplateResult | typeof nothing {
  if (sending === "kept" || sending === "sending" || sending === "failed") return nothing;
  return html`<time datetime=${new Date(at).toISOString()} title=${times.full(at)}>${times.time(at)}</time>`;
}

/** Where it is on its way, and what can be done if it failed. */
export function state(item: MessageItem, context: Context): TemplateResult | typeof nothing {
  const { sending, failed } = item;
  if (failed !== null) return notSent(failed, context);
  if (sending === null || sending === "failed") return nothing;
  return stateOf(SIGNS[sending], context.words(sending), sending);
}

const SIGNS = { kept: icons.clock, sending: icons.clock, sent: icons.check, read: icons.checks };

/** A sign and its words, which wrap together. */
function stateOf(sign: string, text: string, kind: string): TemplateResult {
  return html`<span class="state ${kind}">${icon(sign, { size: 14 })}<span>${text}</span></span>`;
}

function notSent(failed: Failed, { words, onRetry, onEdit, onRemove }: Context): TemplateResult {
  const button = (text: string, act?: (failed: Failed) => void) =>
    act ? html`<button type="button" class="link" @click=${() => act(failed)}>${text}</button>` : nothing;
  return html`${stateOf(icons.alert, words("notSent", { reason: reasonOf(failed.code, words) }), "fail")}
    ${failed.remedy === "retry" ? button(words("tryAgain"), onRetry) : nothing}
    ${failed.remedy === "edit" ? button(words("edit"), onEdit) : nothing}${button(words("remove"), onRemove)}`;
}

const REASONS = {
  too_old: "tooOld",
  too_late: "tooOld",
  too_long: "tooLong",
  bad_text: "notVisible",
  too_fast: "tooFast",
  too_many: "tooMany",
  queue_full: "tooMany",
  not_found: "notHere",
  forbidden: "notHere",
  other_account: "otherAccount",
} as const;

/** Why a message was not sent, in words, by the code of its error. */
export function reasonOf(code: string, words: SharedWords): string {
  return words(REASONS[code as keyof typeof REASONS] ?? "refused");
}
