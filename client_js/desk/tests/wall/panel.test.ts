// @vitest-environment happy-dom
import { render } from "lit";
import { describe, expect, test } from "vitest";
import type { Takeover } from "../../src/places/wall/figures.ts";
import { panel } from "../../src/places/wall/panel.ts";
import type { Reading } from "../../src/places/wall/reading.ts";
import { bot } from "../kit.ts";

const NOON = Date.UTC(2026, 10, 28, 12);
const BOTS = { items: [{ bot: bot.id, name: bot.name, conversations: 8, taken: 1 }], truncated: false };

function drawn(state: Reading["state"]): HTMLElement {
  const root = document.createElement("div");
  render(panel({ state, again: () => undefined } as Reading), root);
  return root;
}

function read(...changes: readonly Partial<Takeover>[]): HTMLElement {
  const whole = { conversation: "c 1", epoch: 2, at: NOON, taken_from: bot, late: 0, seen_ms: 34 };
  const takeovers = changes.map((change) => ({ ...whole, ...change }));
  return drawn({ kind: "here", value: { period: "today", takeovers, isCut: false, bots: BOTS } });
}

describe("what takeovers come to", () => {
  test("is said in words while there is nothing to draw", () => {
    expect(drawn({ kind: "loading" }).textContent).toContain("Reading the takeovers");
    expect(drawn({ kind: "failed", reason: "no such luck", status: 503 }).textContent).toContain("no such luck.");
    expect(read().textContent).toContain("No takeovers yet");
    expect(read({ seen_ms: -1 }).textContent).toContain("there are no times");
  });

  test("has for each picture a table, and no attribute that the page's policy forbids", () => {
    const root = read({}, { seen_ms: 90 }, { seen_ms: 4000 });
    expect(root.querySelectorAll("svg[role=img][aria-label]")).toHaveLength(2);
    expect(root.querySelectorAll("table")).toHaveLength(3);
    expect(root.querySelectorAll("[style]")).toHaveLength(0);
    expect(root.textContent).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("is an incident with a way to the log, once a bot wrote something after one", () => {
    expect(read({}).querySelector(".bad")).toBeNull();
    const root = read({}, { late: 2 });
    expect(root.querySelector(".big .bad")?.textContent).toContain("2");
    expect(root.querySelector(".banner.bad a")?.getAttribute("href")).toBe("/desk/c/c%201");
  });
});
