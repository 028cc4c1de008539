// @vitest-environment happy-dom
import { beforeEach, describe, expect, test } from "vitest";
import { type Pressed, shortcutOf } from "../src/core/keys.ts";
import { conversationOf, pathOf } from "../src/core/route.ts";
import { principalOf, tokenOf } from "../src/core/token.ts";
import { Shelf } from "../src/shelf.ts";
import { Tail } from "../src/tail.ts";
import { clock, clockOf, contactName, listed } from "../src/words.ts";

describe("the address bar", () => {
  test("names a conversation, whatever its id is", () => {
    for (const id of ["c-1", "a/b c", "ü?#"]) expect(conversationOf(pathOf(id))).toBe(id);
    expect(pathOf(null)).toBe("/desk");
  });

  test("what no desk has made names none", () => {
    for (const path of ["/desk", "/desk/", "/desk/c/", "/desk/c/%", "/desk/c/a/b", "/"]) {
      expect(conversationOf(path)).toBeNull();
    }
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
    expect(shortcutOf(pressed({ code: "KeyQ", key: "i" }), false)).toBeNull();
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

describe("what a person has read", () => {
  beforeEach(() => localStorage.clear());

  test("only grows, outlives the page, and is theirs alone", () => {
    const shelf = new Shelf("acme ana");
    expect(shelf.read("c1", 7)).toBe(true);
    expect(shelf.read("c1", 6)).toBe(false);
    shelf.tell();
    expect(new Shelf("acme ana").readUpTo("c1")).toBe(7);
    expect(new Shelf("acme ana").isTold).toBe(true);
    expect(new Shelf("acme ben").readUpTo("c1")).toBe(0);
  });

  test("two tabs keep what both have read", () => {
    const [one, other] = [new Shelf("a"), new Shelf("a")];
    one.read("c1", 1);
    other.read("c2", 2);
    expect(new Shelf("a").readUpTo("c1")).toBe(1);
    expect(new Shelf("a").readUpTo("c2")).toBe(2);
  });

  test("is forgotten with the person", () => {
    const shelf = new Shelf("a");
    shelf.read("c1", 1);
    shelf.forget();
    expect(shelf.readUpTo("c1")).toBe(0);
    expect(localStorage.length).toBe(0);
  });

  test("is in memory where storage is refused, or holds what another program wrote", () => {
    const refused = new Shelf("a", () => {
      throw new Error("SecurityError");
    });
    refused.read("c1", 3);
    expect(refused.readUpTo("c1")).toBe(3);
    localStorage.setItem("intervene:desk:b", "not JSON");
    expect(new Shelf("b").readUpTo("c1")).toBe(0);
  });
});

test("the tail of a reply changes four times a second, and is gone with the reply", () => {
  const tail = new Tail();
  const stream = (text: string) => ({ message: "m", n: 1, text });
  expect(tail.of(stream("Hello"), 0)).toBe("Hello");
  expect(tail.of(stream("Hello Maria"), 100)).toBe("Hello");
  expect(tail.of(stream("Hello Maria"), 250)).toBe("Hello Maria");
  expect(tail.of(null, 260)).toBe("");
});

test("people and times as they are written", () => {
  expect([0, 59_999, 252_000, 3_661_000].map(clock)).toEqual(["0:00", "0:59", "4:12", "1:01:01"]);
  expect(contactName({ id: "v-ab8f2k", name: "" })).toBe("Visitor 8F2K");
  expect(listed(["Ben"])).toBe("Ben");
  expect(listed(["Ben", "Chiara", "3 more"])).toBe("Ben, Chiara and 3 more");
  const at = new Date(2026, 10, 28, 16, 5);
  const hour = (reader: string) => at.toLocaleTimeString(clockOf(reader), { hour: "numeric", minute: "2-digit" });
  expect([hour("en-US"), hour("en-GB"), hour("de-DE")].map((text) => text.replace(/\s/, " "))).toEqual([
    "4:05 PM",
    "16:05",
    "16:05",
  ]);
});
