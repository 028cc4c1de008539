// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from "vitest";
import { ALL_ON } from "../src/core/alerts.ts";
import { type Pressed, shortcutOf } from "../src/core/keys.ts";
import { ALL, TABS } from "../src/core/lists.ts";
import { isOfDesk, type Place, pathOf, routeOf } from "../src/core/route.ts";
import { principalOf, tokenOf } from "../src/core/token.ts";
import { Shelf } from "../src/shelf.ts";
import { clock, contactName, listed } from "../src/words.ts";

describe("the address bar", () => {
  test("names a place, and what is open in it, whatever its id is", () => {
    for (const place of ["conversations", "contacts", "wall", "settings"] satisfies Place[]) {
      for (const id of ["c-1", "a/b c", "ü?#", null]) expect(routeOf(pathOf(place, id))).toMatchObject({ place, id });
    }
    expect(pathOf("conversations")).toBe("/desk");
  });

  test("names the list beside a conversation: its tab, its queue, and what narrows it", () => {
    for (const tab of TABS) {
      for (const queue of ["", "q&=?#ü"]) {
        const filter = { tab, queue, status: "s 1", tag: "a+b" };
        for (const id of ["c-1", null]) {
          const path = pathOf("conversations", id, filter);
          expect(routeOf(path)).toEqual({ place: "conversations", id, filter });
        }
      }
    }
    expect(pathOf("conversations", "c-1", { ...ALL, tab: "mine" })).toBe("/desk/c/c-1?tab=mine");
    expect(routeOf("/desk?tab=walls&other=1").filter).toEqual(ALL);
  });

  test("what no desk has made names the conversations, and none of them", () => {
    for (const path of ["/desk", "/desk/", "/desk/c/", "/desk/c/%", "/desk/c/a/b", "/desk/walls", "/", "/x/c/a"]) {
      expect(routeOf(path)).toEqual({ place: "conversations", id: null, filter: ALL });
    }
    expect(["/desk", "/desk/wall", "/desks", "/"].map(isOfDesk)).toEqual([true, true, false, false]);
  });
});

describe("the shortcuts", () => {
  const pressed = (more: Partial<Pressed>): Pressed => ({
    code: "KeyI",
    key: "i",
    altKey: true,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    isComposing: false,
    getModifierState: () => false,
    ...more,
  });

  test("go by the physical key, inside fields too", () => {
    expect(shortcutOf(pressed({ key: "ˆ" }), true)).toBe("take");
    expect(shortcutOf(pressed({ code: "KeyX", key: "i" }), false)).toBeNull();
  });

  test("AltGr is not Alt, and an input method that composes has all keys", () => {
    expect(shortcutOf(pressed({ getModifierState: (name) => name === "AltGraph" }), true)).toBeNull();
    expect(shortcutOf(pressed({ ctrlKey: true }), true)).toBeNull();
    expect(shortcutOf(pressed({ isComposing: true }), true)).toBeNull();
  });

  test("a question mark asks for help, but not in a field", () => {
    const question = pressed({ code: "Slash", key: "?", altKey: false, shiftKey: true });
    expect(shortcutOf(question, false)).toBe("help");
    expect(shortcutOf(question, true)).toBeNull();
  });
});

describe("a host token", () => {
  const claims = btoa(JSON.stringify({ org: "acme", sub: "ana@acme.example" })).replaceAll("=", "");

  test("says whose it is, and nothing where it cannot be read", () => {
    expect(principalOf(`e30.${claims}.c2ln`)).toBe("acme ana@acme.example");
    for (const token of ["", "a.b", "a.!.c", `e30.${btoa("{}")}.x`]) expect(principalOf(token)).toBe("");
  });

  test("comes as text or in JSON; a page of HTML is none", () => {
    expect(tokenOf(" aa.bb.cc\n")).toBe("aa.bb.cc");
    expect(tokenOf('{"token": "aa.bb.cc"}')).toBe("aa.bb.cc");
    for (const text of ["<!doctype html>", "", "{}", '{"token": 1}', "{", "not a token"])
      expect(tokenOf(text)).toBe("");
  });
});

describe("which notices a person has seen", () => {
  beforeEach(() => localStorage.clear());

  test("outlives the page, is theirs alone, and is forgotten with them", () => {
    const shelf = new Shelf("acme ana");
    expect(shelf.isTold).toBe(false);
    shelf.tell();
    expect([new Shelf("acme ana").isTold, new Shelf("acme ben").isTold]).toEqual([true, false]);
    shelf.forget();
    expect([shelf.isTold, localStorage.length]).toEqual([false, 0]);
  });

  test("is in memory where storage is refused, or holds what another program wrote", () => {
    const refused = new Shelf("a", () => {
      throw new Error("SecurityError");
    });
    refused.tell();
    expect(refused.isTold).toBe(true);
    localStorage.setItem("intervene:desk:b", "not JSON");
    expect(new Shelf("b").isTold).toBe(false);
  });

  test("who has set nothing is called by all; what was chosen is kept, for that person alone", () => {
    localStorage.clear();
    expect(new Shelf("ana").choices).toEqual(ALL_ON);
    new Shelf("ana").choose({ sound: false });
    new Shelf("ana").tell();
    expect([new Shelf("ana").choices.sound, new Shelf("ben").choices.sound]).toEqual([false, true]);
    localStorage.setItem("intervene:desk:ana", '{"choices":{"sound":"no","evil":true,"waiting":false}}');
    expect(new Shelf("ana").choices).toEqual({ ...ALL_ON, waiting: false });
  });
});

test("people and times as they are written", () => {
  expect([0, 59_999, 252_000, 3_661_000].map(clock)).toEqual(["0:00", "0:59", "4:12", "1:01:01"]);
  expect(contactName({ id: "v-ab8f2k", name: "" })).toBe("Visitor 8F2K");
  expect(listed(["Ben"])).toBe("Ben");
  expect(listed(["Ben", "Chiara", "3 more"])).toBe("Ben, Chiara and 3 more");
});
