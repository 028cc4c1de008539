// @vitest-environment happy-dom
import type { wire } from "@intervene/client";
import { nothing, render } from "lit";
import { expect, test } from "vitest";
import { dock } from "../src/demo/dock.ts";
import { type Item, type Reader, thread } from "../src/demo/thread.ts";

const reader: Reader = {
  isStaff: true,
  look: ({ kind }) => kind,
  sentence: ({ move }) => move ?? "",
  receipt: () => nothing,
};
const bot = { kind: "bot", id: "b", name: "Assistant" };
const maria = { kind: "contact", id: "m", name: "Maria" };
let at = 0;
const item = (kind: string, facts: Partial<Item>): Item => {
  at += 1;
  return { kind, id: `e${at}`, at, by: maria, ...facts };
};

function shown(items: readonly Item[], stream: wire.OpenStream | null = null): string[] {
  const log = document.createElement("div");
  render(thread(items, stream, reader), log);
  return [...log.querySelectorAll(".bub, .turn p")].map((part) => part.textContent?.trim() ?? "");
}

const log = [
  item("control", { move: "start", holder: bot, is_open: true }),
  item("message", { message: "1", text: "Hello" }),
  item("message_started", { message: "2", by: bot }),
  item("message", { message: "3", text: "Are you there?" }),
];

test("a reply stands where it began, although somebody wrote before it was whole", () => {
  expect(shown(log, { message: "2", n: 1, text: "Good mor" })).toEqual([
    "start",
    "Hello",
    "Good mor",
    "Are you there?",
  ]);
  const whole = [...log, item("message", { message: "2", by: bot, text: "Good morning" })];
  expect(shown(whole)).toEqual(["start", "Hello", "Good morning", "Are you there?"]);
});

test("a reply whose beginning is not shown stands where it ended", () => {
  expect(shown([item("message", { message: "2", by: bot, text: "Good morning" })])).toEqual(["Good morning"]);
});

const state: wire.StaffState = {
  contact: { type: "contact", id: "m", name: "Maria" },
  channel: "webchat",
  seq: 1,
  epoch: 1,
  holder: { type: "bot", id: "b", name: "Assistant" },
  is_open: true,
  reply_enabled: false,
  asked: 1,
  queue: "default",
};
const known = { look: "bot", state, offline: "", taking: 0, since: null, isSupervisor: false };

test("the dock never offers a reply before the server says so", () => {
  expect(dock(known).main).toBe("Intervene");
  expect(dock({ ...known, taking: 1 }).main).toBe("Taking over");
  expect(dock({ ...known, taking: 5_000 }).title).toBe("No answer from the server yet.");
  expect(dock({ ...known, look: "you" })).toEqual({});
  expect(dock({ ...known, look: "you", offline: "No connection. Trying again." }).other).toBe("Try now");
  expect(dock({ ...known, look: "wait", since: 61_000 }).title).toBe("Maria has been waiting for 1:01");
  expect(dock({ ...known, look: "other", isSupervisor: true }).other).toBe("Take over from Assistant");
});
