import type { wire } from "@intervene/client";
import { expect, test } from "vitest";
import { ALL, colourOf, countOf, queuesOf, viewOf } from "../src/core/lists.ts";
import { NO_SETTINGS, type QueueRow } from "../src/core/settings.ts";

const counts: wire.Counts = {
  type: "counts",
  organisation: "acme",
  mine: 4,
  waiting: 2,
  agent: 5,
  bot: 12,
  queues: { billing: { waiting: 1, bot: 3 } },
};

test("a tab says how many it has, where the server counts them", () => {
  const all = (["mine", "waiting", "bot", "all", "closed"] as const).map((tab) => countOf(tab, ALL, counts));
  expect(all).toEqual([4, 2, 12, 19, null]);
  const billing = { ...ALL, queue: "billing" };
  expect([countOf("mine", billing, counts), countOf("all", billing, counts)]).toEqual([null, 4]);
  expect(countOf("waiting", { ...ALL, queue: "other" }, counts)).toBe(0);
  expect(countOf("all", { ...ALL, tag: "vip" }, counts)).toBe(null);
  expect(countOf("all", ALL, null)).toBe(null);
});

test("a list is asked for with what narrows it, and nothing else", () => {
  expect(viewOf(ALL)).toEqual({ list: "all" });
  expect(viewOf({ tab: "mine", queue: "billing", status: "s1", tag: "vip" })).toEqual({
    list: "mine",
    queue: "billing",
    status: "s1",
    tag: "vip",
  });
});

test("agents choose among the queues that they serve, others among all that are in use", () => {
  const queue = (id: string, more: Partial<QueueRow> = {}) => ({ id, name: id, is_active: true, ...more }) as QueueRow;
  const queues = [
    queue("default"),
    queue("billing"),
    queue("old", { archived: true }),
    queue("off", { is_active: false }),
  ];
  const people = [{ id: "ana", name: "Ana", role: "agent" as const, queues: ["billing"] }];
  const settings = { ...NO_SETTINGS, queues, people };
  const of = (id: string, role: wire.Role) => queuesOf({ id, name: id, role }, settings).map((each) => each.id);
  expect(of("ana", "agent")).toEqual(["billing"]);
  expect(of("ben", "supervisor")).toEqual(["default", "billing"]);
  expect(of("carl", "agent")).toEqual(["default", "billing"]);
});

test("a status is shown in the nearest of seven colours, and in none if it has none", () => {
  const colours = [
    "#ff0000",
    "#e08020",
    "#e0c020",
    "#20a040",
    "#109080",
    "#3050e0",
    "#8040a0",
    "#d02040",
    "#888888",
    "",
  ];
  expect(colours.map(colourOf)).toEqual([
    "bad",
    "wait",
    "note",
    "good",
    "bot",
    "you",
    "other",
    "bad",
    "plain",
    "plain",
  ]);
});
