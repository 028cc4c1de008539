import { describe, expect, test } from "vitest";
import { changesOf, type Draft, isChanged, Kept, rebased } from "../../src/places/settings/kit/drafts.ts";
import { lasting } from "../../src/places/settings/kit/lasting.ts";
import { limitsWith, teamChanges } from "../../src/places/settings/queues/shapes.ts";

interface Values {
  readonly name: string;
  readonly hours: string;
  readonly spans: readonly string[];
}

const BEFORE: Values = { name: "Disputes", hours: "", spans: ["a"] };
const DRAFT: Draft<Values> = { id: "q", version: 3, before: BEFORE, values: BEFORE, key: "k", theirs: [] };

describe("a draft", () => {
  test("sends the members that changed, and no others", () => {
    expect(isChanged({ ...DRAFT, values: { ...BEFORE, spans: ["a"] } })).toBe(false);
    const draft = { ...DRAFT, values: { ...BEFORE, hours: "office" } };
    expect(changesOf(draft)).toEqual({ hours: "office" });
  });

  test("keeps what was touched where another change came first, and says what that one set", () => {
    const mine = { ...DRAFT, values: { ...BEFORE, hours: "office" } };
    const now = { ...BEFORE, name: "Claims", hours: "night" };
    const draft = rebased(mine, now, { version: 4 });
    expect(draft).toMatchObject({ version: 4, before: now, theirs: ["name", "hours"] });
    expect(draft.values).toEqual({ name: "Claims", hours: "office", spans: ["a"] });
    expect(changesOf(draft)).toEqual({ hours: "office" });
  });

  test("is kept for its session and page, and for no other", () => {
    const [one, other] = [{}, {}];
    const kept = new Kept<Draft<Values>>(() => one, "queues");
    kept.set(DRAFT);
    expect(kept.get()).toBe(DRAFT);
    expect([Kept.has(one, "queues"), Kept.has(one, "hours"), Kept.has(other, "queues")]).toEqual([true, false, false]);
    expect(new Kept(() => one, "hours").get()).toBeNull();
    expect(new Kept(() => other, "queues").get()).toBeNull();
    kept.set(null);
    expect([kept.get(), Kept.has(one, "queues")]).toEqual([null, false]);
  });
});

test("a team is changed in parts that the server takes", () => {
  const many = Array.from({ length: 450 }, (_, n) => `p${n}`);
  expect(teamChanges(["a", "b"], ["b", "a"])).toEqual([]);
  expect(teamChanges(["a", "b"], ["b", "c"])).toEqual([{ add: ["c"], remove: ["a"] }]);
  expect(teamChanges(["x"], many).map(({ add, remove }) => [add.length, remove.length])).toEqual([
    [200, 1],
    [200, 0],
    [50, 0],
  ]);
});

test("a limit that is set is among those to choose from, and is said in its own unit", () => {
  expect(limitsWith(300).filter((each) => each === 300)).toHaveLength(1);
  expect(limitsWith(90)).toContain(90);
  expect(limitsWith(0).at(-1)).toBe(0);
  expect([30, 90, 300, 7200, 86_400, 172_800].map((each) => lasting(each, "en"))).toEqual([
    "30 sec",
    "90 sec",
    "5 min",
    "2 hr",
    "1 day",
    "2 days",
  ]);
});
