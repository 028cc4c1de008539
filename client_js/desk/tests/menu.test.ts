import { html } from "lit";
import { describe, expect, test } from "vitest";
import { type MenuItem, steady } from "../src/menu.ts";

const item = (label: string, act = () => {}): MenuItem => ({ label, meaning: "", icon: html``, act });
const labels = (items: readonly MenuItem[]) => items.map(({ label, isGone }) => (isGone ? `(${label})` : label));

describe("an open menu", () => {
  test("adds last what is offered later, so that nothing moves under the pointer", () => {
    const shown = steady([], [item("Tags"), item("Download")]);
    expect(labels(steady(shown, [item("Assign"), item("Tags"), item("Queue"), item("Download")]))).toEqual([
      "Tags",
      "Download",
      "Assign",
      "Queue",
    ]);
  });

  test("keeps the place of what is offered no more, and takes it back", () => {
    const shown = steady([], [item("Assign"), item("Tags")]);
    const without = steady(shown, [item("Tags")]);
    expect(labels(without)).toEqual(["(Assign)", "Tags"]);
    expect(labels(steady(without, [item("Assign"), item("Tags")]))).toEqual(["Assign", "Tags"]);
  });

  test("does what is offered now, of two with one label too", () => {
    const done: string[] = [];
    const now = ["a", "b"].map((name) => item("Same", () => done.push(name)));
    const shown = steady([], [item("Same"), item("Same")]);
    for (const { act } of steady(shown, now)) act();
    expect(done).toEqual(["a", "b"]);
  });
});
