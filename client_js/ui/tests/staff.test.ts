import { expect, test } from "vitest";
import { englishWords, staffReader, staffSentence, staffWords, ThreadItems } from "../src/index.ts";
import { ANA, BOT, Story, times } from "./kit.ts";

test("a transfer says where it went, as the queue was called then", () => {
  const body = { kind: "control", move: "transfer", holder: { type: "nobody" }, is_open: true } as const;
  const said = (queue_name?: string) => {
    const story = new Story().moves("intervene", ANA, ANA).add(ANA, queue_name ? { ...body, queue_name } : body);
    const items = new ThreadItems(staffReader(ANA)).next({ view: story.forStaff(), isLive: true, times });
    const moved = items.filter((item) => item.type === "handover").at(-1);
    return moved && staffSentence(moved, englishWords(), staffWords()).title.plain;
  };
  expect(said("Payments")).toMatch(/moved this to Payments$/);
  expect(said()).toMatch(/moved this to another queue$/);
});

test("a bot that gets a conversation is told what the agent wrote, and otherwise what happened", () => {
  const said = (move: "hand_back" | "start", reason?: string) => {
    const body = { kind: "control", move, holder: BOT, is_open: true, ...(reason && { reason }) } as const;
    const story = new Story().moves("intervene", ANA, ANA).add(ANA, body);
    const items = new ThreadItems(staffReader(ANA)).next({ view: story.forStaff(), isLive: true, times });
    const given = items.filter((item) => item.type === "handover").at(-1);
    return given && staffSentence(given, englishWords(), staffWords()).more?.plain;
  };
  expect(said("hand_back", "She pays in December.")).toBe("It is told: She pays in December.");
  expect(said("hand_back")).toBe("A new run: it is told what happened here.");
  expect(said("start", "Ask for her number.")).toBe("It is told: Ask for her number.");
  expect(said("start")).toBe(undefined);
});
