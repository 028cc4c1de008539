/** The queues: where conversations wait, who serves them, and when. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { inUse, nameOf, type QueueRow, type Row } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import { series } from "../../../words.ts";
import type { Draft } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { lasting } from "../kit/lasting.ts";
import { Resource } from "../kit/resource.ts";
import { readRows, storeDraft } from "../kit/rows.ts";
import { RowsPage } from "../kit/rows-page.ts";
import { table } from "../kit/table.ts";
import { words as shared } from "../words.ts";
import { en } from "./en.ts";
import { BLANK, DEFAULT, limitsWith, type QueueValues, teamChanges, typed, valuesOf } from "./shapes.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

/** Names in the list of people: of more one is found by typing. */
const SHOWN = 60;

interface Team {
  readonly members: readonly string[];
}

class QueuesPage extends RowsPage<QueueRow, QueueValues> {
  protected override readonly words = words;
  protected override readonly path = "queues";
  protected override readonly saving = this.saves(Object.keys(BLANK));
  readonly #hours = new Resource<readonly Row[]>(this, () => readRows(this.parts.session.api, "hours"));
  #find = "";

  protected override label(member: keyof QueueValues): string {
    const labels = {
      name: "name",
      is_active: "isActive",
      visibility: "visibility",
      hours: "hours",
      absent_seconds: "absent",
      silent_seconds: "silent",
      away_message: "away",
      needs_reason: "reason",
      shows_place: "place",
      members: "members",
    } as const;
    return words(labels[member]);
  }

  protected override blank(): QueueValues {
    return BLANK;
  }

  protected override async read(row: QueueRow): Promise<QueueValues> {
    this.#find = "";
    const { members } = await this.parts.session.api.get<Team>(`/v1/queues/${encodeURIComponent(row.id)}/members`);
    return valuesOf(row, members);
  }

  protected override typed(entries: Readonly<Record<string, string>>, values: QueueValues): QueueValues {
    return typed(entries, values, this.draft?.id ?? "");
  }

  protected override problems({ name }: QueueValues): Readonly<Record<string, string>> {
    return name.trim() === "" ? { name: shared("missing") } : {};
  }

  /** The queue, then its team: that one goes by the version that the first has made. */
  protected override async store(draft: Draft<QueueValues>): Promise<void> {
    const { api } = this.parts.session;
    const { members, ...values } = draft.values;
    const { members: had, ...before } = draft.before;
    let row = await storeDraft<QueueRow>(api, this.path, { ...draft, before, values });
    if (row !== null) this.#stored(row, draft, had);
    let { id, version } = row ?? draft;
    for (const part of teamChanges(had, members)) {
      row = await api.send<QueueRow>("PATCH", `/v1/queues/${encodeURIComponent(id)}/members`, part, { version });
      ({ id, version } = row);
    }
    if (row !== null) this.replace(row);
  }

  /** If the team is refused after that, only the team is sent again. */
  #stored(row: QueueRow, draft: Draft<QueueValues>, had: readonly string[]): void {
    this.replace(row);
    this.draft = { ...draft, id: row.id, version: row.version, before: { ...draft.values, members: had } };
  }

  // -- the list --------------------------------------------------------------------------------------------------------

  protected override list(rows: readonly QueueRow[]): TemplateResult {
    const labels = [words("queue"), words("state"), words("who"), words("hours"), words("absence"), ""];
    return table({
      label: words("heading"),
      columns: labels.map((label) => ({ label })),
      rows: rows.map((row) => [
        html`<span class="row"><span class="mark queue s20">${icon(icons.tray)}</span><span class="named">${this.opener(row)}
          ${row.id === DEFAULT ? html`<span class="pill">${words("default")}</span>` : nothing}</span></span>`,
        html`<span class="pill ${row.is_active ? "good" : ""}">${words(row.is_active ? "active" : "inactive")}</span>`,
        html`<span class="keep">${this.#who(row)}</span>`,
        html`<bdi>${this.#hoursOf(row)}</bdi>`,
        html`<span class="keep">${this.#absence(row)}</span>`,
        this.#more(row),
      ]),
    });
  }

  #who({ id }: QueueRow): string {
    const n = this.parts.session.settings.get().people.filter(({ queues }) => queues.includes(id)).length;
    return n === 0 ? words("nobody") : words("people", { n });
  }

  #absence({ absent_seconds: seconds }: QueueRow): string {
    return seconds === 0 ? words("stays") : words("backAfter", { time: duration(seconds) });
  }

  #hoursOf({ hours }: QueueRow): string {
    return hours === "" ? words("always") : nameOf(this.#hours.value ?? [], hours);
  }

  #more(row: QueueRow): TemplateResult | typeof nothing {
    const { name, is_active: isActive, id } = row;
    const toggle = {
      label: words(isActive ? "deactivate" : "activate"),
      meaning: "",
      icon: icon(isActive ? icons.pause : icons.check),
      act: () =>
        void this.change(row, { is_active: !isActive }, words(isActive ? "wasDeactivated" : "wasActivated", { name })),
    };
    return this.more(row, id === DEFAULT ? [] : [toggle], id === DEFAULT);
  }

  protected override removal({ id }: Row): readonly string[] {
    const channels = inUse(this.parts.session.settings.get().channels).filter(({ queue }) => queue === id);
    if (channels.length === 0) return [words("removal")];
    return [words("removal"), words("removalChannels", { channels: series(channels.map(({ name }) => name)) })];
  }

  // -- the form --------------------------------------------------------------------------------------------------------

  protected override fields(draft: Draft<QueueValues>): TemplateResult {
    const { values } = draft;
    const problem = (name: keyof QueueValues) => this.saving.of(name);
    return html`
      ${fields.text({ name: "name", label: words("name"), value: values.name, maxLength: 80, problem: problem("name"), isRequired: true })}
      ${
        draft.id === DEFAULT
          ? html`<p class="banner quiet">${icon(icons.info)}<span>${words("isDefault")}</span></p>`
          : fields.check({
              name: "is_active",
              label: words("isActive"),
              hint: words("isActiveHint"),
              isOn: values.is_active,
            })
      }
      ${fields.choices({
        name: "visibility",
        label: words("visibility"),
        value: values.visibility,
        problem: problem("visibility"),
        choices: [
          { value: "team", label: words("team"), meaning: words("teamMeans") },
          { value: "holder", label: words("holder"), meaning: words("holderMeans") },
        ],
      })}
      ${this.#opening(values)}
      ${fields.area({ name: "away_message", label: words("away"), hint: words("awayHint"), value: values.away_message, rows: 3, maxLength: 4096, problem: problem("away_message") })}
      ${this.#limit("absent_seconds", words("absent"), values)} ${this.#limit("silent_seconds", words("silent"), values)}
      ${fields.check({ name: "needs_reason", label: words("reason"), hint: words("reasonHint"), isOn: values.needs_reason })}
      ${fields.check({ name: "shows_place", label: words("place"), hint: words("placeHint"), isOn: values.shows_place })}
      ${this.#team(draft)}`;
  }

  #opening({ hours }: QueueValues): TemplateResult {
    const all = (this.#hours.value ?? []).filter(({ id, archived }) => !archived || id === hours);
    const choices = [{ value: "", label: words("always") }, ...all.map(({ id, name }) => ({ value: id, label: name }))];
    const options = { label: words("hours"), hint: words("hoursHint"), problem: this.saving.of("hours") };
    return fields.select({ ...options, name: "hours", value: hours, choices });
  }

  #limit(name: "absent_seconds" | "silent_seconds", label: string, values: QueueValues): TemplateResult {
    const choices = limitsWith(values[name]).map((seconds) => ({
      value: String(seconds),
      label: seconds === 0 ? words("never") : words("backHere", { time: duration(seconds) }),
    }));
    return fields.select({ name, label, value: String(values[name]), choices, problem: this.saving.of(name) });
  }

  #team({ id, values: { members } }: Draft<QueueValues>): TemplateResult {
    const { people } = this.parts.session.settings.get();
    const found = people.filter(({ name }) => name.toLocaleLowerCase().includes(this.#find.toLocaleLowerCase()));
    const shown = found.slice(0, SHOWN);
    return html`<fieldset class="field" aria-describedby="members-hint">
      <legend>${words("members")}</legend>
      <small id="members-hint">${words("membersHint")} ${id === DEFAULT ? words("defaultMembers") : ""}</small>
      ${people.length > 12 ? this.#finder() : nothing}
      <ul class="people">${shown.map((person) => this.#person(person, members))}</ul>
      ${found.length > shown.length ? html`<small>${words("moreOf", { n: found.length - shown.length })}</small>` : nothing}
    </fieldset>`;
  }

  #finder(): TemplateResult {
    const input = (event: InputEvent) => {
      event.stopPropagation();
      this.#find = (event.target as HTMLInputElement).value;
      this.requestUpdate();
    };
    const label = words("find");
    return html`<input class="input" type="search" aria-label=${label} placeholder=${label} .value=${this.#find} autocomplete="off" dir="auto" @input=${input} />`;
  }

  #person({ id, name }: { readonly id: string; readonly name: string }, members: readonly string[]): TemplateResult {
    const isIn = members.includes(id);
    const toggle = () =>
      this.become({ members: isIn ? members.filter((each) => each !== id) : [...members, id].sort() });
    return html`<li><label class="choice"><input type="checkbox" .checked=${isIn} @change=${toggle} /><bdi>${name}</bdi></label></li>`;
  }
}

function duration(seconds: number): string {
  return lasting(seconds, words.locale);
}

customElements.define("intervene-settings-queues", QueuesPage);
