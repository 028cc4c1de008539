/** The plots, as SVG, and for each a table with the same figures. A picture is one image with a sentence as its name. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { times, words } from "../../words.ts";
import { type BotShare, type Histogram, type Hour, placeOf, rateOf, type Summary, ticksOf } from "./figures.ts";
import { said } from "./words.ts";

const WIDTH = 372;
const IS_RTL = words.direction === "rtl";
const COUNT = new Intl.NumberFormat(times.locale);
const RATE = new Intl.NumberFormat(times.locale, { maximumFractionDigits: 1 });

// -- takeover times ----------------------------------------------------------------------------------------------------

const FLOOR = 108;
const TALLEST = 74;

export function timesPlot(histogram: Histogram, { p50, p99 }: Summary): TemplateResult {
  const { buckets, end, beyond } = histogram;
  const most = Math.max(1, ...buckets.map(({ count }) => count), beyond);
  // The last column is what took longer than the axis reaches.
  const width = WIDTH / (buckets.length + (beyond > 0 ? 1 : 0));
  const axis = width * buckets.length;
  const bar = (count: number, n: number, look: string) => {
    const tall = (count / most) * TALLEST;
    return count === 0
      ? nothing
      : svg`<rect class=${look} x=${across(n * width + 1, Math.max(1, width - 2))} y=${at(FLOOR - tall)} width=${at(Math.max(1, width - 2))} height=${at(tall)} rx="1.5"></rect>`;
  };
  const name = said("timesAre", { p50: times.duration(p50), p99: times.duration(p99) });
  return html`<svg viewBox="0 0 ${WIDTH} 126" role="img" aria-label=${name}>
    ${buckets.map(({ from, count }, n) => bar(count, n, from > p99 ? "col rare" : "col"))}
    ${bar(beyond, buckets.length, "col rare")}
    <path class="axis" d="M0 ${FLOOR + 0.5}H${WIDTH}"></path>
    ${marker(placeOf(p50, end, axis), 22, said("p50Is", { time: times.duration(p50) }))}
    ${marker(placeOf(p99, end, axis), 9, said("p99Is", { time: times.duration(p99) }))}
    ${ticksOf(end, 4)
      .filter((tick) => tick <= end)
      .map((tick) => {
        const x = placeOf(tick, end, axis);
        const anchor = tick === 0 ? "start" : x > WIDTH - 24 ? "end" : "middle";
        return svg`<text x=${across(x)} y="122" text-anchor=${anchor}>${tick === 0 ? COUNT.format(0) : times.duration(tick)}</text>`;
      })}
    ${beyond > 0 && axis < WIDTH - 48 ? svg`<text x=${across(WIDTH)} y="122" text-anchor="end">${said("longer")}</text>` : nothing}
  </svg>`;
}

/** A line named in place. Each has a height of its own, so that two that stand close do not cover each other's name. */
function marker(x: number, y: number, name: string): TemplateResult {
  const isFar = x > WIDTH - 96;
  return svg`<path class="marker" d="M${across(x)} ${y - 8}V${FLOOR}"></path>
    <text class="v" x=${across(isFar ? x - 5 : x + 5)} y=${y} text-anchor=${isFar ? "end" : "start"}>${name}</text>`;
}

export function timesTable({ buckets, end, beyond }: Histogram): TemplateResult {
  const filled = buckets.filter(({ count }) => count > 0);
  return html`<table class="table">
    <caption class="vh">${said("times")}</caption>
    <thead><tr><th scope="col">${said("time")}</th><th scope="col" class="n">${said("takeovers")}</th></tr></thead>
    <tbody>
      ${filled.map(
        ({ from, to, count }) =>
          html`<tr><th scope="row">${said("fromTo", { from: times.duration(from), to: times.duration(to) })}</th><td class="n">${count}</td></tr>`,
      )}
      ${beyond > 0 ? html`<tr><th scope="row">${said("fromTo", { from: times.duration(end), to: said("longer") })}</th><td class="n">${beyond}</td></tr>` : nothing}
    </tbody>
  </table>`;
}

// -- per hour ----------------------------------------------------------------------------------------------------------

const BASE = 84;
const ROOM = 66;
/** Where the names of the grid's lines stand. */
const MARGIN = 40;

export function hoursPlot(hours: readonly Hour[]): TemplateResult {
  const ticks = hours.some(({ timed }) => timed > 0) ? ticksOf(Math.max(1, ...hours.map(({ p99 }) => p99)), 3) : [0];
  const end = ticks.at(-1) || 1;
  const column = Math.min(40, (WIDTH - MARGIN) / Math.max(1, hours.length));
  const y = (ms: number) => BASE - placeOf(ms, end, ROOM);
  const [first, last] = [hours[0]?.hour ?? 0, hours.at(-1)?.hour ?? 0];
  const name = said("perHourAre", { from: String(first), to: String(last) });
  return html`<svg viewBox="0 0 ${WIDTH} 114" role="img" aria-label=${name}>
    ${ticks.map(
      (tick) => svg`<path class="axis" d="M0 ${at(y(tick))}H${WIDTH}"></path>
        ${tick === 0 ? nothing : svg`<text x=${across(WIDTH)} y=${at(y(tick) - 4)} text-anchor="end">${times.duration(tick)}</text>`}`,
    )}
    ${hours.map(({ hour, takeovers, timed, p50, p99 }, n) => {
      const x = across(column * (n + 0.5));
      return svg`${
        timed === 0
          ? nothing
          : svg`<path class="range" d="M${x} ${at(y(p50))}V${at(y(p99))}"></path>
            <circle cx=${x} cy=${at(y(p50))} r="3.5"></circle>
            <path class="end" d="M${at(Number(x) - 4)} ${at(y(p99))}h8"></path>`
      }<text x=${x} y="98" text-anchor="middle">${COUNT.format(hour)}</text>
      <text class="v" x=${x} y="112" text-anchor="middle">${takeovers === 0 ? "" : COUNT.format(takeovers)}</text>`;
    })}
  </svg>`;
}

export function hoursTable(hours: readonly Hour[]): TemplateResult {
  const time = (ms: number, timed: number) => (timed === 0 ? "" : times.duration(ms));
  return html`<table class="table">
    <caption class="vh">${said("perHour")}</caption>
    <thead><tr>
      <th scope="col">${said("hour")}</th><th scope="col" class="n">${said("takeovers")}</th>
      <th scope="col" class="n">${said("p50")}</th><th scope="col" class="n">${said("p99")}</th>
    </tr></thead>
    <tbody>${hours.map(
      ({ hour, takeovers, timed, p50, p99 }) =>
        html`<tr><th scope="row">${hour}</th><td class="n">${takeovers}</td><td class="n">${time(p50, timed)}</td><td class="n">${time(p99, timed)}</td></tr>`,
    )}</tbody>
  </table>`;
}

// -- how often people step in ------------------------------------------------------------------------------------------

/** A table with bars: who cannot see them has the numbers beside. */
export function botsTable(bots: readonly BotShare[]): TemplateResult {
  const most = Math.max(1, ...bots.map(rateOf));
  return html`<table class="table">
    <caption class="vh">${said("stepIn")}</caption>
    <thead><tr>
      <th scope="col">${said("fromBot")}</th><th scope="col" class="n">${said("conversations")}</th>
      <th scope="col" class="n">${said("taken")}</th><td></td><th scope="col" class="n">${said("rate")}</th>
    </tr></thead>
    <tbody>${bots.map(
      (bot) => html`<tr>
        <th scope="row"><bdi>${bot.name}</bdi></th><td class="n">${bot.conversations}</td><td class="n">${bot.taken}</td>
        <td class="share">${share(rateOf(bot) / most)}</td>
        <td class="n"><b>${RATE.format(rateOf(bot))}</b></td>
      </tr>`,
    )}</tbody>
  </table>`;
}

function share(part: number): TemplateResult {
  return html`<svg class="flip" preserveAspectRatio="none" viewBox="0 0 72 6" width="72" height="6" aria-hidden="true">
    <rect class="ground" width="72" height="6" rx="3"></rect><rect class="part" width=${at(part * 72)} height="6" rx="3"></rect>
  </svg>`;
}

/** Axes run as the text does. `width`: of a shape, whose near side is at `x`. */
function across(x: number, width = 0): string {
  return at(IS_RTL ? WIDTH - x - width : x);
}

function at(value: number): string {
  return value.toFixed(1);
}
