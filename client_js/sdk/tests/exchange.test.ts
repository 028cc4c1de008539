import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contact } from "../src/core/audience.ts";
import { Exchange } from "../src/core/exchange.ts";
import { MESSAGE_LIVES, MOST_ENTRIES, MOVE_LIVES } from "../src/core/outbox.ts";
import type { Frame } from "../src/core/states.ts";
import type * as wire from "../src/wire.ts";
import { CONVERSATION, customerWelcome, publicEvent, sent, staffWelcome } from "./kit.ts";

const HALF = () => 0.5;

function say(id: string, text = id): wire.ContactSay {
  return { type: "say", id, conversation: CONVERSATION, text };
}

function intervene(id: string): wire.Intervene {
  return { type: "intervene", id, conversation: CONVERSATION, epoch: 1 };
}

function joined(): Exchange {
  const exchange = new Exchange(HALF);
  exchange.joined(customerWelcome, 0);
  return exchange;
}

const watched: wire.ContactWatched = {
  type: "watched",
  conversation: CONVERSATION,
  events: [],
  state: { pub: 0, holder: { kind: "nobody" }, is_open: true },
  more: false,
  reset: false,
};

describe("commands", () => {
  test("what was not acknowledged is sent again after a reconnect, in order, with its id", () => {
    const exchange = joined();
    for (const id of ["a", "b", "c"]) exchange.command(say(id), 0, 0);
    expect(sent(exchange).map((frame) => "id" in frame && frame.id)).toEqual(["a", "b", "c"]);
    exchange.receive({ type: "ack", id: "b", conversation: CONVERSATION, pub: 2 }, 0);
    exchange.left();
    exchange.take();
    exchange.joined(customerWelcome, 1);
    expect(sent(exchange).map((frame) => "id" in frame && frame.id)).toEqual(["a", "c"]);
  });

  test("one that the server cannot take now holds back those behind it, and nothing overtakes", () => {
    const exchange = joined();
    for (const id of ["a", "b", "c"]) exchange.command(say(id), 0, 0);
    exchange.take();
    exchange.receive(
      { type: "error", code: "busy", message: "", id: "b", conversation: CONVERSATION, retry_after: 2 },
      0,
    );
    exchange.receive(
      { type: "error", code: "busy", message: "", id: "c", conversation: CONVERSATION, retry_after: 1 },
      0,
    );
    exchange.tick(1999);
    expect(sent(exchange)).toEqual([]);
    exchange.tick(2000);
    expect(sent(exchange).map((frame) => "id" in frame && frame.id)).toEqual(["b", "c"]);
  });

  test("a control move is good for some seconds, a message for as long as it takes", () => {
    const exchange = new Exchange(HALF);
    exchange.command(intervene("i"), 0, 0);
    exchange.command(say("m"), 0, 0);
    exchange.tick(MOVE_LIVES);
    expect(exchange.take().filter((effect) => effect.do === "late")).toHaveLength(1);
    exchange.joined(staffWelcome, MOVE_LIVES + 1);
    expect(sent(exchange).map((frame) => frame.type)).toEqual(["say"]);
  });

  test("a conversation is begun once, however often it is asked for, and its answer names it", () => {
    const exchange = new Exchange(HALF);
    const begin: wire.Begin = { type: "begin", id: "b", contact: "maria", channel: "", queue: "" };
    exchange.command(begin, 0, 0);
    exchange.joined(staffWelcome, 1);
    expect(sent(exchange)).toEqual([begin]);
    exchange.left();
    exchange.take();
    exchange.joined(staffWelcome, 2);
    expect(sent(exchange)).toEqual([begin]);
    const ack: wire.StaffAck = { type: "ack", id: "b", conversation: CONVERSATION, epoch: 1 };
    exchange.receive(ack, 3);
    expect(exchange.take()).toContainEqual({ do: "acked", id: "b", ack });
    exchange.command({ ...begin, id: "c" }, 0, 4);
    exchange.receive({ type: "error", code: "not_found", message: "", id: "c" }, 5);
    expect(exchange.take().filter((effect) => effect.do === "refused")).toHaveLength(1);
    expect(exchange.outbox.size).toBe(0);
  });

  test("a refusal ends one command and leaves the others", () => {
    const exchange = joined();
    exchange.command(say("a"), 0, 0);
    exchange.command(say("b"), 0, 0);
    exchange.take();
    exchange.receive({ type: "error", code: "bad_text", message: "no", id: "a", conversation: CONVERSATION }, 0);
    expect(exchange.take().filter((effect) => effect.do === "refused")).toHaveLength(1);
    expect(exchange.outbox.entries().map(({ command }) => command.id)).toEqual(["b"]);
  });

  test("the queue is bounded", () => {
    const exchange = new Exchange(HALF);
    for (let n = 0; n < MOST_ENTRIES; n++) expect(exchange.command(say(`${n}`), 0, 0)).toBe(true);
    expect(exchange.command(say("more"), 0, 0)).toBe(false);
  });

  test("a conversation that is followed is watched before a command in it is sent again", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive(watched, 0);
    exchange.command(say("a"), 0, 0);
    exchange.left();
    exchange.take();
    exchange.joined(customerWelcome, 1);
    expect(sent(exchange).map((frame) => frame.type)).toEqual(["watch", "say"]);
  });

  test("it stays below the server's allowance, and goes on when it may", () => {
    const exchange = joined();
    for (let n = 0; n < 30; n++) exchange.command(say(`${n}`), 0, 0);
    const first = sent(exchange).length;
    expect(first).toBeLessThan(20);
    let all = first;
    for (let now = 0; all < 30 && now < 60_000; now = exchange.wakeAt) {
      exchange.tick(now);
      all += sent(exchange).length;
    }
    expect(all).toBe(30);
  });
});

describe("watching", () => {
  test("a control event that came onto the screen is confirmed once, the last one of a page", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    const control = (pub: number): wire.ContactEvent =>
      publicEvent(pub, { kind: "control", holder: { kind: "agent", name: "Ana" }, is_open: true });
    exchange.receive({ ...watched, events: [control(1), control(2)], state: { ...watched.state, pub: 2 } }, 0);
    expect(sent(exchange).filter((frame) => frame.type === "seen")).toEqual([
      { type: "seen", conversation: CONVERSATION, n: 2 },
    ]);
    exchange.receive(control(2), 0);
    expect(sent(exchange)).toEqual([]);
  });

  test("a conversation that I may not see any more fails like that, and is not asked for again", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive(watched, 0);
    exchange.take();
    exchange.receive({ type: "gone", conversation: CONVERSATION, why: "held" }, 0);
    expect(exchange.take()).toMatchObject([{ do: "failed", about: CONVERSATION, error: { code: "not_found" } }]);
    exchange.receive({ type: "gone", conversation: CONVERSATION, why: "held" }, 0);
    exchange.left();
    exchange.joined(customerWelcome, 1);
    expect(sent(exchange)).toEqual([]);
  });

  test("a conversation that is not mine fails, and is not asked for again", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.take();
    exchange.receive({ type: "error", code: "not_found", message: "no", conversation: CONVERSATION }, 0);
    expect(exchange.take().at(-1)).toMatchObject({ do: "failed", about: CONVERSATION });
    exchange.left();
    exchange.joined(customerWelcome, 1);
    expect(sent(exchange)).toEqual([]);
  });

  test("a watch that the server cannot answer now is repeated", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.take();
    exchange.receive({ type: "error", code: "unavailable", message: "", conversation: CONVERSATION }, 0);
    expect(exchange.wakeAt).toBe(750);
    exchange.tick(750);
    expect(sent(exchange).map((frame) => frame.type)).toEqual(["watch"]);
  });

  test("frames of conversations that are not followed are dropped", () => {
    const exchange = joined();
    exchange.receive(watched, 0);
    exchange.receive({ type: "piece", conversation: CONVERSATION, message: "m", n: 1, text: "x" }, 0);
    expect(exchange.take()).toEqual([]);
  });
});

describe("a conversation that goes on in another one", () => {
  const goesOn = { ...publicEvent(1), event: { kind: "continued", to: "c-new" } } as wire.ContactEvent;

  test("is left when its event is shown", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive(watched, 0);
    exchange.receive(goesOn, 0);
    expect(exchange.take()).toContainEqual({ do: "moved", from: CONVERSATION, to: "c-new", entries: [] });
    expect(exchange.followed(CONVERSATION)).toBeUndefined();
  });

  test("and what is on its way is answered there first", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive(watched, 0);
    for (const id of ["a", "b"]) exchange.command(say(id), 0, 0);
    exchange.take();
    exchange.receive(goesOn, 0);
    expect(sent(exchange)).toEqual([]);
    exchange.receive({ type: "ack", id: "a", conversation: CONVERSATION, pub: 1 }, 0);
    expect(exchange.followed(CONVERSATION)).toBeDefined();
    const error = { type: "error", code: "continued", id: "b", conversation: CONVERSATION, to: "c-new" } as Frame;
    exchange.receive(error, 0);
    expect(sent(exchange)).toEqual([{ ...say("b"), conversation: "c-new" }]);
  });
});

// -- over a line that cuts, doubles and loses --------------------------------------------------------------------------

const WORDS = ["Hello ", "Maria! ", "Your ", "bill ", "of ", "90 ", "euros"];

/** A log of streamed replies: events and pieces, in the order in which a server sends them. */
function logOf(replies: number): readonly Frame[] {
  const frames: Frame[] = [];
  let pub = 0;
  for (let reply = 0; reply < replies; reply++) {
    const message = `m${reply}`;
    const by = { kind: "bot", name: "Aria" };
    frames.push(publicEvent(++pub, { kind: "message_started", message, by }));
    WORDS.forEach((text, n) => {
      frames.push({ type: "piece", conversation: CONVERSATION, message, n: n + 1, text });
    });
    frames.push(publicEvent(++pub, { kind: "message", message, by, text: WORDS.join("") }));
  }
  return frames;
}

/** What a watch is answered when the server has come as far as `upTo`. */
function answer(log: readonly Frame[], upTo: number, after: number): wire.ContactWatched {
  const past = log.slice(0, upTo);
  const events = past.filter((frame): frame is wire.ContactEvent => frame.type === "event" && "pub" in frame);
  const last = events.at(-1);
  const text = past
    .slice(past.lastIndexOf(last as Frame) + 1)
    .flatMap((frame) => (frame.type === "piece" ? [frame.text] : []));
  const isOpen = last?.event.kind === "message_started";
  const message = last && "message" in last.event ? last.event.message : "";
  const stream = isOpen ? { message, n: text.length, text: text.join("") } : null;
  const state = { pub: last?.pub ?? 0, holder: { kind: "bot", name: "Aria" }, is_open: true };
  return { ...watched, events: events.filter(({ pub }) => pub > after), state, stream };
}

test("whatever the line cuts, doubles or loses: one bubble a reply, always a prefix of the log, and in the end the log", () => {
  const log = logOf(3);
  fc.assert(
    fc.property(fc.array(fc.constantFrom("pass", "twice", "lose", "cut"), { maxLength: 60 }), (faults) => {
      const exchange = new Exchange(HALF);
      exchange.watch(CONVERSATION, 0);
      let at = 0;
      let now = 0;
      const join = (): void => {
        exchange.joined(customerWelcome, now);
        serve();
      };
      const serve = (): void => {
        for (let asked = sent(exchange); asked.length > 0; asked = sent(exchange)) {
          for (const frame of asked) {
            if (frame.type === "watch") exchange.receive(answer(log, at, frame.after?.n ?? 0), now);
          }
        }
      };
      join();
      for (let step = 0; at < log.length; step++) {
        now += 1000;
        exchange.tick(now);
        const fault = faults[step] ?? "pass";
        const frame = log[at++] as Frame;
        if (fault === "cut") {
          exchange.left();
          join();
          continue;
        }
        if (fault !== "lose") exchange.receive(frame, now);
        if (fault === "twice") exchange.receive(frame, now);
        serve();
        const text = exchange.followed(CONVERSATION)?.view.stream?.text ?? "";
        expect(WORDS.join("").startsWith(text)).toBe(true);
      }
      exchange.left();
      join();
      const view = exchange.followed(CONVERSATION)?.view;
      const events = log.filter((frame) => frame.type === "event") as readonly wire.ContactEvent[];
      expect(view?.events.map((event) => contact.numberOf(event as wire.ContactEvent))).toEqual(
        events.map(({ pub }) => pub),
      );
      expect(view?.stream).toBeNull();
    }),
    { numRuns: 300 },
  );
});

describe("where a customer's words go on", () => {
  test("a read position only grows, until the log is another one", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive({ ...watched, read: 3 }, 0);
    exchange.receive({ type: "read", conversation: CONVERSATION, n: 2 }, 0);
    expect(exchange.followed(CONVERSATION)?.read).toBe(3);
    exchange.receive({ type: "read", conversation: CONVERSATION, n: 5 }, 0);
    expect(exchange.followed(CONVERSATION)?.read).toBe(5);
    exchange.receive({ ...watched, reset: true }, 0);
    expect(exchange.followed(CONVERSATION)?.read).toBe(0);
  });

  test("a place in line is good until control changes, and of a conversation that is followed", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive(watched, 0);
    exchange.receive({ type: "position", conversation: "another", ahead: 1, open: true }, 0);
    exchange.receive({ type: "position", conversation: CONVERSATION, ahead: 2, open: true }, 0);
    expect(exchange.followed(CONVERSATION)?.place).toEqual({ ahead: 2, isOpen: true });
    exchange.receive(publicEvent(1, { kind: "message", message: "m", by: { kind: "you" }, text: "Hello?" }), 0);
    expect(exchange.followed(CONVERSATION)?.place).toEqual({ ahead: 2, isOpen: true });
    exchange.receive({ type: "position", conversation: CONVERSATION }, 0);
    expect(exchange.followed(CONVERSATION)?.place).toBeNull();
    exchange.receive({ type: "position", conversation: CONVERSATION, ahead: 1 }, 0);
    expect(exchange.followed(CONVERSATION)?.place).toEqual({ ahead: 1, isOpen: false });
    const taken = { kind: "control", holder: { kind: "agent", name: "Ana" }, is_open: true } as const;
    exchange.receive(publicEvent(2, taken), 0);
    expect(exchange.followed(CONVERSATION)?.place).toBeNull();
  });

  test("a place in line is not shown in the next session before the server shows it", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive(watched, 0);
    exchange.receive({ type: "position", conversation: CONVERSATION, ahead: 2, open: true }, 0);
    exchange.left();
    exchange.joined(customerWelcome, 1);
    expect(exchange.followed(CONVERSATION)?.place).toBeNull();
  });

  test("staff are told how far the customer has read, by the page and by what follows it", () => {
    const exchange = new Exchange(HALF);
    exchange.joined(staffWelcome, 0);
    exchange.watch(CONVERSATION, 0);
    exchange.receive({ ...watched, contact_read: 2 } as unknown as wire.StaffWatched, 0);
    exchange.receive({ type: "contact_read", conversation: CONVERSATION, pub: 1 }, 0);
    expect(exchange.followed(CONVERSATION)?.contactRead).toBe(2);
    exchange.receive({ type: "contact_read", conversation: CONVERSATION, pub: 3 }, 0);
    expect(exchange.followed(CONVERSATION)).toMatchObject({ contactRead: 3, read: 0 });
  });

  test("another person who begins here finds nothing of the former one, but for the wish to open", () => {
    const exchange = joined();
    exchange.watch(CONVERSATION, 0);
    exchange.receive(watched, 0);
    exchange.command(say("a"), 0, 0);
    exchange.open(0);
    exchange.left();
    expect(exchange.forget().map(({ command }) => command.id)).toEqual(["a"]);
    exchange.take();
    exchange.joined(customerWelcome, 1);
    expect(sent(exchange)).toEqual([{ type: "open" }]);
    expect(exchange.followed(CONVERSATION)).toBeUndefined();
  });

  test("what waited for more than a day is not sent", () => {
    const exchange = joined();
    exchange.command(say("old"), 0, 0, MESSAGE_LIVES + 1);
    exchange.command(say("new"), 0, 0, MESSAGE_LIVES - 1);
    expect(exchange.take().flatMap((effect) => ("frame" in effect ? [effect.frame] : []))).toMatchObject([
      { id: "new" },
    ]);
    expect(exchange.outbox.size).toBe(1);
  });
});
