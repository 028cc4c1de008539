/** The widget's own parts as templates: launcher, preview, header, the way to a person, the connection. */

import { banner, icon, icons, mark, type SharedWords, spaced } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Notice } from "./connection.ts";
import { type Holder, kindOf, nameOf } from "./holder.ts";
import type { Asking } from "./session.ts";
import type { Unread } from "./unread.ts";

type Nothing = typeof nothing;

/** The word beside a name: Bot or Person. */
export function badge(kind: string, text: string): TemplateResult | Nothing {
  return text ? html`<span class="kind ${kind}">${text}</span>` : nothing;
}

export interface LauncherOptions {
  readonly words: SharedWords;
  readonly unread: Unread;
  /** The newest message is shown beside the launcher. */
  readonly isPeeking: boolean;
  readonly onOpen: () => void;
  readonly onDismiss: () => void;
}

export function launcher({ words, unread, isPeeking, onOpen, onDismiss }: LauncherOptions): TemplateResult {
  const { count, latest } = unread;
  const label = count > 0 ? words("openUnread", { n: count }) : words("open");
  return html`<div class="corner">
    ${isPeeking && latest ? peek(latest, words, onOpen, onDismiss) : nothing}
    <button class="launch" aria-label=${label} @click=${onOpen}>
      ${icon(icons.chats, { size: 26 })}${count > 0 ? html`<span class="count" aria-hidden="true">${count > 99 ? "99+" : count}</span>` : nothing}
    </button>
  </div>`;
}

function peek(
  { by, text }: NonNullable<Unread["latest"]>,
  words: SharedWords,
  onOpen: () => void,
  onDismiss: () => void,
): TemplateResult {
  const [kind, name] = [kindOf(by), nameOf(by, words)];
  return html`<div class="peek">
    <button class="what" @click=${onOpen}>
      ${mark(kind, { name, size: 32 })}
      <span class="by"><bdi>${name}</bdi>${badge(kind, words(kind === "bot" ? "bot" : "person"))}</span>
      <span class="text" dir="auto">${text}</span>
    </button>
    <button class="icon" aria-label=${words("dismiss")} @click=${onDismiss}>${icon(icons.x, { size: 14 })}</button>
  </div>`;
}

export function header(holder: Holder, words: SharedWords, isLive: boolean, onClose: () => void): TemplateResult {
  const { kind, title, badge: word, more } = holder;
  const live = kind === "wait" ? "polite" : "off"; // a place in line; who answers is said elsewhere
  return html`<header class="top">
    ${mark(kind, { name: title, size: 40, isLive })}
    <div class="names">
      <h2 id="title"><bdi>${title}</bdi></h2>
      <div class="sub">${badge(kind, word)}<span aria-live=${live}>${more}</span></div>
    </div>
    <button class="icon" aria-label=${words("close")} @click=${onClose}>${icon(icons.down, { size: 18 })}</button>
  </header>`;
}

/** "Rather talk to a person?": in view while one can be asked for; it says itself that one was. */
export function ask(asking: Asking | "hidden", words: SharedWords, onAsk: () => void): TemplateResult | Nothing {
  if (asking === "hidden") return nothing;
  const said =
    asking === "asked"
      ? html`<span>${words("asked")}</span>`
      : html`<span>${words("ratherPerson")}</span><b>${words(asking === "asking" ? "asking" : "askForOne")}</b>`;
  // Not `disabled`, which would take the focus away from whoever has just pressed it.
  return html`<button class="ask" aria-disabled=${asking === "no" ? "false" : "true"} @click=${onAsk}>
    ${icon(asking === "asked" ? icons.check : icons.user)}${said}
  </button>`;
}

/** What is said of a change, or "": plain text without the seconds, which a live region must not count. */
export function spokenNotice(before: Notice, { kind }: Notice, words: SharedWords): string {
  if (kind === before.kind) return "";
  return words(kind === "none" ? "back" : kind);
}

export function connectionBanner(notice: Notice, words: SharedWords, onTry: () => void): TemplateResult | Nothing {
  if (notice.kind === "none") return nothing;
  const retryIn = "retryIn" in notice ? notice.retryIn : null;
  const text = retryIn === null ? words(notice.kind) : countdown(notice.kind, retryIn, words);
  const canTry = notice.kind !== "ended";
  return banner({ text, icon: icons.off, actions: canTry ? [{ text: words("tryNow"), onClick: onTry }] : [] });
}

function countdown(kind: Notice["kind"], retryIn: number, words: SharedWords) {
  const seconds = Math.max(1, Math.ceil(retryIn / 1000));
  const format = new Intl.NumberFormat(words.locale, { style: "unit", unit: "second", unitDisplay: "narrow" });
  return words.rich(kind === "offline" ? "offlineRetry" : "noAnswerRetry", { duration: spaced(format, seconds) });
}
