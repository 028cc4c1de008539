import { describe, expect, test } from "vitest";
import { actionsFor } from "../src/core/actions.ts";
import { type Pressed, shortcutOf } from "../src/core/keys.ts";
import { choicesOf, type Entry, entriesOf, shownGroups } from "../src/core/palette.ts";
import { NO_SETTINGS, type StatusRow } from "../src/core/settings.ts";
import { ana, state } from "./kit.ts";

const entry = (label: string): Entry => ({ label, meaning: "", icon: "", shortcut: null, act: () => undefined });
const labels = (groups: ReturnType<typeof shownGroups>) =>
  groups.map(({ entries }) => entries.map(({ item }) => item.label));

describe("what the palette offers", () => {
  const here = { title: "here", entries: [entry("Hand back"), entry("Close")] };
  const known = { title: "known", entries: [entry("Hannah"), entry("Johan"), entry("Tom")], isFoundOnly: true };

  test("is this conversation first, and names only once something is typed", () => {
    expect(labels(shownGroups([here, known], " "))).toEqual([["Hand back", "Close"]]);
    expect(labels(shownGroups([here, known], "HAN"))).toEqual([["Hand back"], ["Hannah", "Johan"]]);
    expect(shownGroups([here, known], "zzz")).toEqual([]);
  });

  test("is not more than one can look over, and what the server found as it found it", () => {
    const many = { title: "many", entries: Array.from({ length: 50 }, (_, n) => entry(`A ${n}`)), isFoundOnly: true };
    expect(shownGroups([many], "a")[0]?.entries.length).toBe(8);
    const found = { title: "found", entries: [entry("Müller")], isFoundOnly: true, isFound: true };
    expect(labels(shownGroups([found], "+49 170"))).toEqual([["Müller"]]);
  });

  test("are the actions of the menus, with what can be chosen as entries of their own", () => {
    const paid: StatusRow = { id: "s-1", version: 1, archived: false, name: "Paid", colour: "#00aa00", position: 0 };
    const settings = { ...NO_SETTINGS, statuses: [paid] };
    const offers = actionsFor(state(ana), { id: "ana", name: "Ana", role: "agent" }, settings);
    const taken: unknown[] = [];
    const take = (offer: (typeof offers)[number]) => taken.push(offer.action);
    expect(entriesOf(offers, take).map(({ label }) => label)).toContain("Set status…");
    const choice = choicesOf(offers, take).find(({ label }) => label === "Set status: Paid");
    choice?.act();
    expect(taken).toEqual([{ kind: "status", status: "s-1" }]);
  });
});

test("Ctrl or Cmd K opens it, also in a field; with another modifier it is another key", () => {
  const key = (more: Partial<Pressed>): Pressed => ({
    code: "KeyK",
    key: "k",
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    isComposing: false,
    getModifierState: () => false,
    ...more,
  });
  expect([key({ ctrlKey: true }), key({ metaKey: true })].map((each) => shortcutOf(each, true))).toEqual([
    "palette",
    "palette",
  ]);
  const others = [
    { ctrlKey: true, shiftKey: true },
    { ctrlKey: true, altKey: true },
    { ctrlKey: true, isComposing: true },
    {},
  ];
  expect(others.map((each) => shortcutOf(key(each), false))).toEqual([null, null, null, null]);
});
