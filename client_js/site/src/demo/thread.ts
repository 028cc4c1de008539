/**
 * A log on the screen. Staff see the control line: a stretch for each holder, whose pattern names the kind, and where
 * control changes hands one node and one sentence. Every word of a person becomes a text node, never markup.
 */

import type { wire } from "@intervene/client";
import { createDurations, createTimes, icon, icons, type Kind, mark as shape } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";

export type Words = TemplateResult | string | typeof nothing;

/** Who speaks or holds control; `kind` is `you`, `contact`, `bot`, `agent`, `nobody` or `system`. */
export interface Party {
  readonly kind: string;
  readonly id?: string;
  readonly name?: string;
}

/** Both audiences' events in one form. Which members are there depends on `kind`. */
export interface Item {
  readonly kind: string;
  readonly id: string;
  readonly at: number;
  readonly by: Party;
  readonly message?: string;
  readonly text?: string;
  readonly interrupted?: boolean;
  readonly edited?: boolean;
  readonly deleted?: boolean;
  readonly holder?: Party;
  readonly is_open?: boolean;
  readonly move?: string;
  readonly reason?: string;
  readonly epoch?: number;
}

/** What is a change of holder to one log, and how a party looks there. */
export interface Reader {
  readonly isStaff: boolean;
  look(party: Party, isOpen?: boolean): string;
  sentence(item: Item, before: Party): Words;
  receipt(epoch: number, from: Party): Words;
}

const NOBODY: Party = { kind: "nobody" };

export const party = ({ type, ...rest }: wire.Event["author"] | wire.Nobody): Party => ({ ...rest, kind: type });

export const ofContact = ({ id, at, event }: wire.ContactEvent): Item => ({ by: NOBODY, ...event, id, at });

export function ofStaff({ id, at, epoch, author, body }: wire.Event): Item {
  const item = { id, at, epoch, by: party(author), is_open: true };
  return body.kind === "control" ? { ...item, ...body, holder: party(body.holder) } : { ...item, ...body };
}

// -- the log ----------------------------------------------------------------------------------------------------------

/** All that is shown, oldest first. A reply stands where it began, also when somebody wrote before it was whole. */
export function thread(items: readonly Item[], stream: wire.OpenStream | null, reader: Reader): TemplateResult[] {
  const stretches: { opens: Words; receipt: Words; look: string; items: Item[] }[] = [
    { opens: nothing, receipt: nothing, look: "", items: [] },
  ];
  const whole = new Map(items.filter(({ kind }) => kind === "message").map((item) => [item.message, item]));
  const begun = new Set(items.filter(({ kind }) => kind === "message_started").map(({ message }) => message));
  let before = NOBODY;
  for (const item of items) {
    const last = stretches.at(-1) as (typeof stretches)[0];
    if (item.kind === "control" && item.holder) {
      const look = reader.look(item.holder, item.is_open);
      const opens = reader.isStaff ? turn(item, before, last.look, look, reader) : day(reader.sentence(item, before));
      const receipt = reader.receipt(item.epoch ?? 0, before);
      stretches.push({ opens, receipt, look, items: [] });
      before = item.holder;
    } else if (item.kind !== "message" || !begun.has(item.message)) {
      last.items.push(whole.get(item.message) ?? item);
      last.look ||= item.by.kind === "contact" || item.kind === "note" ? "" : reader.look(item.by);
    }
  }
  return stretches.map(({ opens, receipt, look, items }) => {
    const articles = items.map((item) => article(item, stream, reader));
    return reader.isStaff
      ? html`${opens}<section class="stretch" data-look=${look}>${receipt}${articles}</section>`
      : html`${opens}${articles}`;
  });
}

export const day = (words: Words): TemplateResult => html`<p class="day">${words}</p>`;

function turn(item: Item, before: Party, above: string, look: string, reader: Reader): TemplateResult {
  return html`<div class="turn"><i data-look=${above}></i><i data-look=${look}></i>
    <p>${reader.sentence(item, before)}</p>${mark(look, item.holder?.name, 20)}</div>`;
}

function article(item: Item, stream: wire.OpenStream | null, reader: Reader): Words {
  const { kind, by, interrupted = false, edited = false, deleted = false } = item;
  const text = deleted ? "This message was deleted" : (item.text ?? "");
  if (kind === "note") {
    return html`<article class="note"><p class="who">${icon(icons.note)}<span>${name(by)}, for colleagues</span>${time(item.at)}</p>
      <p dir="auto">${text}</p></article>`;
  }
  if (kind !== "message" && kind !== "message_started") return nothing;
  const look = reader.look(by);
  const side = (reader.isStaff ? look !== "contact" : look === "me") ? "out" : "in";
  const isBusiness = by.kind === "bot" || by.kind === "agent";
  const author = isBusiness ? html`<b>${name(by)}</b>` : nothing;
  const face = isBusiness ? mark(look, by.name, reader.isStaff ? 24 : 28) : nothing;
  if (kind === "message_started") {
    const words = stream && stream.message === item.message ? stream.text : "";
    // Spoken once, when it is whole.
    return html`<article class="msg ${side} live" data-look=${look}>${face}<div class="bub" dir="auto"
      aria-hidden="true">${words}<span class="caret"></span></div><p class="meta">${author}is writing<span class="dots"></span></p></article>`;
  }
  const cut = interrupted ? html`<span class="cut"></span>` : nothing;
  const flag = interrupted ? html`<span class="flag">${icon(icons.pause, { size: 14 })}Interrupted</span>` : nothing;
  const comment = interrupted && reader.isStaff ? "Nothing more was sent" : nothing;
  return html`<article class="msg ${side} ${interrupted ? "interrupted" : ""} ${deleted ? "deleted" : ""}" data-look=${look}>${face}<div class="bub"
    dir="auto">${text}${cut}</div><p class="meta">${flag}${comment}${author}${time(item.at)}${edited ? "Edited" : nothing}</p></article>`;
}

// -- small parts ------------------------------------------------------------------------------------------------------

/** One shape for each kind of holder; a closed conversation has one too. */
export function mark(look: string, of = "", size = 24): TemplateResult {
  if (look !== "shut") return shape(look as Kind, { name: of, size });
  return html`<span class="mark shut s${size}" aria-hidden="true">${icon(icons.check)}</span>`;
}

/** A name stands alone in its own direction. */
export const name = (of: Party | string): TemplateResult =>
  html`<bdi>${(typeof of === "string" ? of : of.name) || "Visitor"}</bdi>`;

const times = createTimes({ locale: navigator.language });

export const { duration } = createDurations(navigator.language);

/** How long somebody has been waiting: it counts up each second. */
export const clock = (ms: number): string =>
  `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

export const time = (at: number): TemplateResult =>
  html`<time datetime=${new Date(at).toISOString()}>${times.time(at)}</time>`;
