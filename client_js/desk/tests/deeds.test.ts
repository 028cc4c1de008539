/** The action history in words: who did what, to whom, and never more than is known. */

import type { Rich } from "@intervene/ui";
import { describe, expect, it } from "vitest";
import { deed, reasonOf } from "../src/contacts/deeds.ts";
import type { Known } from "../src/contacts/names.ts";
import type { Action } from "../src/core/history.ts";
import { type FieldRow, NO_SETTINGS } from "../src/core/settings.ts";
import { ana, ben, bot, maria, nobody } from "./kit.ts";

const checked: FieldRow = {
  id: "f1",
  name: "Checked",
  version: 1,
  archived: false,
  kind: "checkbox",
  choices: [],
  position: 0,
};
const known: Known = {
  me: { id: "ana", name: "Ana", role: "agent" },
  settings: { ...NO_SETTINGS, fields: [checked] },
  bots: new Map(),
};

function plain(rich: Rich): string {
  return rich.map((part) => (typeof part === "string" ? part : String(part.values[0]))).join("");
}

function action(by: Action["by"], body: Action["body"], seq = 9): Action {
  return { seq, at: seq, epoch: seq, by, body, action: body.kind === "control" ? body.move : body.kind };
}

function moved(
  by: Action["by"],
  move: "intervene" | "close" | "assign" | "release" | "lapse" | "ask",
  holder: unknown,
) {
  return action(by, { kind: "control", move, holder } as Action["body"]);
}

function said(one: Action, ...before: Action[]): string {
  return plain(deed(one, [one, ...before], 0, known));
}

const system = { type: "system" } as Action["by"];
const botHolds = moved(system, "assign", bot);
const opened = action(maria, { kind: "opened", contact: maria, channel: "webchat" }, 1);

describe("the action history", () => {
  it("says from whom control was taken, if that is known", () => {
    expect(said(moved(ana, "intervene", ana), botHolds)).toBe("You took over from Billing bot");
    expect(said(moved(ben, "intervene", ben), opened)).toBe("Ben picked up");
    expect(said(moved(ben, "intervene", ben))).toBe("Ben took over");
    expect(said(moved(system, "lapse", nobody), moved(ben, "intervene", ben))).toContain("Taken back from Ben");
  });

  it("says who gave it, and to whom", () => {
    expect(said(moved(ben, "assign", ana))).toBe("Ben assigned it to you");
    expect(said(moved(ben, "release", nobody))).toBe("Ben let go");
    expect(said(moved(maria, "ask", nobody), botHolds)).toBe("Maria asked for a person");
    expect(said(moved(system, "ask", nobody), botHolds)).toBe("Billing bot could not go on");
    expect(said(moved(ben, "close", nobody))).toBe("Ben closed it");
  });

  it("says what was set, by the names that there are", () => {
    expect(said(action(bot, { kind: "status_set", status: "s1", name: "Promised" }))).toBe(
      "Billing bot set the status to Promised",
    );
    expect(said(action(ben, { kind: "status_set", status: "" }))).toBe("Ben took the status away");
    expect(said(action(ben, { kind: "tags_set", tags: ["a", "b"] }))).toBe("Ben set the tags: a and b");
    expect(said(action(ben, { kind: "tags_set", tags: [] }))).toBe("Ben took all tags away");
    expect(said(action(ben, { kind: "fields_set", fields: { f1: "true" } }))).toBe("Ben set Checked to Yes");
    expect(said(action(ben, { kind: "fields_set", fields: { gone: "" } }))).toBe("Ben emptied gone");
    expect(said(action(bot, { kind: "attributes_kept", values: { plan: "pro" } }))).toBe("Billing bot set plan to pro");
    expect(said(action(bot, { kind: "attributes_kept", values: { a: "1", b: "2" } }))).toBe(
      "Billing bot set 2 attributes",
    );
  });

  it("words the reasons of the product, and leaves alone what a person wrote", () => {
    const why = (by: Action["by"], move: "lapse" | "release" | "close", reason: string, reason_name?: string) =>
      reasonOf(by, { kind: "control", move, holder: nobody, reason, ...(reason_name && { reason_name }) } as never);
    expect(why(system, "lapse", "absent")).toBe("absent for as long as the queue allows");
    expect(why(ben, "close", "blocked")).toBe("blocked");
    expect(why(ben, "close", "r1", "Paid")).toBe("Paid");
    expect(why(ben, "release", "absent")).toBe("absent");
    expect(why(bot, "release", "She wants a discount")).toBe("She wants a discount");
  });

  it("names what a newer server does", () => {
    const newer = { ...action(ben, { kind: "rated", score: 1 }), action: "waved", body: { kind: "waved" } };
    expect(said(newer as unknown as Action)).toBe("Ben: waved");
  });
});
