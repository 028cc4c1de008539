/** Times as people read them, in one locale and zone. Durations: ms below 1 s, s with one decimal below 60 s, then m:ss. */

import { lazy } from "./lazy.ts";

/** Says times, days and durations in one locale. */
export interface Times {
  /** Now, by the server's clock, in milliseconds since 1970. */
  now(): number;
  /** A time of day, in the locale's 12 or 24 hours. */
  time(at: number): string;
  /** The whole date and time, for titles. */
  full(at: number): string;
  /** The day of `at` in the reader's zone: equal for times of one day. */
  dayOf(at: number): string;
  /** "Today", "Yesterday", or the date; with the year if it is another. */
  day(at: number): string;
  readonly locale: string;
}

/** Says how long something took. */
export interface Durations {
  /** "38 ms", "4.2 s", "4:12". */
  duration(milliseconds: number): string;
  /** Rounded to minutes, for accessible names: a name that changes each second is read each second. */
  minutes(milliseconds: number): string;
}

export interface TimesOptions {
  readonly locale: string;
  /** An IANA time zone; by default the reader's. */
  readonly zone?: string | undefined;
  /** The server's clock: `client.serverNow`. */
  readonly now?: (() => number) | undefined;
}

/** Offsets of zones are multiples of it, so that two times within it are on one day. */
const QUARTER_HOUR = 900_000;
const DAY = 86_400_000;

export function createTimes({ locale, zone, now = Date.now }: TimesOptions): Times {
  const format = (options: Intl.DateTimeFormatOptions) =>
    lazy(() => new Intl.DateTimeFormat(locale, zone === undefined ? options : { ...options, timeZone: zone }));
  const time = format({ hour: "numeric", minute: "2-digit" });
  const full = format({ dateStyle: "full", timeStyle: "medium" });
  const date = format({ day: "numeric", month: "long" });
  const dateOfYear = format({ day: "numeric", month: "long", year: "numeric" });
  const key = lazy(() => new Intl.DateTimeFormat("en-CA", { ...(zone && { timeZone: zone }), dateStyle: "short" }));
  const near = lazy(() => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
  const days = new Map<number, string>();

  const dayOf = (at: number): string => {
    const quarter = Math.floor(at / QUARTER_HOUR);
    const day = days.get(quarter) ?? key().format(quarter * QUARTER_HOUR);
    days.set(quarter, day);
    return day;
  };
  const day = (at: number): string => {
    const [today, that] = [dayOf(now()), dayOf(at)];
    if (that === today) return capital(near().format(0, "day"), locale);
    if (that === dayOf(now() - DAY)) return capital(near().format(-1, "day"), locale);
    return (that.slice(0, 4) === today.slice(0, 4) ? date : dateOfYear)().format(at);
  };
  return {
    locale,
    now,
    dayOf,
    day,
    time: (at) => time().format(at),
    full: (at) => full().format(at),
  };
}

/** Beside `createTimes`, for those who measure: a chat does not, and need not load it. */
export function createDurations(locale: string): Durations {
  const units = lazy(() => unitsOf(locale));
  return {
    duration: (milliseconds) => durationOf(Math.max(0, milliseconds), units()),
    minutes: (milliseconds) => units().minute.format(Math.max(0, Math.round(milliseconds / 60_000))),
  };
}

type Units = ReturnType<typeof unitsOf>;

function unitsOf(locale: string) {
  const unit = (name: string, unitDisplay: "narrow" | "long", digits = 0) =>
    new Intl.NumberFormat(locale, {
      style: "unit",
      unit: name,
      unitDisplay,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  return {
    millisecond: unit("millisecond", "narrow"),
    second: unit("second", "narrow", 1),
    minute: unit("minute", "long"),
    whole: new Intl.NumberFormat(locale, { useGrouping: false }),
    padded: new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 }),
  };
}

function durationOf(milliseconds: number, { millisecond, second, whole, padded }: Units): string {
  if (Math.round(milliseconds) < 1000) return spaced(millisecond, Math.round(milliseconds));
  // What rounds to 60.0 s is 1:00.
  if (milliseconds < 59_950) return spaced(second, milliseconds / 1000);
  const seconds = Math.round(milliseconds / 1000);
  return `${whole.format(Math.floor(seconds / 60))}:${padded.format(seconds % 60)}`;
}

/** The shortest sign of a unit, and always a space before it: some languages have it without one. */
export function spaced(unit: Intl.NumberFormat, value: number): string {
  const parts = unit.formatToParts(value);
  return parts
    .map(({ type, value: text }, n) =>
      type === "unit" && n > 0 && parts[n - 1]?.type !== "literal" ? ` ${text}` : text,
    )
    .join("");
}

function capital(text: string, locale: string): string {
  return text.replace(/^\p{L}/u, (letter) => letter.toLocaleUpperCase(locale));
}
