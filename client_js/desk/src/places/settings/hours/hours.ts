/** Opening hours: weeks that queues and channels choose. */

import { icon, icons } from "@intervene/ui";
import { css, html, nothing, type TemplateResult } from "lit";
import { inUse, type Row } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import { series } from "../../../words.ts";
import type { Draft } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { RowsPage } from "../kit/rows-page.ts";
import { table } from "../kit/table.ts";
import { en } from "./en.ts";
import {
  DAYS,
  type Day,
  grouped,
  type Holiday,
  type HoursRow,
  holidayName,
  holidaySpanName,
  isOverMidnight,
  isWholeDay,
  mondayToFriday,
  nextSpan,
  problemsOf,
  type Span,
  spanName,
  typedWeek,
  type Week,
  weekOf,
  without,
  withSpan,
} from "./week.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const styles = css`
  .editor form { max-inline-size: 560px; }
  .day { display: grid; grid-template-columns: 104px minmax(0, 1fr); gap: var(--iv-s3); align-items: start; padding-block: var(--iv-s3); border-block-end: 1px solid var(--iv-line); }
  .day > :first-child { font: var(--iv-t14); min-block-size: max(36px, var(--iv-hit)); align-content: center; }
  .day .spans { display: grid; gap: var(--iv-s2); min-inline-size: 0; }
  .span { display: flex; flex-wrap: wrap; align-items: center; gap: var(--iv-s3); }
  .span .input { inline-size: 136px; }
  .span small, .closed { color: var(--iv-text-3); font: var(--iv-t12); }
  .closed { min-block-size: max(36px, var(--iv-hit)); align-content: center; }
  .span .problem, .day .problem { flex: 1 0 100%; font: var(--iv-t12); }
  .holiday .input { inline-size: 100%; }
  .holiday { grid-template-columns: 168px minmax(0, 1fr); }
  .holiday .span .input { inline-size: 136px; }
  @media (max-width: 719px) { .day, .holiday { grid-template-columns: minmax(0, 1fr); } .span .input { inline-size: 128px; } }
`;

/** Where a span's fields are, and what becomes of it. */
interface SpanParts {
  readonly span: Span;
  readonly on: string;
  readonly name: (end: keyof Span) => string;
  readonly remove: () => void;
}

class HoursPage extends RowsPage<HoursRow, Week> {
  static override styles = [...RowsPage.styles, styles];

  protected override readonly words = words;
  protected override readonly path = "hours";
  protected override readonly saving = this.saves(["name", "zone", "spans", "holidays"]);

  protected override label(member: keyof Week): string {
    return words(member);
  }

  protected override blank(): Week {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const empty = { name: "", zone: timeZone, spans: [], holidays: [] };
    return mondayToFriday(withSpan(empty, "monday"));
  }

  protected override read(row: HoursRow): Week {
    return weekOf(row);
  }

  protected override typed(entries: Readonly<Record<string, string>>, values: Week): Week {
    return typedWeek(entries, values);
  }

  protected override problems(values: Week): Readonly<Record<string, string>> {
    const said = { missing: "missing", zone: "zoneUnknown", twice: "twice", overlaps: "overlaps" } as const;
    const found = Object.entries(problemsOf(values, isZone));
    return Object.fromEntries(found.map(([name, problem]) => [name, words(said[problem])]));
  }

  // -- the list --------------------------------------------------------------------------------------------------------

  protected override list(rows: readonly HoursRow[]): TemplateResult {
    const labels = [words("hours"), words("week"), words("holidaysOf"), words("zone"), words("usedBy"), ""];
    return table({
      label: words("heading"),
      columns: labels.map((label) => ({ label })),
      rows: rows.map((row) => [
        html`<span class="row"><span class="mark queue s20">${icon(icons.clock)}</span>${this.opener(row)}</span>`,
        this.#week(row),
        html`<span class="num">${row.holidays.length}</span>`,
        html`<bdi dir="ltr">${row.zone}</bdi>`,
        html`<bdi>${series(this.#users(row)) || words("unused")}</bdi>`,
        this.more(row),
      ]),
    });
  }

  #week({ spans }: HoursRow): TemplateResult {
    if (spans.length === 0) return html`${words("always")}`;
    return html`<span>${grouped(spans).map(
      ({ first, last, spans: own }) =>
        html`<span>${first === last ? words(first) : words("days", { first: words(first), last: words(last) })}
          <span class="num">${series(own.map((span) => (isWholeDay(span) ? words("wholeDay") : `${span.opens}–${span.closes}`)))}</span><br /></span>`,
    )}</span>`;
  }

  #users({ id }: Row): readonly string[] {
    const { queues, channels } = this.parts.session.settings.get();
    return [...inUse(queues), ...inUse(channels)].filter(({ hours }) => hours === id).map(({ name }) => name);
  }

  protected override removal(row: Row): readonly string[] {
    const names = this.#users(row);
    return names.length === 0 ? [words("removal")] : [words("removal"), words("removalUsed", { names: series(names) })];
  }

  // -- the form --------------------------------------------------------------------------------------------------------

  protected override fields({ values }: Draft<Week>): TemplateResult {
    const problem = (name: string) => this.saving.of(name);
    return html`
      ${fields.text({ name: "name", label: words("name"), value: values.name, maxLength: 80, problem: problem("name"), isRequired: true })}
      ${fields.field(
        { name: "zone", label: words("zone"), hint: words("zoneHint"), problem: problem("zone") },
        html`<input class="input" id="zone" name="zone" list="zones" .value=${values.zone} dir="ltr" autocomplete="off" spellcheck="false"
          aria-invalid=${fields.isWrong({ name: "zone", label: "", problem: problem("zone") })}
          aria-describedby=${fields.describedBy({ name: "zone", label: "", hint: words("zoneHint"), problem: problem("zone") })} />
        <datalist id="zones">${ZONES.map((zone) => html`<option value=${zone}></option>`)}</datalist>`,
      )}
      <fieldset class="field"><legend>${words("spans")}</legend>
        ${values.spans.length === 0 ? html`<p class="banner quiet">${icon(icons.info)}<span>${words("alwaysHint")}</span></p>` : nothing}
        ${this.#problem("spans")}
        ${DAYS.map((day) => this.#day(day, values))}
        ${
          values.spans.some(({ day }) => day === "monday")
            ? html`<p class="acts"><button type="button" class="btn quiet" @click=${() => this.become(mondayToFriday(values))}>${icon(icons.copy)}${words("copyMonday")}</button></p>`
            : nothing
        }
      </fieldset>
      <fieldset class="field"><legend>${words("holidays")}</legend>
        <small>${words("holidaysHint")}</small> ${this.#problem("holidays")}
        ${values.holidays.map((holiday, n) => this.#holiday(holiday, n, values.holidays))}
        <p class="acts"><button type="button" class="btn" @click=${() => this.become({ holidays: [...values.holidays, { on: "", spans: [] }] })}>
          ${icon(icons.plus)}${words("addHoliday")}</button></p>
      </fieldset>`;
  }

  #day(day: Day, values: Week): TemplateResult {
    const { spans } = values;
    const own = spans.flatMap((span, n) => (span.day === day ? [{ span, n }] : []));
    const remove = (n: number) => () => this.become({ spans: without(spans, n) });
    const label = words("addSpanOn", { day: words(day) });
    return html`<div class="day"><span>${words(day)}</span><div class="spans">
      ${own.map(({ span, n }) => this.#span({ span, on: words(day), name: (end) => spanName(n, end), remove: remove(n) }))}
      <div class="row">
        ${own.length === 0 && spans.length > 0 ? html`<span class="closed grow">${words("noHours")}</span>` : nothing}
        <button type="button" class="btn quiet small" aria-label=${label} @click=${() => this.become(withSpan(values, day))}>
          ${icon(icons.plus)}${words("addSpan")}</button>
      </div>
    </div></div>`;
  }

  #holiday({ on, spans }: Holiday, n: number, all: readonly Holiday[]): TemplateResult {
    const date = on || words("newHoliday");
    const change = (own: readonly Span[]) => () =>
      this.become({ holidays: all.map((each, at) => (at === n ? { on, spans: own } : each)) });
    const name = holidayName(n);
    return html`<div class="day holiday">
      <div class="row"><input class="input" type="date" id=${name} name=${name} aria-label=${words("date")} .value=${on}
          aria-invalid=${this.#isWrong(name)} aria-describedby=${this.#describedBy(name)} />
        <button type="button" class="icon" aria-label=${words("removeHoliday", { date })} @click=${() => this.become({ holidays: without(all, n) })}>${icon(icons.x)}</button></div>
      <div class="spans">
        ${spans.map((span, m) => this.#span({ span, on: date, name: (end) => holidaySpanName(n, m, end), remove: change(without(spans, m)) }))}
        <div class="row">
          ${spans.length === 0 ? html`<span class="closed grow">${words("noHours")}</span>` : nothing}
          <button type="button" class="btn quiet small" aria-label=${words("addSpanOn", { day: date })} @click=${change([...spans, nextSpan(spans)])}>
            ${icon(icons.plus)}${words("addSpan")}</button>
        </div>
        ${this.#problem(name)}
      </div>
    </div>`;
  }

  #span({ span, on, name, remove }: SpanParts): TemplateResult {
    const { opens, closes } = span;
    const time = (
      end: keyof Span,
    ) => html`<input class="input" type="time" id=${name(end)} name=${name(end)} .value=${span[end]}
      aria-label=${words(end, { day: on })} aria-invalid=${this.#isWrong(name(end))} aria-describedby=${this.#describedBy(name(end))} />`;
    return html`<div class="span">
      ${time("opens")}<span>${words("to")}</span>${time("closes")}
      <button type="button" class="icon" aria-label=${words("removeSpan", { opens, closes, day: on })} @click=${remove}>${icon(icons.x)}</button>
      ${isWholeDay(span) ? html`<small>${words("wholeDay")}</small>` : isOverMidnight(span) ? html`<small>${words("overMidnight")}</small>` : nothing}
      ${this.#problem(name("opens"))} ${this.#problem(name("closes"))}
    </div>`;
  }

  #isWrong(name: string): "true" | typeof nothing {
    return fields.isWrong({ name, label: "", problem: this.saving.of(name) });
  }

  #describedBy(name: string): string | typeof nothing {
    return fields.describedBy({ name, label: "", problem: this.saving.of(name) });
  }

  #problem(name: string): TemplateResult | typeof nothing {
    const problem = this.saving.of(name);
    if (problem === "") return nothing;
    return html`<p class="problem" id="${name}-problem">${icon(icons.alert)}<span>${problem}</span></p>`;
  }
}

const ZONES: readonly string[] = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC")];

/** Also those that the list has under another name. */
function isZone(name: string): boolean {
  try {
    return name !== "" && new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

customElements.define("intervene-settings-hours", HoursPage);
