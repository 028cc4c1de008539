import type { wire } from "@intervene/client";
import { describe, expect, test } from "vitest";
import { actionsFor } from "../src/core/actions.ts";
import { type List, NO_LIST } from "../src/core/rows.ts";
import { NO_SETTINGS } from "../src/core/settings.ts";
import { Selecting } from "../src/selecting.ts";
import { ana, ben, bot, nobody, row } from "./kit.ts";

const rows = [
  row("waits", { holder: nobody }),
  row("mine", { holder: ana }),
  row("theirs", { holder: ben }),
  row("bot", { holder: bot }),
];
const me = { id: "ana", name: "Ana", role: "agent" as const };

function selecting(list: List = { ...NO_LIST, rows }): Selecting {
  const offers = (each: wire.Row) => actionsFor(each, me, NO_SETTINGS);
  return new Selecting({ list: () => list, offers, changed: () => undefined });
}

describe("selected conversations", () => {
  test("are those that were chosen, one by one or all from one to another", () => {
    const chosen = selecting();
    chosen.toggle("waits", false);
    chosen.toggle("theirs", true);
    expect([...chosen.ids]).toEqual(["waits", "mine", "theirs"]);
    chosen.toggle("mine", false);
    expect(chosen.rows.map(({ id }) => id)).toEqual(["waits", "theirs"]);
    chosen.all();
    expect(chosen.rows).toHaveLength(4);
    chosen.clear();
    expect(chosen.rows).toHaveLength(0);
  });

  test("can be begun with none, for a finger, until they are cleared or all is done", () => {
    const chosen = selecting();
    expect(chosen.isOn).toBe(false);
    chosen.begin();
    chosen.toggle("mine", false);
    chosen.toggle("mine", false);
    expect(chosen.isOn).toBe(true);
    chosen.clear();
    expect(chosen.isOn).toBe(false);
    chosen.begin();
    chosen.toggle("mine", false);
    chosen.done(["mine"], []);
    expect(chosen.isOn).toBe(false);
  });

  test("offer what one may do with some, and with which", () => {
    const chosen = selecting();
    chosen.all();
    const offers = chosen.offers().map(({ offer, rows: of }) => [offer.kind, of.map(({ id }) => id)]);
    expect(offers).toContainEqual(["assign_me", ["waits", "bot"]]);
    expect(offers).toContainEqual(["close", ["mine"]]);
    expect(offers.map(([kind]) => kind)).not.toContain("reopen");
  });

  test("stay selected and say why where something was refused; what is done is selected no more", () => {
    const chosen = selecting();
    chosen.all();
    chosen.done(["waits", "mine"], [{ id: "mine", reason: "Control has changed since then." }]);
    expect([...chosen.ids]).toEqual(["mine", "theirs", "bot"]);
    expect([...chosen.refusals]).toEqual([["mine", "Control has changed since then."]]);
    chosen.toggle("mine", false);
    expect(chosen.refusals.size).toBe(0);
  });
});
