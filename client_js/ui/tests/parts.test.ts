// @vitest-environment happy-dom
import { html, render } from "lit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  Announcer,
  bytesOver,
  canSend,
  composer,
  contactSentence,
  customerReader,
  Drafts,
  englishWords,
  type HandoverItem,
  initials,
  ThreadItems,
  thread,
} from "../src/index.ts";
import { HOSTILE } from "./hostile.ts";
import { ANA, BOT, MARIA, Story, takeover, times } from "./kit.ts";

const words = englishWords();
const host = {
  addController: () => undefined,
  removeController: () => undefined,
  requestUpdate: vi.fn(),
  updateComplete: Promise.resolve(true),
};
const sentence = (item: HandoverItem) => contactSentence(item, words);

let root = document.createElement("div");

beforeEach(() => {
  root = document.createElement("div");
  document.body.replaceChildren(root);
  localStorage.clear();
  vi.useFakeTimers();
});

afterEach(() => vi.useRealTimers());

// -- composer ---------------------------------------------------------------------------------------------------------

function field(
  text: string,
  acts: { onSend?: (text: string) => void; onInput?: (text: string) => void } = {},
): HTMLTextAreaElement {
  const options = { words, text, placeholder: "Write", onInput: () => undefined, onSend: () => undefined, ...acts };
  render(composer(options), root);
  return document.querySelector("textarea") as HTMLTextAreaElement;
}

const press = (element: Element, init: KeyboardEventInit & { keyCode?: number }) => {
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
  if (init.keyCode) Object.defineProperty(event, "keyCode", { value: init.keyCode });
  element.dispatchEvent(event);
  return event;
};

test("Enter sends; with Shift, or while an input method composes, it does not", () => {
  const onSend = vi.fn();
  const element = field("hello", { onSend });
  press(element, { key: "Enter", shiftKey: true });
  press(element, { key: "Enter", isComposing: true });
  press(element, { key: "Enter", keyCode: 229 });
  press(element, { key: "a" });
  expect(onSend).not.toHaveBeenCalled();
  expect(press(element, { key: "Enter" }).defaultPrevented).toBe(true);
  expect(onSend).toHaveBeenCalledExactlyOnceWith("hello");
});

test("what has nothing visible in it is not sent", () => {
  expect(["", "  \n", "\u200b\u200e\ufeff", "\u0000"].map(canSend)).toEqual([false, false, false, false]);
  expect(["a", ".", "\u0301", "👍"].map(canSend)).toEqual([true, true, true, true]);
});

test("what is too long by bytes is kept, said in words, and not sent", () => {
  const onSend = vi.fn();
  const text = "é".repeat(8193); // 16,386 bytes
  expect(bytesOver(text)).toBe(2);
  const element = field(text, { onSend });
  press(element, { key: "Enter" });
  expect(onSend).not.toHaveBeenCalled();
  expect(element.value).toBe(text);
  expect(document.querySelector(".too-long")?.textContent).toContain("Too long by 2 bytes");
  expect(element.getAttribute("aria-describedby")).toBe(document.querySelector(".too-long")?.id);
});

// -- thread -----------------------------------------------------------------------------------------------------------

function shown(story: Story, liveFrom = 0): HTMLElement {
  const items = new ThreadItems(customerReader()).next({ view: story.forCustomer(), isLive: true, times, readUpTo: 0 });
  const options = {
    items,
    look: "widget",
    words,
    times,
    sentence,
    interrupted: words("stoppedHere"),
    liveFrom,
    isLoading: false,
  } as const;
  render(thread(options), root);
  return document.querySelector(".log") as HTMLElement;
}

test("hostile text is text, in a message and in a name", () => {
  const story = HOSTILE.reduce((told, text) => told.says({ ...BOT, name: text }, text).says(MARIA, text), new Story());
  const log = shown(story);
  expect(log.querySelector("img, script, style, a, iframe")).toBeNull();
  const bubbles = [...log.querySelectorAll(".bub")].map((bubble) => bubble.textContent);
  expect(bubbles).toEqual(HOSTILE.flatMap((text) => [text, text]));
});

test("nothing is added to the text of a reply that was cut", () => {
  const cut = shown(takeover()).querySelector(".interrupted .bub");
  expect(cut?.textContent).toMatch(/due on 1 Dec$/);
});

test("a message that was edited says so, and one that was deleted says nothing else", () => {
  const story = new Story().says(MARIA, "hi").moves("intervene", ANA, ANA);
  story.says(ANA, "In July.", { edited: true }).says(ANA, "", { deleted: true }).says(ANA, "Bye.");
  const bubbles = [...shown(story).querySelectorAll(".msg")].slice(1);
  expect(bubbles.map((bubble) => bubble.querySelector(".bub")?.textContent)).toEqual([
    "In July.",
    "This message was deleted",
    "Bye.",
  ]);
  expect(bubbles.map((bubble) => bubble.textContent?.includes("Edited"))).toEqual([true, false, false]);
});

test("the word Bot stands on each run of a bot's messages, and on no person's", () => {
  const log = shown(takeover());
  const named = [...log.querySelectorAll(".item.last .msg")].map((article) => [
    article.getAttribute("data-by"),
    article.querySelector(".kind")?.textContent ?? "",
  ]);
  expect(named.filter(([by]) => by === "bot").every(([, kind]) => kind === "Bot")).toBe(true);
  expect(named.filter(([by]) => by !== "bot").every(([, kind]) => kind === "")).toBe(true);
});

test("history and one's own messages are not live; what others say since is", () => {
  const live = (log: HTMLElement) =>
    [...log.querySelectorAll(".item.message")].map((item) => item.getAttribute("aria-live") !== "off");
  expect(live(shown(takeover(), 99))).toEqual([false, false, false, false, false, false]);
  expect(live(shown(takeover(), 0))).toEqual([false, true, false, false, true, true]);
});

// -- announcer --------------------------------------------------------------------------------------------------------

function said(announcer: Announcer): { status: string; alert: string } {
  render(html`${announcer.regions()}`, root);
  announcer.hostUpdated();
  const text = (role: string) => document.querySelector(`[role=${role}]`)?.textContent ?? "";
  return { status: text("status"), alert: text("alert") };
}

test("texts of one moment are said together, a later one alone, and none stays", () => {
  const announcer = new Announcer(host);
  expect(said(announcer)).toEqual({ status: "", alert: "" });
  announcer.status("one.");
  announcer.status("two.");
  announcer.alert("Not sent.");
  expect(said(announcer)).toEqual({ status: "one. two.", alert: "Not sent." });
  announcer.status("three.");
  expect(said(announcer).status).toBe("three.");
  vi.advanceTimersByTime(10_000);
  expect(said(announcer)).toEqual({ status: "", alert: "" });
});

test("the same text twice is a new element, so that it is read twice", () => {
  const announcer = new Announcer(host);
  announcer.status("You are connected again.");
  said(announcer);
  const before = document.querySelector("[role=status] span");
  announcer.status("You are connected again.");
  said(announcer);
  expect(document.querySelector("[role=status] span")).not.toBe(before);
});

test("a takeover is said once; history, and what is put before it, never", () => {
  const announcer = new Announcer(host);
  const items = new ThreadItems(customerReader());
  const tell = (story: Story, from = 0, thread = "c") => {
    announcer.handovers(thread, items.next({ view: story.forCustomer({ from }), isLive: true, times }), sentence);
    return said(announcer).status;
  };
  const story = takeover();
  expect(tell(story, 7)).toBe("");
  expect(tell(story, 0)).toBe("");
  story.moves("hand_back", MARIA, BOT);
  expect(tell(story)).toBe("Ana Ruiz has left, Billing bot answers again. You are talking with a bot now.");
  vi.advanceTimersByTime(10_000);
  expect(tell(story)).toBe("");
  expect(tell(story, 0, "another")).toBe("");
});

// -- drafts -----------------------------------------------------------------------------------------------------------

const other = (key: string, text: string, at: number) => {
  localStorage.setItem(key, JSON.stringify({ text, at }));
  const event = new Event("storage");
  Object.assign(event, { key, storageArea: localStorage });
  window.dispatchEvent(event);
};

test("a draft is kept by principal, conversation and slot, a moment after it was typed", () => {
  const drafts = new Drafts(host);
  drafts.set("hello", "ana", "c1");
  drafts.set("private", "ana", "c1", "note");
  expect(drafts.get("ana", "c1")).toBe("hello");
  expect([drafts.get("ben", "c1"), drafts.get("ana", "c2")]).toEqual(["", ""]);
  expect(localStorage.length).toBe(0);
  vi.advanceTimersByTime(300);
  expect([new Drafts(host).get("ana", "c1"), new Drafts(host).get("ana", "c1", "note")]).toEqual(["hello", "private"]);
});

test("a draft is stored at once when the page goes", () => {
  const drafts = new Drafts(host);
  drafts.hostConnected();
  drafts.set("hello", "ana", "c1");
  window.dispatchEvent(new Event("pagehide"));
  expect(new Drafts(host).get("ana", "c1")).toBe("hello");
  drafts.hostDisconnected();
});

test("a newer draft of another tab is picked up, unless this one is being written", () => {
  const drafts = new Drafts(host);
  drafts.hostConnected();
  drafts.set("mine", "ana", "c1");
  other("intervene:draft:ana:c1:reply", "theirs", Date.now() - 1);
  expect(drafts.get("ana", "c1")).toBe("mine");
  vi.advanceTimersByTime(300);
  expect(new Drafts(host).get("ana", "c1")).toBe("mine");
  other("intervene:draft:ana:c1:reply", "theirs, newer", Date.now() + 1);
  expect(drafts.get("ana", "c1")).toBe("theirs, newer");
  drafts.hostDisconnected();
});

test("an empty draft is no draft, and forgetting takes those of one principal only", () => {
  const drafts = new Drafts(host);
  drafts.set("a", "ana", "c1");
  drafts.set("b", "ben", "c1");
  drafts.flush();
  drafts.set("", "ben", "c1");
  drafts.flush();
  expect(localStorage.length).toBe(1);
  drafts.forget("ana");
  expect(localStorage.length).toBe(0);
  expect(drafts.get("ana", "c1")).toBe("");
});

test("drafts of last month, and what is not one, are swept away", () => {
  localStorage.setItem("intervene:draft:ana:old:reply", JSON.stringify({ text: "old", at: 1 }));
  localStorage.setItem("intervene:draft:ana:broken:reply", "{");
  localStorage.setItem("of the host page", "stays");
  const drafts = new Drafts(host);
  drafts.hostConnected();
  expect(Object.keys(localStorage)).toEqual(["of the host page"]);
  expect(drafts.get("ana", "broken")).toBe("");
  drafts.hostDisconnected();
});

test("where storage is refused or full a draft lives in memory", () => {
  const refused = new Drafts(host, null);
  refused.set("hello", "ana", "c1");
  refused.flush();
  expect([refused.get("ana", "c1"), refused.areKept]).toEqual(["hello", false]);
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error("full");
    },
  } as unknown as Storage;
  const drafts = new Drafts(host, full);
  drafts.set("hello", "ana", "c1");
  drafts.flush();
  expect(drafts.get("ana", "c1")).toBe("hello");
});

// -- marks ------------------------------------------------------------------------------------------------------------

test("initials are two letters at most, without marks, controls and signs", () => {
  const names = [
    "Ana Ruiz",
    "ana",
    "Anna Maria von Ruiz",
    "  ",
    "<img> {x}",
    "Z\u0301\u0302\u0303 a",
    "\u202eevil",
    "李 小龍",
    "👩‍👩‍👧",
    "3M",
  ];
  expect(names.map(initials)).toEqual(["AR", "A", "AR", "", "IX", "ŹA", "E", "李小", "", "3"]);
});
