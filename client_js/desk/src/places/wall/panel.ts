/** The panel of the takeovers: what their times come to, whether a bot spoke after one, and the plots. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { pathOf } from "../../core/route.ts";
import { emptiness } from "../../views/parts.ts";
import { sentence, times } from "../../words.ts";
import {
  byRate,
  histogramOf,
  hoursOf,
  incidentsOf,
  type Summary,
  summaryOf,
  type Takeover,
  timesOf,
} from "./figures.ts";
import { botsTable, hoursPlot, hoursTable, timesPlot, timesTable } from "./plots.ts";
import type { Read, Reading } from "./reading.ts";
import { said } from "./words.ts";

const MOST_LINKS = 5;

export function panel(reading: Reading): TemplateResult {
  const { state } = reading;
  if (state.kind === "failed") {
    const again = html`<button type="button" class="btn" @click=${() => reading.again()}>${said("tryAgain")}</button>`;
    return emptiness(said("plotsFailed"), sentence(state.reason), again);
  }
  if (state.kind !== "here") return html`<p class="muted" role="status">${said("plotsLoading")}</p>`;
  const { period, takeovers } = state.value;
  if (takeovers.length === 0) {
    return emptiness(said("noTakeovers"), said(period === "today" ? "noTakeoversToday" : "noTakeoversWeek"));
  }
  return html`${timesOfAll(state.value)}${perHour(takeovers)}${perBot(state.value)}`;
}

function timesOfAll({ takeovers, isCut }: Read): TemplateResult {
  const sorted = timesOf(takeovers);
  const summary = summaryOf(sorted);
  const untimed = takeovers.length - sorted.length;
  return html`<section class="plot">
    <h2>${said("times")}</h2>
    <p class="cap">${said("timesMeans", { n: takeovers.length })}${untimed > 0 && summary !== null ? html` (${said("untimed", { n: untimed })})` : nothing}${isCut ? html`. ${said("firstOnly", { n: takeovers.length })}` : nothing}</p>
    ${big(summary, takeovers)} ${incidents(takeovers)}
    ${summary === null ? html`<p class="muted">${said("noTimes")}</p>` : drawn(timesPlot(histogramOf(sorted), summary), timesTable(histogramOf(sorted)))}
  </section>`;
}

function big(summary: Summary | null, takeovers: readonly Takeover[]): TemplateResult {
  const late = incidentsOf(takeovers).reduce((sum, each) => sum + each.late, 0);
  const time = (ms: number, name: string) => html`<div><dt>${name}</dt><dd><bdi>${times.duration(ms)}</bdi></dd></div>`;
  return html`<dl class="big">
    ${
      summary === null
        ? nothing
        : [time(summary.p50, said("p50")), time(summary.p99, said("p99")), time(summary.slowest, said("slowest"))]
    }
    <div class=${late > 0 ? "bad" : nothing}><dt>${said("late")}</dt><dd>${late}</dd></div>
  </dl>`;
}

/** 0, or an incident: what the log has behind the takeover can be read. */
function incidents(takeovers: readonly Takeover[]): TemplateResult | typeof nothing {
  const found = incidentsOf(takeovers);
  const n = found.reduce((sum, { late }) => sum + late, 0);
  if (n === 0) return nothing;
  return html`<div class="banner bad">${icon(icons.alert)}<div>
    <p>${said("lateIs", { n })}</p>
    <ul>${found
      .slice(0, MOST_LINKS)
      .map(
        ({ conversation, at }) =>
          html`<li><a href=${pathOf("conversations", conversation)}>${said("lateLog", { time: times.time(at) })}</a></li>`,
      )}</ul>
  </div></div>`;
}

function perHour(takeovers: readonly Takeover[]): TemplateResult {
  const hours = hoursOf(takeovers, (at) => new Date(at).getHours());
  return html`<section class="plot">
    <h2>${said("perHour")}</h2>
    ${
      hours.some(({ timed }) => timed > 0)
        ? html`<p class="cap">${said("perHourMeans")}</p>${drawn(hoursPlot(hours), hoursTable(hours))}`
        : hoursTable(hours) // nothing could be drawn but an empty plot
    }
  </section>`;
}

function perBot({ bots: { items, truncated } }: Read): TemplateResult {
  const conversations = items.reduce((sum, each) => sum + each.conversations, 0);
  return html`<section class="plot">
    <h2>${said("stepIn")}</h2>
    <p class="cap">${truncated ? said("stepInLatest", { n: conversations }) : said("stepInMeans")}</p>
    ${items.length === 0 ? html`<p class="muted">${said("noBots")}</p>` : botsTable(byRate(items))}
  </section>`;
}

function drawn(plot: TemplateResult, table: TemplateResult): TemplateResult {
  return html`${plot}<details><summary>${said("asTable")}</summary>${table}</details>`;
}
