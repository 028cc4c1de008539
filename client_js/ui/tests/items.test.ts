import type { Entry } from "@intervene/client";
import { expect, test } from "vitest";
import {
  customerReader,
  type Failed,
  type Input,
  type Item,
  type MessageItem,
  staffReader,
  ThreadItems,
} from "../src/index.ts";
import { ANA, BEN, BOT, entry, MARIA, START, Story, takeover, times } from "./kit.ts";

type Rest = Partial<Omit<Input<never, never>, "view" | "times">>;

const customer = (story: Story, rest: Rest = {}, from = 0) =>
  new ThreadItems(customerReader()).next({ view: story.forCustomer({ from }), isLive: true, times, ...rest });
const staff = (story: Story, rest: Rest = {}, from = 0, me = ANA) =>
  new ThreadItems(staffReader(me)).next({ view: story.forStaff({ from }), isLive: true, times, ...rest });

const said = (items: readonly Item[]) =>
  items.filter((item): item is MessageItem => item.type === "message" || item.type === "note");
const shape = (items: readonly Item[]) =>
  items.map((item) => (item.type === "message" ? `${item.by.kind} ${item.form}` : item.type));
const message = (items: readonly Item[], text: string): MessageItem => {
  const found = said(items).find((item) => item.text === text);
  if (!found) throw new Error(`no message "${text}"`);
  return found;
};
const talk = (...texts: readonly string[]) => texts.reduce((story, text) => story.says(MARIA, text), new Story());

// -- who, and in which order ------------------------------------------------------------------------------------------

test("a contact reads the takeover: what was said, the cut, who has joined, the answer", () => {
  expect(shape(customer(takeover()))).toEqual([
    "day", "you whole", "bot whole", "you whole", "you whole", "bot interrupted", "handover", "other whole",
  ]); // biome-ignore format: a story
});

test("staff read the same, and each from where they stand", () => {
  expect(shape(staff(takeover()))).toEqual([
    "day", "contact whole", "bot whole", "contact whole", "contact whole", "bot interrupted", "handover", "you whole",
  ]); // biome-ignore format: a story
  expect(shape(staff(takeover(), {}, 0, BEN)).at(-1)).toBe("other whole");
});

test("one's own words stand at the end for a contact, the business's for staff", () => {
  const sides = (items: readonly Item[]) =>
    said(items).map(({ by, isAtEnd }) => `${by.kind} ${isAtEnd ? "end" : "start"}`);
  expect(new Set(sides(customer(takeover())))).toEqual(new Set(["you end", "bot start", "other start"]));
  expect(new Set(sides(staff(takeover())))).toEqual(new Set(["contact start", "bot end", "you end"]));
});

test("a reply stands where it began, also if the customer wrote while it came", () => {
  const story = new Story().moves("start", BOT, BOT).says(MARIA, "one").begins(BOT);
  const { message: id } = story.stream ?? { message: "" };
  story.add(MARIA, { kind: "message", message: "mine", text: "two" });
  story.add(BOT, { kind: "message", message: id, text: "reply" });
  expect(said(customer(story)).map(({ text }) => text)).toEqual(["one", "reply", "two"]);
  expect(said(staff(story)).map(({ text }) => text)).toEqual(["one", "reply", "two"]);
});

test("a reply that is being written has the text that is committed, and keeps its key when it is whole", () => {
  const story = new Story().moves("start", BOT, BOT).says(MARIA, "one").begins(BOT, "The first");
  const growing = said(customer(story)).at(-1);
  expect(growing).toMatchObject({ text: "The first", form: "streaming", sending: null });
  story.says(BOT, "The first of three.");
  expect(said(customer(story)).at(-1)).toMatchObject({ text: "The first of three.", form: "whole", key: growing?.key });
});

test("a reply without text yet is not shown, and neither is one that was cut before its first word", () => {
  const story = new Story().moves("start", BOT, BOT).begins(BOT, "");
  expect(customer(story)).toEqual([]);
  story.says(BOT, "", { interrupted: true });
  expect(customer(story)).toEqual([]);
});

test("a reply that began before the page is shown at its end", () => {
  const story = new Story().moves("start", BOT, BOT).says(MARIA, "one").begins(BOT, "Half a sent");
  story.add(MARIA, { kind: "message", message: "mine", text: "two" });
  expect(said(customer(story, {}, 3)).map(({ text }) => text)).toEqual(["two", "Half a sent"]);
});

test("a note stands at its place for staff and never reaches a contact's list", () => {
  const story = talk("hello").notes(BEN, "be kind").says(MARIA, "still there?");
  expect(said(staff(story)).map(({ type, text }) => [type, text])).toEqual([
    ["message", "hello"],
    ["note", "be kind"],
    ["message", "still there?"],
  ]);
  expect(said(customer(story))).toHaveLength(2);
});

test("an event of a kind that this client does not know is passed over", () => {
  const view = talk("hello").forCustomer();
  const stranger = { ...view.events[0], id: "x", event: { kind: "applause" } } as unknown as (typeof view.events)[0];
  const items = new ThreadItems(customerReader()).next({
    view: { ...view, events: [...view.events, stranger] },
    isLive: true,
    times,
  });
  expect(said(items)).toHaveLength(1);
});

// -- groups and separators --------------------------------------------------------------------------------------------

test("messages of one author within five minutes of the first are one group", () => {
  const story = new Story().says(MARIA, "a").says(MARIA, "b", { after: 299 }).says(MARIA, "c", { after: 2 });
  expect(said(customer(story)).map(({ isFirst, isLast }) => [isFirst, isLast])).toEqual([
    [true, false],
    [false, true],
    [true, true],
  ]);
});

test("another author ends a group, and so do a note and a change of holder", () => {
  const story = new Story()
    .says(ANA, "a")
    .says(BEN, "b")
    .notes(BEN, "n")
    .says(BEN, "c")
    .moves("release", BEN)
    .says(BEN, "d");
  expect(said(staff(story)).every((item) => item.type === "note" || (item.isFirst && item.isLast))).toBe(true);
});

test("two agents of one name are two authors", () => {
  const story = new Story().says(ANA, "a").says({ ...BEN, name: ANA.name }, "b");
  expect(said(staff(story, {}, 0, { ...ANA, id: "third" })).map(({ isLast }) => isLast)).toEqual([true, true]);
});

test("a cut reply ends its group: what was interrupted is said below it", () => {
  const story = new Story().moves("start", BOT, BOT).says(BOT, "a", { interrupted: true }).says(BOT, "b");
  expect(said(customer(story)).map(({ hasMeta }) => hasMeta)).toEqual([true, true]);
});

test("each day has a separator, in the reader's zone", () => {
  const story = new Story()
    .says(MARIA, "a")
    .says(MARIA, "b", { after: 9 * 3600 })
    .says(MARIA, "c", { after: 3600 });
  expect(shape(customer(story))).toEqual(["day", "you whole", "you whole", "day", "you whole"]);
  expect(
    customer(story)
      .filter(({ type }) => type === "day")
      .map(({ key }) => key),
  ).toEqual(["day 2026-11-27", "day 2026-11-28"]);
});

test("the unread separator stands before the first unread message of others and counts them", () => {
  const story = takeover();
  const list = customer(story, { unreadAfter: 5 });
  const index = list.findIndex(({ type }) => type === "unread");
  expect(list[index]).toMatchObject({ count: 2 });
  expect(list[index + 1]).toMatchObject({ form: "interrupted" });
});

test("there is no unread separator when only one's own messages are newer, or none is", () => {
  const isMarked = (list: readonly Item[]) => list.some(({ type }) => type === "unread");
  expect(isMarked(customer(talk("a", "b"), { unreadAfter: 0 }))).toBe(false);
  expect(isMarked(customer(takeover(), { unreadAfter: 99 }))).toBe(false);
  expect(isMarked(customer(takeover(), { unreadAfter: null }))).toBe(false);
});

// -- control ----------------------------------------------------------------------------------------------------------

test("the line names the holder of each stretch", () => {
  const story = takeover().moves("release", ANA).says(MARIA, "anybody?").moves("intervene", BEN, BEN).says(BEN, "yes");
  const lines = staff(story).map((item) => (item.type === "handover" ? `${item.above}>${item.line}` : item.line));
  expect(lines).toEqual([
    "bot",
    "bot",
    "bot",
    "bot",
    "bot",
    "bot",
    "bot>you",
    "you",
    "you>wait",
    "wait",
    "wait>other",
    "other",
  ]);
});

test("the first start is no change of holder: a bot had it from the beginning", () => {
  expect(shape(staff(new Story().moves("start", BOT, BOT).says(MARIA, "a")))).toEqual(["day", "contact whole"]);
});

test("a bot that starts later is one", () => {
  const story = talk("a").moves("start", BOT, BOT);
  expect(staff(story).at(-1)).toMatchObject({ type: "handover", from: { kind: "wait" }, to: { kind: "bot" } });
});

test("on a page in the middle the line above the first change is that of whoever spoke, or of the move", () => {
  const story = takeover().moves("hand_back", ANA, BOT).says(MARIA, "ok");
  const page = staff(story, {}, 7); // from the bot's second reply on
  expect(page[1]).toMatchObject({ by: { kind: "bot" }, line: "bot" });
  const late = staff(story, {}, 11); // only the hand-back and what follows
  expect(late[1]).toMatchObject({ type: "handover", from: null, above: "you", line: "bot" });
});

test("without any change of holder on the page the line is the present holder's", () => {
  const story = new Story().moves("start", BOT, BOT).says(MARIA, "a").says(BOT, "b");
  expect(customer(story, {}, 1).map(({ line }) => line)).toEqual(["bot", "bot", "bot"]);
});

test("a closed conversation has no line until it is opened again", () => {
  const story = talk("a")
    .moves("intervene", ANA, ANA)
    .moves("close", ANA, { type: "nobody" }, false)
    .moves("reopen", MARIA, BOT);
  const moves = staff(story).filter((item) => item.type === "handover");
  expect(moves.map(({ above, line, isOpen, wasOpen }) => [above, line, isOpen, wasOpen])).toEqual([
    ["wait", "you", true, true],
    ["you", null, false, true],
    [null, "bot", true, false],
  ]);
});

test("a receipt is unfolded until the next message", () => {
  const story = takeover().moves("hand_back", ANA, BOT);
  expect(
    staff(story)
      .filter((item) => item.type === "handover")
      .map(({ isNewest }) => isNewest),
  ).toEqual([false, true]);
});

// -- sending ----------------------------------------------------------------------------------------------------------

test("what was said is kept without a connection, and sending with one", () => {
  const pending = [entry("k1", "first"), entry("k2", "second")];
  expect(
    said(customer(talk("a"), { pending, isLive: false }))
      .slice(1)
      .map(({ sending }) => sending),
  ).toEqual(["kept", "kept"]);
  expect(
    said(customer(talk("a"), { pending, isLive: true }))
      .slice(1)
      .map(({ sending }) => sending),
  ).toEqual(["sending", "sending"]);
});

test("what has left is sending, also while the connection is away: nobody knows yet", () => {
  const pending = [entry("k1", "first", { isSent: true })];
  expect(said(customer(talk("a"), { pending, isLive: false })).at(-1)?.sending).toBe("sending");
});

test("moves in the send queue are no messages", () => {
  const pending = [
    { ...entry("k1", ""), command: { type: "intervene", id: "k1", conversation: "c", epoch: 1 } },
  ] as Entry[];
  expect(said(staff(talk("a"), { pending }))).toHaveLength(1);
});

test("a staff message keeps its key from the send queue to the log", () => {
  const story = talk("a").moves("intervene", ANA, ANA);
  const pending = [entry("k1", "Hello")];
  const items = new ThreadItems(staffReader(ANA));
  const before = items.next({ view: story.forStaff(), pending, isLive: true, times });
  story.says(ANA, "Hello", { command: "k1" });
  const between = items.next({ view: story.forStaff(), pending, isLive: true, times });
  const after = items.next({ view: story.forStaff(), pending: [], isLive: true, times });
  expect(
    [before, between, after].map((list) =>
      said(list)
        .filter(({ text }) => text === "Hello")
        .map(({ key }) => key),
    ),
  ).toEqual([["k1"], ["k1"], ["k1"]]);
});

test("a customer's message is one bubble between its event and its ack, and keeps its key", () => {
  const story = talk("a");
  const items = new ThreadItems(customerReader());
  const pending = [entry("k1", "Hello", { isSent: true, at: START })];
  items.next({ view: story.forCustomer(), pending, isLive: true, times });
  story.says(MARIA, "Hello");
  const between = said(items.next({ view: story.forCustomer(), pending, isLive: true, times, readUpTo: 0 }));
  expect(between.map(({ key, sending }) => [key, sending])).toEqual([
    ["m1", "sent"],
    ["k1", "sent"],
  ]);
  const after = said(items.next({ view: story.forCustomer(), pending: [], isLive: true, times }));
  expect(after.map(({ key }) => key)).toEqual(["m1", "k1"]);
});

test("the same words said twice are two bubbles", () => {
  const story = talk("yes");
  const items = new ThreadItems(customerReader());
  const first = entry("k1", "yes", { isSent: true, at: START });
  const second = entry("k2", "yes", { isSent: true, at: START + 1 });
  expect(said(items.next({ view: story.forCustomer(), pending: [first, second], isLive: true, times }))).toHaveLength(
    2,
  );
  story.says(MARIA, "yes");
  const both = said(items.next({ view: story.forCustomer(), pending: [second], isLive: true, times }));
  expect(both.map(({ key }) => key)).toEqual(["k1", "k2"]);
});

test("a message that was not sent yet is never taken for an older one with the same words", () => {
  const pending = [entry("k1", "hello", { isSent: false })];
  expect(said(customer(talk("hello"), { pending }))).toHaveLength(2);
});

test("read is what the other side has read, and the state stands where it changes", () => {
  const items = said(customer(talk("a", "b", "c"), { readUpTo: 2 }));
  expect(items.map(({ sending, hasMeta }) => [sending, hasMeta])).toEqual([
    ["read", false],
    ["read", true],
    ["sent", true],
  ]);
});

test("a note is for colleagues: how far the customer has read says nothing of it", () => {
  const story = takeover().says(ANA, "Hi Maria").add(ANA, { kind: "note", message: "n1", text: "She called" });
  const mine = staff(story, { readUpTo: 99 }).flatMap((item) => ("sending" in item ? [[item.type, item.sending]] : []));
  expect(mine.slice(-2)).toEqual([
    ["message", "read"],
    ["note", "sent"],
  ]);
});

test("staff's messages have no sending state once they are in the log: nobody tells who has read them", () => {
  expect(said(staff(takeover())).every(({ sending }) => sending === null)).toBe(true);
});

test("a message that was refused stays, in the bubble that was sending, with its remedy", () => {
  const failed: Failed = {
    id: "k1",
    type: "say",
    text: "too big",
    at: START + 600_000,
    code: "bad_text",
    remedy: "edit",
  };
  const item = message(customer(talk("a"), { failed: [failed] }), "too big");
  expect(item).toMatchObject({ key: "k1", sending: "failed", failed, hasMeta: true });
});

test("what is unsent comes last in the order in which it was written, also by a clock that is behind", () => {
  const failed: Failed = { id: "k0", type: "say", text: "zero", at: START - 9e7, code: "too_old", remedy: "retry" };
  const pending = [entry("k1", "one", { at: START - 8e7 }), entry("k2", "two", { at: START - 7e7 })];
  const items = customer(talk("a"), { pending, failed: [failed] });
  expect(said(items).map(({ text }) => text)).toEqual(["a", "zero", "one", "two"]);
  expect(items.filter(({ type }) => type === "day")).toHaveLength(1);
});

test("who types is shown last, and not beside a reply that is being written", () => {
  const typing = { kind: "other", name: "Ana", id: "" } as const;
  expect(customer(takeover(), { typing }).at(-1)).toMatchObject({ type: "typing", line: "other" });
  const story = new Story().moves("start", BOT, BOT).begins(BOT, "Half");
  expect(customer(story, { typing }).some(({ type }) => type === "typing")).toBe(false);
});

// -- identity ---------------------------------------------------------------------------------------------------------

test("the very same list comes back when nothing changed", () => {
  const items = new ThreadItems(customerReader());
  const input = { view: takeover().forCustomer(), isLive: true, times };
  expect(items.next({ ...input, view: { ...input.view } })).toBe(items.next(input));
});

test("while a reply grows, one item of a thousand changes", () => {
  const story = new Story().moves("start", BOT, BOT);
  for (let index = 0; index < 1000; index += 1) story.says(index % 3 ? MARIA : BOT, `message ${index}`);
  story.begins(BOT, "a");
  const items = new ThreadItems(customerReader());
  const view = story.forCustomer();
  const before = items.next({ view, isLive: true, times });
  const grown = { ...view, stream: view.stream && { ...view.stream, n: 2, text: "a b" } };
  const after = items.next({ view: grown, isLive: true, times });
  expect(after.filter((item, index) => item !== before[index])).toHaveLength(1);
});

test("older messages that are put before change no item but the first of theirs", () => {
  const story = talk(...Array.from({ length: 60 }, (_, index) => `message ${index}`));
  const items = new ThreadItems(customerReader());
  const before = new Set(items.next({ view: story.forCustomer({ from: 50 }), isLive: true, times }));
  const after = items.next({ view: story.forCustomer(), isLive: true, times });
  const lost = [...before].filter((item) => !after.includes(item));
  expect(lost.filter((item) => item.type === "message").length).toBeLessThanOrEqual(2); // their group has grown upward
});

test("every key is unique", () => {
  const pending = [entry("k1", "one"), entry("k2", "two")];
  const keys = customer(takeover(), { pending, unreadAfter: 1, typing: { kind: "bot", name: "b", id: "" } }).map(
    ({ key }) => key,
  );
  expect(new Set(keys).size).toBe(keys.length);
});

test("a server that makes two messages with one id does not make two elements with one key", () => {
  const story = new Story().add(MARIA, { kind: "message", message: "same", text: "a" });
  story.add(MARIA, { kind: "message", message: "same", text: "b" });
  const keys = customer(story).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
