import { describe, expect, test } from "vitest";
import {
  DAYS,
  grouped,
  inOrder,
  isOverMidnight,
  isWholeDay,
  mondayToFriday,
  nextSpan,
  overlaps,
  problemsOf,
  type Span,
  typedWeek,
  type Week,
  type WeeklySpan,
  weekOf,
  withSpan,
} from "../../src/places/settings/hours/week.ts";

const EMPTY: Week = { name: "Office", zone: "Europe/Berlin", spans: [], holidays: [] };
const on = (day: WeeklySpan["day"], opens: string, closes: string): WeeklySpan => ({ day, opens, closes });
const isZone = (name: string) => name === "Europe/Berlin";

describe("a span", () => {
  test.each<[string, Span, boolean, boolean]>([
    ["of an afternoon", { opens: "13:00", closes: "17:00" }, false, false],
    ["over midnight", { opens: "22:00", closes: "02:00" }, true, false],
    ["up to midnight", { opens: "18:00", closes: "00:00" }, false, false],
    ["of a whole day", { opens: "00:00", closes: "00:00" }, false, true],
    ["of a day and night from nine", { opens: "09:00", closes: "09:00" }, false, true],
    ["without an end yet", { opens: "09:00", closes: "" }, false, false],
  ])("%s", (_name, span, isOver, isWhole) => {
    expect([isOverMidnight(span), isWholeDay(span)]).toEqual([isOver, isWhole]);
  });

  test("that is added follows the day's last one, and stays on its day", () => {
    expect(nextSpan([])).toEqual({ opens: "09:00", closes: "17:00" });
    expect(nextSpan([{ opens: "09:00", closes: "12:30" }])).toEqual({ opens: "13:00", closes: "17:00" });
    expect(nextSpan([{ opens: "22:00", closes: "02:00" }])).toEqual({ opens: "", closes: "" });
    const week = { ...EMPTY, spans: [on("monday", "09:00", "12:00"), on("friday", "09:00", "12:00")] };
    expect(withSpan(week, "wednesday").spans.map(({ day }) => day)).toEqual(["monday", "wednesday", "friday"]);
  });
});

describe("a week", () => {
  test("stands in the order of its days and hours, holidays by date, whatever the server's order is", () => {
    const spans = [on("sunday", "10:00", "12:00"), on("monday", "13:00", "17:00"), on("monday", "08:00", "12:00")];
    const holidays = [
      { on: "2026-12-31", spans: [] },
      { on: "2026-12-25", spans: [] },
    ];
    const week = weekOf({ ...EMPTY, spans, holidays });
    expect(week.spans).toEqual([spans[2], spans[1], spans[0]]);
    expect(week.holidays.map((each) => each.on)).toEqual(["2026-12-25", "2026-12-31"]);
  });

  test("is as the Monday from Monday to Friday, and as it was on the rest", () => {
    const spans = [on("monday", "09:00", "17:00"), on("tuesday", "01:00", "02:00"), on("saturday", "10:00", "12:00")];
    const days = mondayToFriday({ ...EMPTY, spans }).spans;
    expect(days.map(({ day }) => day)).toEqual([...DAYS.slice(0, 5), "saturday"]);
    expect(days.filter(({ opens }) => opens === "09:00")).toHaveLength(5);
  });

  test("is said in groups of days that follow each other", () => {
    const office = mondayToFriday({ ...EMPTY, spans: [on("monday", "09:00", "17:00")] }).spans;
    const spans = [...office.filter(({ day }) => day !== "wednesday"), on("friday", "22:00", "02:00")];
    expect(grouped(spans).map(({ first, last, spans: own }) => [first, last, own.length])).toEqual([
      ["monday", "tuesday", 1],
      ["thursday", "thursday", 1],
      ["friday", "friday", 2],
    ]);
  });

  test("takes what the form holds, and keeps what it does not", () => {
    const week = {
      ...EMPTY,
      spans: [on("monday", "09:00", "17:00"), on("friday", "22:00", "02:00")],
      holidays: [{ on: "2026-12-25", spans: [{ opens: "10:00", closes: "12:00" }] }],
    };
    const typed = typedWeek({ zone: "UTC", "span-1-closes": "03:00", "holiday-0-0-opens": "11:00" }, week);
    expect(typed.zone).toBe("UTC");
    expect(typed.spans).toEqual([week.spans[0], on("friday", "22:00", "03:00")]);
    expect(typed.holidays).toEqual([{ on: "2026-12-25", spans: [{ opens: "11:00", closes: "12:00" }] }]);
  });
});

describe("what keeps a week from being saved", () => {
  test.each<[string, readonly WeeklySpan[], readonly number[]]>([
    ["nothing: one ends as the next begins", [on("monday", "09:00", "12:00"), on("monday", "12:00", "17:00")], []],
    ["one begins within another", [on("monday", "09:00", "12:00"), on("monday", "11:00", "17:00")], [1]],
    ["the same twice", [on("monday", "09:00", "12:00"), on("monday", "09:00", "12:00")], [1]],
    [
      "a night that lasts into the next morning",
      [on("monday", "22:00", "06:00"), on("tuesday", "05:00", "12:00")],
      [1],
    ],
    ["Sunday's night into Monday", [on("monday", "01:00", "12:00"), on("sunday", "22:00", "02:00")], [0]],
    ["nothing: Sunday up to midnight", [on("monday", "00:00", "12:00"), on("sunday", "18:00", "00:00")], []],
    ["a whole day and an hour of it", [on("monday", "00:00", "00:00"), on("monday", "10:00", "11:00")], [1]],
  ])("%s", (_name, spans, found) => {
    expect(overlaps(inOrder(spans))).toEqual(found);
  });

  test("is named at its field", () => {
    const week = {
      name: " ",
      zone: "Berlin",
      spans: [on("monday", "", "17:00")],
      holidays: [
        { on: "2026-12-25", spans: [] },
        { on: "2026-12-25", spans: [{ opens: "10:00", closes: "" }] },
        { on: "", spans: [] },
      ],
    };
    expect(problemsOf(week, isZone)).toEqual({
      name: "missing",
      zone: "zone",
      "span-0-opens": "missing",
      "holiday-1": "twice",
      "holiday-1-0-closes": "missing",
      "holiday-2": "missing",
    });
    expect(problemsOf({ ...EMPTY, holidays: [{ on: "2026-12-25", spans: [] }] }, isZone)).toEqual({});
  });
});
