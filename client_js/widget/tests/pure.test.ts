import type { wire } from "@intervene/client";
import { accentTokens, contrast, englishWords, parseColour as parse } from "@intervene/ui";
import { expect, test } from "vitest";
import { Connection } from "../src/connection.ts";
import { askingOf, holderOf } from "../src/holder.ts";
import { LABELS } from "../src/launcher.ts";
import { toldOf } from "../src/outward.ts";
import type { CustomerView } from "../src/session.ts";
import { unreadIn } from "../src/unread.ts";
import { principalOf } from "../src/user.ts";

const words = englishWords();
const BOT = { kind: "bot", name: "Billing bot" };
const ANA = { kind: "agent", name: "Ana" };
const NOBODY = { kind: "nobody" };

let count = 0;
function event(body: wire.ContactEvent["event"]): wire.ContactEvent {
  count += 1;
  return { type: "event", conversation: "c", pub: count, id: `e${count}`, at: count, event: body };
}
const said = (by: wire.Party, text: string) => event({ kind: "message", message: `m${count}`, by, text });
const control = (holder: wire.Party, is_open = true) => event({ kind: "control", holder, is_open });

function view(holder: wire.Party, events: wire.ContactEvent[] = [], is_open = true): CustomerView {
  const state = { pub: count, holder, is_open };
  return { events, stream: null, state, number: count, more: false, isWhole: true };
}

// -- the accent -------------------------------------------------------------------------------------------------------

test("colours are read as browsers compute them", () => {
  expect(parse("rgb(255, 0, 51)")).toEqual({ red: 1, green: 0, blue: 0.2 });
  expect(parse("color(srgb 0.5 0.25 1)")).toEqual({ red: 0.5, green: 0.25, blue: 1 });
  expect(parse("color(srgb 0.5 0.25 1 / 1)")).not.toBeNull();
});

test("a colour that lets through what is behind it is none", () => {
  for (const colour of [
    "rgba(0, 0, 0, 0.5)",
    "color(srgb 0 0 0 / 0)",
    "transparent",
    "",
    "oklch(1 0 0)",
    "rgb(a, b, c)",
  ]) {
    expect(parse(colour)).toBeNull();
  }
});

test("contrast is that of WCAG", () => {
  const [white, black, grey] = [parse("rgb(255, 255, 255)"), parse("rgb(0, 0, 0)"), parse("rgb(118, 118, 118)")];
  if (!white || !black || !grey) throw new Error("colours");
  expect(contrast(white, black)).toBe(21);
  expect(contrast(grey, white)).toBeCloseTo(4.54, 2);
});

test("an accent on which text cannot be read is refused", () => {
  const white = parse("rgb(255, 255, 255)");
  const accent = (solid: string) => accentTokens(solid, "#fff", { solid: parse(solid), on: white, surface: white });
  expect(accent("rgb(118, 118, 118)")?.["--iv-you-solid"]).toBe("rgb(118, 118, 118)");
  expect(accent("rgb(120, 120, 120)")).toBeNull();
  expect(accent("what")).toBeNull();
});

test("an accent too faint for links leaves them the colour of text", () => {
  const [yellow, black, white] = [parse("rgb(255, 220, 0)"), parse("rgb(0, 0, 0)"), parse("rgb(255, 255, 255)")];
  const tokens = accentTokens("gold", "black", { solid: yellow, on: black, surface: white });
  expect(tokens?.["--iv-you-ink"]).toBe("var(--iv-text)");
  expect(tokens?.["--iv-focus"]).toBe("var(--iv-text)");
});

// -- who answers ------------------------------------------------------------------------------------------------------

test("the header says Bot or Person in words", () => {
  expect(holderOf(view(BOT), words)).toMatchObject({ kind: "bot", title: "Billing bot", badge: "Bot" });
  expect(holderOf(view(ANA), words)).toMatchObject({ kind: "other", title: "Ana", badge: "Person" });
  expect(holderOf(view(NOBODY), words)).toMatchObject({ kind: "wait", badge: "Queue" });
  expect(holderOf(view({ kind: "bot", name: " " }), words)).toMatchObject({ title: "Bot", badge: "Bot" });
});

test("a customer in line reads how many are before them, or that it is closed at the moment", () => {
  const more = (ahead: number, isOpen = true) => holderOf(view(NOBODY), words, { ahead, isOpen }).more;
  expect([more(0), more(1), more(12)]).toEqual(["You are next in line", "1 person before you", "12 people before you"]);
  expect(more(3, false)).toBe("Closed now. You keep your place.");
  expect(holderOf(view(NOBODY), words).more).toBe("");
});

test("a closed conversation says so", () => {
  const closed = { kind: "closed", title: "This conversation was closed" }; // nobody waits, so no clock
  expect(holderOf(view(ANA, [], false), words)).toMatchObject(closed);
  expect(holderOf(view(NOBODY, [], false), words)).toMatchObject(closed);
});

test("a person can be asked for also before anything was said, and while nobody holds control", () => {
  expect(askingOf(null, "no")).toBe("no");
  expect(askingOf(view(BOT), "no")).toBe("no");
});

test("a bot that gave up control has asked for a person already", () => {
  expect(askingOf(view(NOBODY, [control(BOT), control(NOBODY)]), "no")).toBe("asked");
});

test("a move from nobody to nobody is the customer's own asking, and a reopened conversation is none", () => {
  expect(askingOf(view(NOBODY, [control(ANA), control(NOBODY), control(NOBODY)]), "no")).toBe("asked");
  const closed = event({ kind: "control", holder: NOBODY, is_open: false } as wire.ContactEvent["event"]);
  expect(askingOf(view(NOBODY, [closed, control(NOBODY)]), "no")).toBe("hidden");
});

test("while a person holds control or is waited for, and when it is closed, there is nothing to ask for", () => {
  expect(askingOf(view(NOBODY, [control(ANA), control(NOBODY)]), "no")).toBe("hidden");
  expect(askingOf(view(NOBODY, []), "no")).toBe("hidden");
  expect(askingOf(view(ANA), "no")).toBe("hidden");
  expect(askingOf(view(ANA), "asked")).toBe("hidden");
  expect(askingOf(view(BOT, [], false), "no")).toBe("hidden");
});

// -- what is unread, and what the page is told ------------------------------------------------------------------------

test("unread are whole messages of the business after the last number read", () => {
  const events = [said(BOT, "one"), said({ kind: "you" }, "two"), said(ANA, "three"), control(ANA)];
  const [first] = events;
  expect(unreadIn(events, 0)).toMatchObject({ count: 2, latest: { text: "three" } });
  expect(unreadIn(events, first?.pub ?? 0).count).toBe(1);
  expect(unreadIn(events, count)).toEqual({ count: 0, latest: null });
});

test("the page is told who spoke, and when a person joins", () => {
  expect(toldOf(said(BOT, "Hello"), words)[0]).toMatchObject({ details: { from: "bot", name: "Billing bot" } });
  expect(toldOf(said({ kind: "you" }, "Hi"), words)[0]).toMatchObject({ details: { from: "you", name: "" } });
  expect(toldOf(control(ANA), words)).toEqual([{ name: "person-joined", details: { name: "Ana" } }]);
  expect(toldOf(control(BOT), words)).toEqual([]);
});

test("a token's principal is of its key and subject", () => {
  const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=/g, "");
  const token = `${part({ kid: "k1" })}.${part({ sub: "maria" })}.x`;
  expect(principalOf(token)).toBe('user ["k1","maria"]');
  for (const other of ["", "abc", "a.b.c", `${part({})}.${part({ sub: "maria" })}.x`, `${part(null)}.${part(null)}.`]) {
    expect(principalOf(other)).toBeUndefined();
  }
});

// -- the connection ---------------------------------------------------------------------------------------------------

const trouble = (kind: "offline" | "unreachable" | "blocked" | "token" | "server") => ({
  kind,
  code: 1006,
  reason: "",
});
const waiting = (kind: Parameters<typeof trouble>[0], retryAt: number) =>
  ({ kind: "waiting", retryAt, trouble: trouble(kind) }) as const;
const LIVE = { kind: "live", welcome: {} as wire.ContactWelcome } as const;

test("a break that is over at once is not worth a word", () => {
  const connection = new Connection();
  connection.notice(LIVE, 0);
  connection.notice(waiting("server", 1300), 1000);
  expect(connection.notice(waiting("server", 1300), 1200).kind).toBe("none");
  expect(connection.notice(waiting("server", 9000), 3000)).toEqual({ kind: "noAnswer", retryIn: 6000 });
  connection.notice(LIVE, 3100);
  expect(connection.notice(LIVE, 9999).kind).toBe("none");
});

test("a device without a network is said to be offline at once", () => {
  const connection = new Connection();
  connection.notice(LIVE, 0);
  const offline = waiting("offline", Number.POSITIVE_INFINITY);
  connection.notice(offline, 1000);
  expect(connection.notice(offline, 1000)).toEqual({ kind: "offline", retryIn: null });
});

test("a proxy in the way is named, also while it is tried again", () => {
  const connection = new Connection();
  connection.notice(waiting("blocked", 2000), 1000);
  const again = { kind: "connecting", trouble: trouble("blocked") } as const;
  connection.notice(again, 2000);
  expect(connection.notice(again, 2100).kind).toBe("blocked");
});

test("a first connection may take a moment", () => {
  const connection = new Connection();
  const first = { kind: "connecting", trouble: null } as const;
  connection.notice(first, 0);
  expect(connection.notice(first, 1000).kind).toBe("none");
  expect(connection.notice(first, 6000).kind).toBe("noAnswer");
});

// -- the loader -------------------------------------------------------------------------------------------------------

test("the loader's launcher is called what the catalogues call it", async () => {
  const catalogues = await Promise.all(
    Object.keys(LABELS).map(async (language) => {
      const { en, words = en } = await import(`../../ui/src/words/${language}.ts`);
      return [language, words.open];
    }),
  );
  expect(Object.fromEntries(catalogues)).toEqual(LABELS);
});
