/** In the contact panel: what the conversation is filed under. Queue, status and tags are changed by its actions. */

import type { wire } from "@intervene/client";
import { html, nothing, type TemplateResult } from "lit";
import { type Editing, shownValue } from "../contacts/editing.ts";
import type { Known } from "../contacts/names.ts";
import { pencil } from "../contacts/sections.ts";
import { said } from "../contacts/words.ts";
import type { Me } from "../core/dock.ts";
import type { Open } from "../core/open.ts";
import { type FieldRow, inUse, nameOf, type StatusRow } from "../core/settings.ts";
import { statusTag } from "./ask.ts";

export interface CardOptions {
  readonly open: Open;
  readonly known: Known;
  readonly editing: Editing;
  readonly setField: (field: string, value: string) => Promise<unknown>;
}

export function card({ open, known, editing, setField }: CardOptions): TemplateResult | typeof nothing {
  const { state } = open.view;
  const { me } = known;
  if (state === null) return nothing;
  const { queues, statuses, fields } = known.settings;
  const { queue = "", status = "", tags = [], fields: values = {} } = state;
  const rows = [...inUse(fields), ...fields.filter(({ id, archived }) => archived && values[id] !== undefined)];
  return html`<section>
    <h3>${said("thisConversation")}</h3>
    <dl class="kv">
      ${line(said("queue"), nameOf(queues, queue) || queue)} ${statusLine(
        statuses.find(({ id }) => id === status),
        status,
      )}
      <dt>${said("tags")}</dt>
      <dd>${tags.length === 0 ? none(said("none")) : tags.map((tag) => html`<span class="kind"><bdi>${tag}</bdi></span> `)}</dd>
      ${rows.map((row) => field(row, values[row.id] ?? "", editing, mayFile(state, me) ? setField : null))}
    </dl>
  </section>`;
}

/** While a colleague holds control it is theirs to file, and that of who leads. */
export function mayFile({ holder }: wire.StaffState, { id, role }: Me): boolean {
  return role !== "agent" || holder.type !== "agent" || holder.id === id;
}

function line(label: string, value: string): TemplateResult {
  return html`<dt>${label}</dt>
    <dd>${value === "" ? none(said("none")) : html`<bdi class="text">${value}</bdi>`}</dd>`;
}

/** Of a status that is not known yet, its id. */
function statusLine(row: StatusRow | undefined, id: string): TemplateResult {
  if (row === undefined) return line(said("status"), id);
  return html`<dt>${said("status")}</dt>
    <dd class="v">${statusTag(row.colour)}<bdi class="text">${row.name}</bdi></dd>`;
}

function none(text: string): TemplateResult {
  return html`<span class="muted">${text}</span>`;
}

function field(
  { id, name, kind, choices }: FieldRow,
  value: string,
  editing: Editing,
  set: CardOptions["setField"] | null,
): TemplateResult {
  const key = `field ${id}`;
  const label = said("edit", { name });
  const type = kind === "choice" ? "text" : kind;
  const edited = { key, label, value, type, save: (given: string) => set?.(id, given) ?? Promise.resolve() };
  const shown =
    value === "" ? none(said("notSet")) : html`<bdi dir="auto" class="text">${shownValue(type, value)}</bdi>`;
  return html`<dt><bdi>${name}</bdi></dt>
    <dd>
      ${
        editing.is(key)
          ? editing.template(kind === "choice" ? { ...edited, choices } : edited)
          : html`<div class="v">${shown}${set === null ? nothing : pencil(key, label, editing)}</div>`
      }
    </dd>`;
}
