/** The action history: what the server told, and what came as events since. */

import { describe, expect, it } from "vitest";
import { actionOf, hasGap, holderBefore, withEvents } from "../src/core/history.ts";
import { ana, bot, control, maria, nobody, said, view } from "./kit.ts";

const opened = { author: maria, body: { kind: "opened", contact: maria, channel: "webchat" } } as const;
const { events } = view(ana, opened, control(bot, bot, 1), said(maria, "hi"), control(ana, ana, 2));
const actions = withEvents([], events);

describe("the action history", () => {
  it("has the newest first, and nothing of what was said", () => {
    expect(actions.map(({ seq, action }) => [seq, action])).toEqual([
      [4, "intervene"],
      [2, "intervene"],
      [1, "opened"],
    ]);
  });

  it("takes each event once, and is the very same where nothing was done", () => {
    expect(withEvents(actions, events)).toBe(actions);
    const before = actions.slice(1);
    expect(withEvents(before, events)).toEqual(actions);
    expect(actionOf(events[2] as (typeof events)[number])).toBeNull();
  });

  it("knows who held control before a change, if that is loaded", () => {
    expect(holderBefore(actions, 0)).toEqual(bot);
    expect(holderBefore(actions, 1)).toEqual(nobody);
    expect(holderBefore(actions.slice(0, 1), 0)).toBeNull();
  });

  it("misses events where the first that is there does not follow the last that was", () => {
    expect(hasGap(0, events)).toBe(false);
    expect(hasGap(2, events.slice(2))).toBe(false);
    expect(hasGap(1, events.slice(2))).toBe(true);
    expect(hasGap(4, [])).toBe(false);
  });
});
