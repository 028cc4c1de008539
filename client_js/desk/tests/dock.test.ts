import { describe, expect, test } from "vitest";
import { afterControl, lost, NONE } from "../src/core/attempt.ts";
import { dockOf } from "../src/core/dock.ts";
import { ana, ben, bot, known, nobody, state, waiting } from "./kit.ts";

const supervisor = { me: { id: "ana", name: "Ana", role: "supervisor" } } as const;

describe("a bot holds control", () => {
  test("replies are closed, it is said why, and Intervene is the one solid shape", () => {
    const dock = dockOf(known(bot));
    expect(dock).toMatchObject({ state: "bot", look: "bot", isOpen: false, quiet: null });
    expect(dock.title).toBe("Billing bot is answering, so replies are closed");
    expect(dock.reason).toContain("Intervening ends this bot run for good");
    expect(dock.main).toEqual({ act: "take", label: "Intervene", isBusy: false });
  });

  test("while it is taken the button says so and cannot be pressed, for four seconds at most", () => {
    const attempt = { kind: "taking", since: 97_000 } as const;
    const taking = dockOf(known(bot, { attempt }));
    expect(taking).toMatchObject({ state: "taking", isOpen: false, main: { label: "Taking over", isBusy: true } });
    expect(taking.title).toBe("Billing bot is answering, so replies are closed");
    const late = dockOf(known(bot, { attempt, now: 101_001 }));
    expect(late).toMatchObject({ state: "late", isOpen: false, main: { label: "Intervene", isBusy: false } });
    expect(late.title).toBe("No answer from the server yet");
    expect(late.reason).toBe("Billing bot may still be speaking. Trying again.");
  });

  test("[P2] an ack opens nothing: only the event that makes me the holder does", () => {
    expect(dockOf(known(bot, { attempt: { kind: "taking", since: 99_990 } })).isOpen).toBe(false);
    expect(dockOf(known(ana, { attempt: { kind: "taking", since: 99_990 } })).isOpen).toBe(true);
  });
});

describe("you hold control", () => {
  test("the composer is open, the bot has stopped, and the ways out are offered", () => {
    const change = { at: 1, by: "Ana", move: "intervene", before: bot } as const;
    const dock = dockOf(known(ana, { change }));
    expect(dock).toMatchObject({ state: "you", isOpen: true, main: null });
    expect(`${dock.title} ${dock.reason}`).toBe("You are replying. Billing bot has stopped and stays silent.");
    expect(dock.quiet).toMatchObject({ act: "hand_back", label: "Hand back" });
  });

  test("where nobody had it before, nobody has stopped", () => {
    expect(dockOf(known(ana, { change: { at: 1, by: "Ana", move: "intervene", before: nobody } })).reason).toBe("");
  });
});

describe("another agent holds control", () => {
  test("an agent can watch or write a note, and a supervisor can take over", () => {
    expect(dockOf(known(ben))).toMatchObject({ state: "other", title: "Ben is replying", main: null, quiet: null });
    expect(dockOf(known(ben, supervisor))).toMatchObject({
      quiet: { act: "take", label: "Take over from Ben" },
    });
  });

  test("the race was lost: to whom, and by how much", () => {
    const attempt = lost(ben, 5000, 5200, 3);
    const dock = dockOf(known(ben, { attempt }));
    expect(dock).toMatchObject({ state: "lost", title: "Ben took over 200 ms before you", quiet: null });
    expect(dock.reason).toContain("Nothing was sent in your name");
    expect(dockOf(known(ben, { attempt: lost(ben, 5000, 6300, 3) })).title).toMatch(
      /^Ben took over 1\.3 s.* before you$/,
    );
  });

  test("what cannot be told apart is not counted", () => {
    expect(dockOf(known(ben, { attempt: lost(ben, 5000, 4990, 3) })).title).toBe("Ben took over just before you");
  });

  test("a race is lost in its own epoch only", () => {
    const attempt = lost(ben, 5000, 5200, 3);
    expect(dockOf(known(bot, { attempt, state: state(bot, { epoch: 4 }) })).state).toBe("bot");
    expect(afterControl(attempt, 4)).toBe(NONE);
    expect(afterControl(attempt, 3)).toBe(attempt);
  });
});

describe("nobody holds control", () => {
  test("the wait counts up, and is read out in minutes", () => {
    const change = { at: 1_000_000 - 252_000, by: "", move: "ask", before: bot } as const;
    const dock = dockOf(known(nobody, { change }));
    expect(dock.title).toBe("Maria has been waiting for 4:12");
    expect(dock.spoken).toBe("Maria has been waiting for 4 minutes");
    expect(dock.main).toEqual({ act: "take", label: "Pick up", isBusy: false });
    expect(dockOf(known(nobody)).title).toBe("Maria has been waiting");
  });

  test("one that was taken back for want of an answer says so to the agent who had it", () => {
    const change = { at: 1, by: "", move: "lapse", before: ana } as const;
    expect(dockOf(known(nobody, { change })).reason).toMatch(/while you held this, so it went back to the queue/);
    for (const other of [{ ...change, before: ben }, { ...change, move: "release" } as const])
      expect(dockOf(known(nobody, { change: other })).reason).toMatch(/^Nobody answers Maria at the moment/);
  });

  test("a closed one says who closed it and when, and can be opened again", () => {
    const shut = state(nobody, { is_open: false });
    const dock = dockOf(known(nobody, { state: shut, change: { at: 0, by: "Ana", move: "intervene", before: ana } }));
    expect(dock).toMatchObject({ state: "closed", title: "Ana closed this conversation" });
    expect(dock.reason).toMatch(/^Closed at .+ It opens again when Maria writes/);
    expect(dock.quiet).toMatchObject({ act: "reopen", label: "Reopen", isBusy: false });
    expect(dockOf(known(nobody, { state: shut })).title).toBe("This conversation is closed");
  });
});

describe("there is no connection", () => {
  test("nothing can be taken, and it is said when it is tried again", () => {
    const dock = dockOf(known(bot, { link: waiting(103_200), isLive: false }));
    expect(dock).toMatchObject({ state: "offline", isOpen: false, main: null, quiet: { act: "retry", isBusy: false } });
    expect(dock.title).toBe("No connection. Trying again in 4 s.");
    expect(dock.spoken).toBe("No connection");
  });

  test("who held control may write on, and is told what happens to it", () => {
    const off = { link: waiting(Number.POSITIVE_INFINITY), isLive: false };
    const dock = dockOf(known(ana, off));
    expect(dock).toMatchObject({ state: "offline", isOpen: true, title: "No connection" });
    expect(dock.reason).toContain("sent once you are back if you still hold control");
    expect(dockOf(known(ana, { ...off, keepsUnsent: false })).reason).toContain("Keep it open");
  });

  test("a proxy that lets no websocket through is named", () => {
    expect(dockOf(known(bot, { link: waiting(1, "blocked"), isLive: false })).reason).toContain("websockets");
  });

  test("after it came back nothing is open before the log says so", () => {
    expect(dockOf(known(bot, { isLive: false }))).toMatchObject({ state: "offline", main: null });
  });

  test("for good: it is said why, and how to come back", () => {
    const dock = dockOf(known(ana, { link: { kind: "stopped", code: 4500, reason: "the token is not good here" } }));
    expect(dock).toMatchObject({ state: "ended", isOpen: false, quiet: { act: "enter" } });
    expect(dock.reason).toContain("the token is not good here");
  });
});

test("a conversation that is not there yet is loading", () => {
  expect(dockOf(known(null)).state).toBe("loading");
});
