/** The figures of the plots, from takeovers as the server answers them: quantiles, buckets, hours, bots. No I/O. */

import type { wire } from "@intervene/client";

/** One takeover, as `GET /v1/takeovers` answers it; times in milliseconds since the click, -1 while unknown. */
export interface Takeover {
  readonly conversation: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly taken_from: wire.Bot | wire.Agent | wire.Nobody | null;
  /** How many events behind it carry an earlier epoch. */
  readonly late: number;
  /** Until the last screen confirmed it so far. */
  readonly seen_ms: number;
}

export interface Bucket {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Histogram {
  readonly buckets: readonly Bucket[];
  readonly step: number;
  /** Where the buckets end. */
  readonly end: number;
  /** How many took longer than that. */
  readonly beyond: number;
}

export interface Summary {
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

export interface Hour extends Omit<Summary, "slowest"> {
  /** Of the day, 0 to 23, in the reader's zone. */
  readonly hour: number;
  readonly takeovers: number;
  /** How many of them have a time. Without any, p50 and p99 are 0. */
  readonly timed: number;
}

/** A bot, as `GET /v1/takeovers/bots` answers it. */
export interface BotShare {
  readonly bot: string;
  readonly name: string;
  /** Those that it had. */
  readonly conversations: number;
  /** Those of them in which somebody intervened. */
  readonly taken: number;
}

/** The smallest of the sorted values that this share of them does not exceed (nearest rank); 0 of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** The times that are known, the shortest first. */
export function timesOf(takeovers: readonly Takeover[]): readonly number[] {
  return takeovers.flatMap(({ seen_ms: ms }) => (ms < 0 ? [] : [ms])).sort((a, b) => a - b);
}

/** Of sorted times; null of none. */
export function summaryOf(sorted: readonly number[]): Summary | null {
  const slowest = sorted.at(-1);
  return slowest === undefined ? null : { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), slowest };
}

/** A step of 1, 2 or 5 times a power of ten, so that at most `most` of them reach `end`. At least 1. */
export function stepOf(end: number, most: number): number {
  const least = Math.max(end, 1) / most;
  const power = 10 ** Math.max(0, Math.floor(Math.log10(least)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}

/** Values of an axis from 0 to `end` and what is above it, at most `most` of them besides 0. */
export function ticksOf(end: number, most: number): readonly number[] {
  const step = stepOf(end, most);
  return Array.from({ length: Math.ceil(end / step) + 1 }, (_, n) => n * step);
}

/** Where a value stands on an axis of `length` whose end is `end`. */
export function placeOf(value: number, end: number, length: number): number {
  return end <= 0 ? 0 : (Math.min(Math.max(value, 0), end) / end) * length;
}

/** Of sorted times. One that took a minute does not make the others a single bar: what is far above p99 is `beyond`. */
export function histogramOf(sorted: readonly number[], most = 30): Histogram {
  const reach = Math.max(quantile(sorted, 0.99) * 1.25, 1);
  const step = stepOf(reach, most);
  const length = Math.floor(reach / step) + 1;
  const counts = new Array<number>(length).fill(0);
  let beyond = 0;
  for (const ms of sorted) {
    const at = Math.floor(ms / step);
    if (at < length) counts[at] = (counts[at] ?? 0) + 1;
    else beyond += 1;
  }
  const buckets = counts.map((count, n) => ({ from: n * step, to: (n + 1) * step, count }));
  return { buckets, step, end: length * step, beyond };
}

/** By hour of the day, from the first that has takeovers to the last; hours between them that have none are there. */
export function hoursOf(takeovers: readonly Takeover[], hourOf: (at: number) => number): readonly Hour[] {
  const byHour = new Map<number, Takeover[]>();
  for (const takeover of takeovers) {
    const hour = hourOf(takeover.at);
    byHour.set(hour, [...(byHour.get(hour) ?? []), takeover]);
  }
  if (byHour.size === 0) return [];
  const [first, last] = [Math.min(...byHour.keys()), Math.max(...byHour.keys())];
  return Array.from({ length: last - first + 1 }, (_, n) => {
    const those = byHour.get(first + n) ?? [];
    const sorted = timesOf(those);
    const { p50, p99 } = summaryOf(sorted) ?? { p50: 0, p99: 0 };
    return { hour: first + n, takeovers: those.length, timed: sorted.length, p50, p99 };
  });
}

/** How many of 100 conversations of the bot people took over. */
export function rateOf({ conversations, taken }: BotShare): number {
  return conversations === 0 ? 0 : (taken / conversations) * 100;
}

/** Those that people step in most often first. */
export function byRate(bots: readonly BotShare[]): readonly BotShare[] {
  return [...bots].sort(
    (a, b) => rateOf(b) - rateOf(a) || b.conversations - a.conversations || (a.bot < b.bot ? -1 : 1),
  );
}

/** Takeovers that words of the bot stand behind: there should be none. */
export function incidentsOf(takeovers: readonly Takeover[]): readonly Takeover[] {
  return takeovers.filter(({ late }) => late > 0);
}
