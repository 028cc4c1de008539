import type { wire } from "@intervene/client";
import { expect, test } from "vitest";
import { NO_SETTINGS, type Snapshot } from "../src/core/settings.ts";
import { summaryAt, summaryOf } from "../src/core/summary.ts";
import { ana, ben, bot, control, maria, nobody, said, view } from "./kit.ts";

const settings = {
  ...NO_SETTINGS,
  fields: [{ id: "f1", name: "Pay day", version: 1, archived: false }],
} as unknown as Snapshot;
const sets = (body: wire.Event["body"], author: wire.Event["author"] = bot): Partial<wire.Event> => ({ author, body });

test("a takeover from a bot tells the last question and what the bot set in its run, each as it was in the end", () => {
  const shown = view(
    ana,
    said(maria, "Hello"),
    sets({ kind: "status_set", status: "s1", name: "New" }),
    control(ben, bot, 2),
    said(maria, "Is there interest?"),
    sets({ kind: "status_set", status: "s2", name: "Promise to pay" }),
    sets({ kind: "tags_set", tags: ["bill", "<b>x</b>"] }),
    sets({ kind: "fields_set", fields: { f1: "24th" } }),
    sets({ kind: "fields_set", fields: { f1: "25th" } }),
    sets({ kind: "queue_set", queue: "q", name: "Disputes" }, ben),
    control(ana, ana, 3),
    said(maria, "Are you there?"),
  );
  expect(summaryOf(shown, "ana", settings)).toEqual({
    epoch: 3,
    bot: "Billing bot",
    question: "Is there interest?",
    set: [
      { kind: "status", name: "", value: "Promise to pay" },
      { kind: "tags", name: "", value: "bill, <b>x</b>" },
      { kind: "field", name: "Pay day", value: "25th" },
    ],
  });
});

test("there is one where no event says that a bot had control, and none for who did not take over from a bot", () => {
  const begun = view(ana, said(bot, "Hello"), said(maria, "Hi"), control(ana, ana, 3));
  expect(summaryOf(begun, "ana", settings)).toMatchObject({ bot: "Billing bot", question: "Hi", set: [] });
  expect(summaryOf(begun, "ben", settings)).toBeNull();
  expect(summaryOf(view(ana, said(maria, "Hi"), control(ana, ana, 3)), "ana", settings)).toBeNull();
  expect(summaryOf(view(ana, control(ben, ben, 2), said(ben, "Hi"), control(ana, ana, 3)), "ana", settings)).toBeNull();
});

test("of a takeover that is over the summary is there as well, and of what was none there is none", () => {
  const { events } = view(
    ben,
    control(bot, bot, 1),
    said(maria, "Is there interest?"),
    control(ana, ana, 2),
    control(ana, nobody, 3),
    control(ben, ben, 4),
  );
  expect(summaryAt(events, 2, settings)).toMatchObject({
    epoch: 2,
    bot: "Billing bot",
    question: "Is there interest?",
  });
  expect([1, 3, 4, 9].map((epoch) => summaryAt(events, epoch, settings))).toEqual([null, null, null, null]);
});
