/** The web chat's channels: what pages get, and how the chat looks there. */

import { icon, icons } from "@intervene/ui";
import { html, type PropertyValues, type TemplateResult } from "lit";
import { type ChannelRow, inUse, nameOf, type Row } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import type { Draft } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { lasting } from "../kit/lasting.ts";
import { Resource } from "../kit/resource.ts";
import { readRows } from "../kit/rows.ts";
import { RowsPage } from "../kit/rows-page.ts";
import { table } from "../kit/table.ts";
import { words as shared } from "../words.ts";
import { en } from "./en.ts";
import { Look } from "./look.ts";
import { BLANK, type ChannelValues, NO_BOT, OTHER, toSend, typed, valuesOf } from "./shapes.ts";
import { lookStyles } from "./styles.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const REOPEN = [1, 8, 24, 72, 168, 720];

class WebchatPage extends RowsPage<ChannelRow, ChannelValues> {
  static override styles = [...RowsPage.styles, lookStyles];

  protected override readonly words = words;
  protected override readonly path = "channels";
  protected override readonly saving = this.saves(Object.keys(BLANK));
  readonly #hours = new Resource<readonly Row[]>(this, () => readRows(this.parts.session.api, "hours"));
  readonly #look = new Look(this, () => this.parts.announcer);

  protected override label(member: keyof ChannelValues): string {
    return member === "reopen_hours" ? words("reopen") : words(member);
  }

  protected override blank(): ChannelValues {
    return BLANK;
  }

  protected override read(row: ChannelRow): ChannelValues {
    return valuesOf(row);
  }

  protected override typed(entries: Readonly<Record<string, string>>, values: ChannelValues): ChannelValues {
    return typed(entries, values);
  }

  protected override problems({ name, bot }: ChannelValues): Readonly<Record<string, string>> {
    return {
      ...(name.trim() === "" && { name: shared("missing") }),
      ...(bot === OTHER && { bot: shared("missing") }),
    };
  }

  protected override store(draft: Draft<ChannelValues>): Promise<void> {
    return super.store({ ...draft, values: toSend(draft.values) });
  }

  // -- the list --------------------------------------------------------------------------------------------------------

  protected override list(rows: readonly ChannelRow[]): TemplateResult {
    const { queues } = this.parts.session.settings.get();
    const labels = [words("channel"), words("bot"), words("queue"), words("hours"), words("origins"), ""];
    return table({
      label: words("heading"),
      columns: labels.map((label) => ({ label })),
      rows: rows.map((row) => [
        html`<span class="row"><span class="mark queue s20">${icon(icons.webchat)}</span>${this.opener(row)}</span>`,
        html`<bdi>${row.bot === "" ? words("ownBot") : row.bot === NO_BOT ? words("noBot") : row.bot}</bdi>`,
        html`<bdi>${row.queue === "" ? words("defaultQueue") : nameOf(queues, row.queue)}</bdi>`,
        html`<bdi>${row.hours === "" ? words("always") : nameOf(this.#hours.value ?? [], row.hours)}</bdi>`,
        row.origins.length === 0 ? words("serverOnly") : words("everyPage", { n: row.origins.length }),
        this.more(row),
      ]),
    });
  }

  // -- the form --------------------------------------------------------------------------------------------------------

  protected override editor(draft: Draft<ChannelValues>): TemplateResult {
    return html`${super.editor(draft)} ${draft.id === "" ? "" : this.#look.template(draft.id, draft.values.greeting)}`;
  }

  protected override fields({ values }: Draft<ChannelValues>): TemplateResult {
    const problem = (name: keyof ChannelValues) => this.saving.of(name);
    const { queues } = this.parts.session.settings.get();
    return html`
      ${fields.text({ name: "name", label: words("name"), hint: words("nameHint"), value: values.name, maxLength: 80, problem: problem("name"), isRequired: true })}
      ${fields.area({ name: "greeting", label: words("greeting"), hint: words("greetingHint"), value: values.greeting, rows: 2, maxLength: 4096, problem: problem("greeting") })}
      ${this.#bot(values)}
      ${this.#choice("queue", words("defaultQueue"), inUse(queues), values)}
      ${this.#choice(
        "hours",
        words("always"),
        (this.#hours.value ?? []).filter(({ archived }) => !archived),
        values,
        words("hoursHint"),
      )}
      ${fields.area({ name: "origins", label: words("origins"), hint: words("originsHint"), value: values.origins.join("\n"), rows: 3, problem: problem("origins") })}
      ${this.#reopening(values)}`;
  }

  #bot({ bot }: ChannelValues): TemplateResult {
    const isOther = bot !== "" && bot !== NO_BOT;
    const choices = [
      { value: "", label: words("ownBot") },
      { value: NO_BOT, label: words("noBot") },
      { value: OTHER, label: words("otherBot") },
    ];
    const value = isOther ? OTHER : bot;
    const problem = this.saving.of("bot");
    return html`${fields.select({ name: "bot", label: words("bot"), value, choices, problem: isOther ? "" : problem })}
      ${
        isOther
          ? fields.text({
              name: "bot_id",
              label: words("otherBotId"),
              hint: words("otherBotHint"),
              value: bot === OTHER ? "" : bot,
              maxLength: 64,
              problem,
            })
          : ""
      }`;
  }

  /** Of rows; one that is set stays to choose, though it was removed. */
  #choice(
    name: "queue" | "hours",
    none: string,
    rows: readonly Row[],
    values: ChannelValues,
    hint = "",
  ): TemplateResult {
    const value = values[name];
    const all = this.parts.session.settings.get().queues;
    const known = value === "" || rows.some(({ id }) => id === value);
    const kept = known
      ? []
      : [{ value, label: nameOf(name === "queue" ? all : (this.#hours.value ?? []), value) || value }];
    const choices = [{ value: "", label: none }, ...rows.map(({ id, name: label }) => ({ value: id, label })), ...kept];
    return fields.select({ name, label: words(name), hint, value, choices, problem: this.saving.of(name) });
  }

  #reopening({ reopen_hours: set }: ChannelValues): TemplateResult {
    const all = set === 0 || REOPEN.includes(set) ? REOPEN : [...REOPEN, set].sort((a, b) => a - b);
    const choices = [...all, 0].map((hours) => ({
      value: String(hours),
      label: hours === 0 ? words("reopenAlways") : words("reopenAfter", { time: lasting(hours * 3600, words.locale) }),
    }));
    const problem = this.saving.of("reopen_hours");
    return fields.select({ name: "reopen_hours", label: words("reopen"), value: String(set), choices, problem });
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.#look.paint();
  }
}

customElements.define("intervene-settings-webchat", WebchatPage);
