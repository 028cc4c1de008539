/** Opening hours as their form has them: spans of a week, days that differ, a time zone. No I/O. */

import type { Row } from "../../../core/settings.ts";

export const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
export type Day = (typeof DAYS)[number];

/** Local times as "09:00". If `closes` is not later, it is on the next day; two equal times are a whole day. */
export interface Span {
  readonly opens: string;
  readonly closes: string;
}

export interface WeeklySpan extends Span {
  readonly day: Day;
}

/** A date, as "2026-12-25", with spans in the place of its weekday's; none: closed. */
export interface Holiday {
  readonly on: string;
  readonly spans: readonly Span[];
}

export interface Week {
  readonly name: string;
  /** As "Europe/Berlin". */
  readonly zone: string;
  /** None: always open, but on holidays. */
  readonly spans: readonly WeeklySpan[];
  readonly holidays: readonly Holiday[];
}

export type HoursRow = Row & Week;

export function weekOf({ name, zone, spans, holidays }: Week): Week {
  return { name, zone, spans: inOrder(spans), holidays: byDate(holidays) };
}

/** By day and beginning. */
export function inOrder(spans: readonly WeeklySpan[]): readonly WeeklySpan[] {
  return [...spans].sort((a, b) => DAYS.indexOf(a.day) - DAYS.indexOf(b.day) || compare(a.opens, b.opens));
}

export function byDate(holidays: readonly Holiday[]): readonly Holiday[] {
  return [...holidays].sort((a, b) => compare(a.on, b.on));
}

export function isWholeDay({ opens, closes }: Span): boolean {
  return opens === closes && opens !== "";
}

/** It ends on the next day. "00:00" is the end of its own. */
export function isOverMidnight({ opens, closes }: Span): boolean {
  return closes !== "" && closes !== "00:00" && closes < opens;
}

/** The names of the form's fields that hold a week's times. */
export const spanName = (n: number, end: keyof Span): string => `span-${n}-${end}`;
export const holidayName = (n: number): string => `holiday-${n}`;
export const holidaySpanName = (n: number, m: number, end: keyof Span): string => `holiday-${n}-${m}-${end}`;

/** What the form holds, over what there was. */
export function typedWeek(entries: Readonly<Record<string, string>>, week: Week): Week {
  const span = <S extends Span>(each: S, name: (end: keyof Span) => string): S => ({
    ...each,
    opens: entries[name("opens")] ?? each.opens,
    closes: entries[name("closes")] ?? each.closes,
  });
  return {
    name: entries.name ?? week.name,
    zone: entries.zone ?? week.zone,
    spans: week.spans.map((each, n) => span(each, (end) => spanName(n, end))),
    holidays: week.holidays.map((holiday, n) => ({
      on: entries[holidayName(n)] ?? holiday.on,
      spans: holiday.spans.map((each, m) => span(each, (end) => holidaySpanName(n, m, end))),
    })),
  };
}

const NINE_TO_FIVE: Span = { opens: "09:00", closes: "17:00" };

/** After the last one of the day: an hour later, where it has room, for as long as people mostly work on. */
export function nextSpan(spans: readonly Span[]): Span {
  const last = spans.at(-1);
  if (last === undefined) return NINE_TO_FIVE;
  const hour = Number(last.closes.slice(0, 2)) + 1;
  const opens = last.closes > last.opens && hour < 23 ? `${padded(hour)}:00` : "";
  return { opens, closes: opens === "" ? "" : `${padded(Math.min(23, hour + 4))}:00` };
}

/** All but the nth. */
export function without<T>(all: readonly T[], n: number): readonly T[] {
  return all.filter((_, at) => at !== n);
}

/** One more span on a day; where it stands among all. */
export function withSpan(week: Week, day: Day): Week {
  const next = nextSpan(week.spans.filter((each) => each.day === day));
  const after = week.spans.filter((each) => DAYS.indexOf(each.day) <= DAYS.indexOf(day)).length;
  return { ...week, spans: [...week.spans.slice(0, after), { day, ...next }, ...week.spans.slice(after)] };
}

/** The days from Monday to Friday as the Monday is. */
export function mondayToFriday(week: Week): Week {
  const monday = week.spans.filter(({ day }) => day === "monday");
  const workdays = DAYS.slice(0, 5);
  const rest = week.spans.filter(({ day }) => !workdays.includes(day));
  return { ...week, spans: inOrder([...workdays.flatMap((day) => monday.map((span) => ({ ...span, day }))), ...rest]) };
}

export type WeekProblem = "missing" | "zone" | "twice" | "overlaps";

/** What keeps it from being saved, by the name of the field. */
export function problemsOf(week: Week, isZone: (name: string) => boolean): Readonly<Record<string, WeekProblem>> {
  const problems: Record<string, WeekProblem> = {};
  if (week.name.trim() === "") problems.name = "missing";
  if (!isZone(week.zone.trim())) problems.zone = "zone";
  for (const [n, span] of week.spans.entries()) checkTimes(span, (end) => spanName(n, end), problems);
  for (const n of overlaps(week.spans)) problems[spanName(n, "opens")] ??= "overlaps";
  for (const [n, { on, spans }] of week.holidays.entries()) {
    const isTwice = week.holidays.slice(0, n).some((other) => other.on === on);
    if (on === "") problems[holidayName(n)] = "missing";
    else if (isTwice) problems[holidayName(n)] = "twice";
    for (const [m, span] of spans.entries()) checkTimes(span, (end) => holidaySpanName(n, m, end), problems);
  }
  return problems;
}

function checkTimes(span: Span, name: (end: keyof Span) => string, problems: Record<string, WeekProblem>): void {
  for (const end of ["opens", "closes"] as const) if (span[end] === "") problems[name(end)] = "missing";
}

const MINUTES = 24 * 60;
const WEEK = 7 * MINUTES;

/** Those that begin while another one is open, by their place among all; the week's end meets its beginning. */
export function overlaps(spans: readonly WeeklySpan[]): readonly number[] {
  const known = spans.flatMap((span, n) =>
    span.opens === "" || span.closes === "" ? [] : [{ n, ...minutesOf(span) }],
  );
  const isWithin = (at: number, { from, to }: { from: number; to: number }) =>
    (from <= at && at < to) || (from <= at + WEEK && at + WEEK < to);
  return known
    .filter((one) =>
      known.some(
        (other) => other.n !== one.n && isWithin(one.from, other) && (one.from !== other.from || other.n < one.n),
      ),
    )
    .map(({ n }) => n);
}

function minutesOf({ day, opens, closes }: WeeklySpan): { readonly from: number; readonly to: number } {
  const start = DAYS.indexOf(day) * MINUTES;
  const to = minuteOf(closes) + (closes > opens ? 0 : MINUTES);
  return { from: start + minuteOf(opens), to: start + to };
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** Days that follow each other with the same spans, together: what a list says of a week. */
export function grouped(
  spans: readonly WeeklySpan[],
): readonly { readonly first: Day; readonly last: Day; readonly spans: readonly Span[] }[] {
  const groups: { first: Day; last: Day; spans: readonly Span[] }[] = [];
  for (const day of DAYS) {
    const own = inOrder(spans.filter((span) => span.day === day)).map(({ opens, closes }) => ({ opens, closes }));
    const before = groups.at(-1);
    const isNext = before !== undefined && DAYS.indexOf(before.last) === DAYS.indexOf(day) - 1;
    if (own.length === 0) continue;
    if (isNext && JSON.stringify(before.spans) === JSON.stringify(own)) before.last = day;
    else groups.push({ first: day, last: day, spans: own });
  }
  return groups;
}

function padded(hour: number): string {
  return String(hour).padStart(2, "0");
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
