/** What the panel and the page of a contact have in common: channel ids, attributes, conversations. Templates, from data. */

import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { pathOf } from "../core/route.ts";
import { lookOf } from "../core/rows.ts";
import { nameOf } from "../core/settings.ts";
import { times } from "../words.ts";
import type { Editing } from "./editing.ts";
import { channelNamed, colleague, type Known, moment } from "./names.ts";
import { type AddressLine, type AttributeLine, type Block, canEdit, canRemove, type Past } from "./shapes.ts";
import type { Loaded } from "./source.ts";
import { said } from "./words.ts";

// -- channel ids -------------------------------------------------------------------------------------------------------

/** `more`: what can be done with an address, below it. */
export function addresses(
  lines: readonly AddressLine[],
  known: Known,
  more: (line: AddressLine) => TemplateResult | typeof nothing = () => nothing,
): TemplateResult {
  if (lines.length === 0) return html`<p class="muted">${said("noAddresses")}</p>`;
  return html`<ul class="chids">${lines.map((line) => html`<li>${address(line, known)}${more(line)}</li>`)}</ul>`;
}

function address(line: AddressLine, known: Known): TemplateResult {
  const facts = [
    line.here ? said("isHere") : "",
    line.vouched ? said("isVouched") : "",
    line.spent ? said("isSpent") : "",
  ].filter((fact) => fact !== "");
  const channel = channelNamed(line.channel, known);
  return html`<div class="chid">
    ${icon(icons.webchat)}<span class="vh">${channel}</span>
    <bdi class="clip num" dir=${line.kind === "phone" ? "ltr" : "auto"} title=${`${channel}: ${line.address}`}>${line.address}</bdi>
    ${facts.map((fact) => html`<small>${fact}</small>`)}
    ${line.block === null ? nothing : blocked(line.block)}
  </div>`;
}

function blocked({ until, why, channel }: Block): TemplateResult {
  const end = until === 0 ? said("blockedForGood") : said("blockedUntil", { time: moment(until) });
  return html`<p class="blocked"><span class="kind bad">${end}</span>
    ${channel === "" ? html` <small>${said("everywhere")}</small>` : nothing}
    ${why === "" ? nothing : html` <small dir="auto">${said.rich("blockedWhy", { why })}</small>`}</p>`;
}

// -- attributes --------------------------------------------------------------------------------------------------------

export interface AttributesOptions {
  readonly lines: readonly AttributeLine[];
  readonly known: Known;
  readonly editing: Editing;
  readonly set: (name: string, value: string | null) => Promise<unknown>;
}

const NEW = "attribute";

/** The heading's button, which opens the form below the list. */
export function addAttribute(editing: Editing): TemplateResult {
  const label = said("addAttribute");
  return html`<button type="button" class="icon" data-edits=${NEW} aria-label=${label} title=${label} @click=${() => editing.begin(NEW)}>
    ${icon(icons.plus)}
  </button>`;
}

export function attributes(options: AttributesOptions): TemplateResult {
  const { lines, editing, set } = options;
  const form = editing.is(NEW)
    ? editing.template({
        key: NEW,
        label: said("addAttribute"),
        value: "",
        isNew: true,
        save: (value, name) => set(name, value),
      })
    : nothing;
  if (lines.length === 0) return html`<p class="muted">${said("noAttributes")}</p>${form}`;
  return html`<dl class="kv">${lines.map((line) => attribute(line, options))}</dl>${form}`;
}

function attribute(line: AttributeLine, { known, editing, set }: AttributesOptions): TemplateResult {
  const { name, value, source } = line;
  const key = `${NEW} ${name}`;
  const edited = {
    key,
    label: said("edit", { name }),
    value,
    save: (given: string) => set(name, given === "" ? null : given),
    remove: canRemove(line) ? () => set(name, null) : undefined,
  };
  return html`<dt><bdi>${name}</bdi></dt>
    <dd>
      ${
        editing.is(key)
          ? editing.template(edited)
          : html`<div class="v">
              <bdi dir="auto" class="text">${value}</bdi>
              ${canEdit(line) ? pencil(key, edited.label, editing) : nothing}
            </div>
            <small>${source === "visitor" ? html`<span class="kind wait">${said("unverified")}</span> ` : nothing}${saidBy(line, known)}</small>`
      }
    </dd>`;
}

export function pencil(key: string, label: string, editing: Editing): TemplateResult {
  return html`<button type="button" class="icon" data-edits=${key} aria-label=${label} title=${label} @click=${() => editing.begin(key)}>
    ${icon(icons.pencil, { size: 14 })}
  </button>`;
}

function saidBy({ source, by, at }: AttributeLine, known: Known): TemplateResult {
  const time = moment(at);
  const sentence = {
    visitor: () => said.rich("byVisitor", { time }),
    bot: () => said.rich("byBot", { name: known.bots.get(by) ?? by, time }),
    staff: () => said.rich("byStaff", { name: colleague(by, known), time }),
    vouched: () => said.rich("byHost", { time }),
  }[source]();
  return html`<span title=${times.full(at)}>${sentence}</span>`;
}

// -- conversations -----------------------------------------------------------------------------------------------------

export function conversations(rows: readonly Past[], known: Known): TemplateResult {
  return html`<ul class="past">${rows.map((row) => conversation(row, known))}</ul>`;
}

/** When, where, and how it ended or who answers: its last line says what it was about. */
function conversation(row: Past, known: Known): TemplateResult {
  const { id, channel, last_at, last, rating = 0 } = row;
  const look = lookOf(row.holder, row.is_open, known.me.id);
  const name = row.holder.type === "nobody" ? "" : row.holder.name;
  return html`<li>
    ${mark(look, { name, size: 20 })}
    <div class="grow">
      <a class="clip" href=${pathOf("conversations", id)} dir="auto">${last?.text || channelNamed(channel, known)}</a>
      <small>${end(row, known)}${rating > 0 ? html` · <span title=${said("ratedMeans", { n: rating })}>${said("rated", { n: rating })}</span>` : nothing}</small>
    </div>
    <time datetime=${new Date(last_at).toISOString()} title=${times.full(last_at)}>${moment(last_at)}</time>
  </li>`;
}

function end({ holder, is_open, reason = "" }: Past, { me, settings }: Known): TemplateResult {
  const named = nameOf(settings.reasons, reason);
  const sentence = {
    bot: () => said.rich("answers", { name: "name" in holder ? holder.name : "" }),
    other: () => said.rich("answers", { name: "name" in holder ? holder.name : "" }),
    you: () => said.rich("youAnswer"),
    wait: () => said.rich("waits"),
    closed: () => (named === "" ? said.rich("closed") : said.rich("closedFor", { reason: named })),
  }[lookOf(holder, is_open, me.id)]();
  return html`${sentence}`;
}

// -- what is not there yet ---------------------------------------------------------------------------------------------

/** The states before something is there; null when it is. */
export function notYet<T>(
  loaded: Loaded<T>,
  sentences: { readonly loading: string; readonly failed: string },
  again: () => void,
): TemplateResult | null {
  if (loaded.kind === "here") return null;
  if (loaded.kind !== "failed") return html`<p class="muted">${sentences.loading}</p>`;
  return html`<p class="muted">${sentences.failed}. ${loaded.reason}</p>
    <button type="button" class="btn small" @click=${again}>${said("tryAgain")}</button>`;
}
