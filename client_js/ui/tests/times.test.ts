import { expect, test } from "vitest";
import { createDurations, createTimes } from "../src/index.ts";

const NOW = Date.UTC(2026, 10, 27, 14, 33);
const DAY = 86_400_000;
const times = (locale: string, zone = "UTC") => createTimes({ locale, zone, now: () => NOW });
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

test("durations: milliseconds below a second, seconds with one decimal below a minute, then minutes and seconds", () => {
  const { duration } = createDurations("en");
  const shown = [0, 38, 999, 999.6, 1000, 4210, 59_949, 59_950, 60_000, 252_000, 3_723_000].map((at) =>
    plain(duration(at)),
  );
  expect(shown).toEqual([
    "0 ms",
    "38 ms",
    "999 ms",
    "1.0 s",
    "1.0 s",
    "4.2 s",
    "59.9 s",
    "1:00",
    "1:00",
    "4:12",
    "62:03",
  ]);
  expect(plain(duration(-5))).toBe("0 ms");
});

test("durations are the locale's", () => {
  expect(plain(createDurations("de").duration(4210))).toBe("4,2 Sek.");
  expect(["en-GB", "fr", "es"].map((locale) => plain(createDurations(locale).duration(4210)))).toEqual([
    "4.2 s",
    "4,2 s",
    "4,2 s",
  ]);
  expect(createDurations("de").duration(252_000)).toBe("4:12");
});

test("a time of day follows the reader's clock of 12 or 24 hours", () => {
  expect(plain(times("en-US").time(NOW))).toBe("2:33 PM");
  expect(times("de").time(NOW)).toBe("14:33");
});

test("days: today, yesterday, the date, and the year if it is another", () => {
  const { day } = times("en");
  expect([NOW, NOW - DAY, NOW - 2 * DAY, Date.UTC(2025, 11, 31)].map(day)).toEqual([
    "Today",
    "Yesterday",
    "November 25",
    "December 31, 2025",
  ]);
  expect(times("de").day(NOW)).toBe("Heute");
});

test("a day is the reader's: midnight is where they are", () => {
  const at = Date.UTC(2026, 10, 27, 18, 20);
  expect(times("en", "UTC").dayOf(at)).toBe("2026-11-27");
  expect(times("en", "Asia/Kathmandu").dayOf(at)).toBe("2026-11-28"); // 5:45 ahead
  expect(times("en", "America/St_Johns").dayOf(Date.UTC(2026, 10, 27, 3, 20))).toBe("2026-11-26");
});

test("waiting times are named in minutes for those who listen", () => {
  expect(createDurations("en").minutes(252_000)).toBe("4 minutes");
  expect(createDurations("de").minutes(60_000)).toBe("1 Minute");
});
