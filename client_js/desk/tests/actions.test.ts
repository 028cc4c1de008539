// @vitest-environment happy-dom
import type { wire } from "@intervene/client";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Api } from "../src/api.ts";
import { type ActionKind, actionsFor, offerOf, type Subject, whyNot } from "../src/core/actions.ts";
import { bulksOf, commandOf, type Target } from "../src/core/commands.ts";
import type { Me } from "../src/core/dock.ts";
import { NO_SETTINGS, type Snapshot } from "../src/core/settings.ts";
import { notDone, Performing } from "../src/performing.ts";
import { fileNameOf, transcriptOf } from "../src/transcript.ts";
import { ana, ben, bot, maria, nobody } from "./kit.ts";

const row = (id: string, name: string, more: object = {}) => ({ id, name, version: 1, archived: false, ...more });
const settings = {
  ...NO_SETTINGS,
  queues: [
    row("default", "Default", { is_active: true, needs_reason: false }),
    row("disputes", "Disputes", { is_active: true, needs_reason: true }),
    row("old", "Old", { is_active: true, archived: true }),
    row("later", "Later", { is_active: false }),
  ],
  statuses: [row("open", "Open", { colour: "#00aa00" }), row("gone", "Gone", { archived: true, colour: "#000000" })],
  reasons: [row("paid", "Paid")],
  channels: [row("webchat", "Web chat", { bot: "" }), row("quiet", "Quiet", { bot: "none" })],
  people: [
    { id: "ana", name: "Ana", role: "agent", queues: ["default"] },
    { id: "ben", name: "Ben", role: "agent", queues: ["default"] },
    { id: "cleo", name: "Cleo", role: "supervisor", queues: [] },
    { id: "dan", name: "Dan", role: "agent", queues: ["disputes"] },
  ],
} as unknown as Snapshot;

const me = (role: wire.Role = "agent"): Me => ({ id: "ana", name: "Ana", role });
const subject = (holder: Subject["holder"], more: Partial<Subject> = {}): Subject => {
  return { channel: "webchat", holder, is_open: true, queue: "default", ...more };
};
const kinds = (of: Subject, role: wire.Role = "agent") => actionsFor(of, me(role), settings).map(({ kind }) => kind);

describe("what the menus offer", () => {
  test("depends on who holds control, and on what one is", () => {
    expect(kinds(subject(bot))).toEqual(["assign_me", "queue", "status", "tags", "transcript"]);
    expect(kinds(subject(nobody))).toEqual(["assign_me", "queue", "status", "tags", "send_bot", "transcript"]);
    expect(kinds(subject(ana))).toEqual(
      ["assign", "queue", "status", "tags", "transcript", "block", "hand_back", "release", "close"], // in the order of UX.md
    );
    expect(kinds(subject(ben))).toEqual(["transcript"]);
    expect(kinds(subject(ben), "supervisor")).toEqual([
      "assign_me",
      "assign",
      "queue",
      "status",
      "tags",
      "transcript",
      "block",
      "close",
    ]);
    expect(kinds(subject(ben), "admin")).toEqual(kinds(subject(ben), "supervisor"));
    expect(kinds(subject(nobody, { is_open: false }))).toEqual(["queue", "status", "tags", "transcript", "reopen"]);
  });

  test("is all that is not refused, and nothing else", () => {
    const holders = fc.constantFrom(ana, ben, bot, nobody);
    const roles = fc.constantFrom<wire.Role>("agent", "supervisor", "admin");
    fc.assert(
      fc.property(holders, fc.boolean(), roles, (holder, isOpen, role) => {
        const of = subject(isOpen ? holder : nobody, { is_open: isOpen });
        const offered = kinds(of, role);
        const all: ActionKind[] = ["assign_me", "assign", "queue", "status", "tags", "send_bot", "transcript", "block"];
        all.push("hand_back", "release", "close", "reopen");
        for (const kind of all) expect(whyNot(kind, of, me(role), settings) === "").toBe(offered.includes(kind));
      }),
    );
  });

  test("a colleague is offered who serves the queue, and neither oneself nor the holder", () => {
    const names = (of: Subject, role: wire.Role) =>
      offerOf("assign", of, me(role), settings)?.choices.map(({ label }) => label);
    expect(names(subject(ana), "agent")).toEqual(["Ben", "Cleo"]);
    expect(names(subject(ben, { queue: "disputes" }), "supervisor")).toEqual(["Cleo", "Dan"]);
  });

  test("queues and statuses in use are offered, with the one that it has", () => {
    const queues = offerOf("queue", subject(bot), me(), settings)?.choices;
    expect(queues?.map(({ label, isCurrent }) => [label, isCurrent])).toEqual([
      ["Default", true],
      ["Disputes", false],
    ]);
    const statuses = offerOf("status", subject(bot, { status: "open" }), me(), settings)?.choices;
    expect(statuses?.map(({ label, isCurrent }) => [label, isCurrent])).toEqual([
      ["Open", true],
      ["No status", false],
    ]);
    expect(offerOf("status", subject(bot), me(), NO_SETTINGS)).toBeNull();
  });

  test("a close asks for a reason where the queue wants one, and only there", () => {
    expect(offerOf("close", subject(ana), me(), settings)?.action).toEqual({ kind: "close", reason: "" });
    const asked = offerOf("close", subject(ana, { queue: "disputes" }), me(), settings);
    expect(asked?.action).toBeNull();
    expect(asked?.choices.map(({ action }) => action)).toEqual([{ kind: "close", reason: "paid" }]);
    const none = offerOf("close", subject(ana, { queue: "disputes" }), me(), { ...settings, reasons: [] });
    expect(none).toMatchObject({ action: null, choices: [] }); // and the dialog says who adds some
  });

  test("no bot is sent on a channel that has none, and what is refused says why", () => {
    expect(kinds(subject(nobody, { channel: "quiet" }))).not.toContain("send_bot");
    expect(whyNot("close", subject(ben), me(), settings)).toBe("Only who is replying may do this, and supervisors.");
    expect(whyNot("assign_me", subject(ben), me(), settings)).toBe(
      "Ben is replying. Only supervisors may change that.",
    );
    expect(whyNot("hand_back", subject(nobody, { is_open: false }), me(), settings)).toBe(
      "This conversation is closed",
    );
  });
});

const target = (id: string, holder: Target["holder"], more: Partial<Target> = {}): Target => {
  return { id, epoch: 3, seq: 9, holder, contact: maria, ...more };
};

describe("a command", () => {
  test("moves what a person holds by giving it away, and else changes no holder", () => {
    const action = { kind: "queue", queue: "q" } as const;
    expect(commandOf(action, target("c", ana))).toEqual({ type: "transfer", queue: "q" });
    expect(commandOf(action, target("c", bot))).toEqual({ type: "set_queue", queue: "q" });
  });

  test("closes what was seen", () => {
    expect(commandOf({ kind: "close", reason: "" }, target("c", ana))).toEqual({ type: "close", seen: 9 });
    expect(commandOf({ kind: "hand_back", reason: "" }, target("c", ana))).toEqual({ type: "hand_back" });
    const given = commandOf({ kind: "send_bot", reason: "Ask her." }, target("c", nobody));
    expect(given).toEqual({ type: "send_bot", reason: "Ask her." });
    const closed = commandOf({ kind: "close", reason: "paid" }, target("c", ana));
    expect(closed).toEqual({ type: "close", seen: 9, reason: "paid" });
  });

  test("in many conversations goes by its type, a hundred at a time, each with its own epoch", () => {
    const rows = Array.from({ length: 250 }, (_, n) => target(`c${n}`, n < 30 ? ana : bot, { epoch: n }));
    const bulks = bulksOf({ kind: "queue", queue: "q" }, rows);
    expect(bulks.map(({ command, conversations }) => [command, Object.keys(conversations).length])).toEqual([
      ["transfer", 30],
      ["set_queue", 100],
      ["set_queue", 100],
      ["set_queue", 20],
    ]);
    expect(bulks[1]?.conversations.c30).toEqual({ epoch: 30, queue: "q" });
  });
});

describe("performing", () => {
  const api = (send: Api["send"]) => ({ send }) as Api;

  test("one command goes to its conversation, and says why it was refused", async () => {
    const send = vi.fn(async () => Promise.reject(new Error("Ben holds control.")));
    const performing = new Performing(api(send as unknown as Api["send"]), () => 0);
    const refusals = await performing.perform({ kind: "status", status: "open" }, [target("c/1", bot)]);
    expect(send).toHaveBeenCalledWith(
      "POST",
      "/v1/conversations/c%2F1/set_status",
      { epoch: 3, status: "open" },
      { key: expect.stringMatching(/^[0-9a-f]{24}$/) },
    );
    expect(notDone("status", refusals)).toBe("Set status: not done. Ben holds control.");
  });

  test("many say of each that was refused why, and nothing of the others", async () => {
    const send = async () => ({
      items: [
        { conversation: "a", done: {} },
        { conversation: "b", refused: { detail: "Ben holds control." } },
      ],
    });
    const performing = new Performing(api(send as unknown as Api["send"]), () => 0);
    const action = { kind: "close", reason: "" } as const;
    const refusals = await performing.perform(action, [target("a", ana), target("b", ben)]);
    expect(refusals).toEqual([{ id: "b", reason: "Ben holds control." }]);
    expect(notDone("close", [...refusals, ...refusals])).toBe("Close: not done in 2 conversations. Ben holds control.");
    expect(notDone("close", [])).toBe("");
  });
});

describe("a transcript", () => {
  test("is read to its end", async () => {
    const pages: Record<string, [string, string]> = {
      "/v1/conversations/c/transcript?format=text": ["one\n", "/next"],
      "/next": ["two\n", ""],
    };
    expect(await transcriptOf({ text: async (path) => pages[path] ?? ["", ""] }, "c")).toBe("one\ntwo\n");
  });

  test("is a file whose name is letters and digits, whatever the customer is called", () => {
    for (const name of ["../../etc/passwd", "a\u202etxt.exe", "=cmd()", "💥", "Zoë O'Hara"]) {
      expect(fileNameOf({ id: "v-1", name }, 0)).toMatch(/^transcript-[\p{L}\p{M}\p{N}-]*\.txt$/u);
    }
  });
});
