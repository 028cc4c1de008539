// @vitest-environment happy-dom
/** Whatever is open when, a text stays with the conversation and the slot in which it was written. */

import type { StaffConversation } from "@intervene/client";
import { Refused } from "@intervene/client";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Open } from "../src/core/open.ts";
import * as opens from "../src/core/open.ts";
import { Drafting } from "../src/drafting.ts";
import { type Slot, Writing } from "../src/writing.ts";
import { ana, said, seen, view } from "./kit.ts";

const IDS = ["a", "b", "c"];

/** A desk whose server answers when the test says so: what was sent where, and what is typed where. */
class ScriptedDesk {
  readonly drafts = new Map<string, string>();
  readonly kept = new Map<string, string>();
  readonly sent: { readonly id: string; readonly type: string; readonly text: string; isAnswered: boolean }[] = [];
  readonly #opens = new Map<string, Open>(
    IDS.map((id) => [id, opens.viewed(opens.opened(id, view(ana)), seen(view(ana, said(ana, "hi"))))]),
  );
  #current = "a";
  /** Saves that the server has not stored yet. */
  #saves: (() => void)[] = [];
  readonly drafting = new Drafting({
    drafts: {
      get: (id, slot) => this.drafts.get(`${id} ${slot}`) ?? "",
      set: (id, slot, text) => this.drafts.set(`${id} ${slot}`, text),
    },
    api: {
      get: async <T>(path: string) => ({ text: this.kept.get(idOf(path)) ?? "" }) as T,
      send: <T>(_: string, path: string, body?: unknown) =>
        new Promise<T>((resolve) => {
          this.#saves.push(() => {
            this.kept.set(idOf(path), (body as { text: string }).text);
            resolve(null as T);
          });
        }),
    },
    isLive: () => true,
    changed: (id) => this.writing.resume(id),
  });
  readonly writing = new Writing(
    {
      open: () => this.#opens.get(this.#current) ?? null,
      watched: () => this.#conversation(this.#current),
      change: (id, change) => this.#opens.set(id, change(this.#opens.get(id) as Open)),
      mentions: () => [],
    },
    this.drafting,
  );

  get open(): Open {
    return this.#opens.get(this.#current) as Open;
  }

  #conversation(id: string): StaffConversation {
    const send = (type: string) => (text: string) => {
      this.sent.push({ id, type, text, isAnswered: false });
      return new Promise(() => undefined);
    };
    return { say: send("say"), note: send("add_note"), setTyping: () => undefined } as unknown as StaffConversation;
  }

  show(id: string): void {
    this.writing.stopTyping();
    this.#current = id;
    void this.drafting.read(id);
  }

  /** The server refuses what has waited longest for an answer: it comes back. */
  refuse(isStale: boolean): void {
    const entry = this.sent.find(({ isAnswered }) => !isAnswered);
    if (entry === undefined) return;
    entry.isAnswered = true;
    const { id: conversation, type, text } = entry;
    const code = isStale ? "stale_view" : "taken";
    this.writing.giveBack(
      { type, conversation, text },
      Refused.of({ type: "error", code, message: "no", conversation, ...(isStale && { asked: 1 }) }),
    );
  }

  store(): void {
    for (const save of this.#saves.splice(0)) save();
  }
}

function idOf(path: string): string {
  return path.split("/").at(-1) ?? "";
}

type Step =
  | { readonly do: "show"; readonly id: string }
  | { readonly do: "type"; readonly isLate: boolean; readonly word: number }
  | { readonly do: "tab" | "send" | "confirm" | "refuse" | "stale" | "save" | "store" | "settle" };

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("show" as const), id: fc.constantFrom(...IDS) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("type" as const), isLate: fc.boolean(), word: fc.nat(99) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom("tab", "send", "confirm", "refuse", "stale", "save", "store", "settle"),
      }) as fc.Arbitrary<Step>,
    },
  ) as fc.Arbitrary<Step>,
  { minLength: 30, maxLength: 60 },
);

test("a thousand switches at any moment of a send move no text to another conversation or slot", async () => {
  let switches = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const desk = new ScriptedDesk();
      let field: { id: string; slot: Slot } = { id: "a", slot: "reply" };
      for (const step of all) {
        const { open } = desk;
        if (step.do === "show") {
          desk.show(step.id);
          switches += 1;
        } else if (step.do === "type") {
          // A late key comes from the field that was there before the switch was drawn.
          if (!step.isLate) field = { id: open.id, slot: open.isNoting ? "note" : "reply" };
          const { id, slot } = field;
          desk.writing.write(`${desk.drafting.get(id, slot)} ${id}-${slot}-${step.word}`, id, slot);
        } else if (step.do === "tab") desk.writing.setNoting(!open.isNoting);
        else if (step.do === "send" || step.do === "confirm") desk.writing.send(step.do === "confirm");
        else if (step.do === "refuse" || step.do === "stale") desk.refuse(step.do === "stale");
        else if (step.do === "save") void desk.drafting.flush();
        else if (step.do === "store") desk.store();
        else await new Promise((resolve) => setTimeout(resolve, 0));
      }
      desk.store();
      desk.drafting.stop();
      for (const [key, text] of desk.drafts) expectOnly(text, key.replace(" server", "").replace(" ", "-"));
      for (const { id, type, text } of desk.sent) expectOnly(text, `${id}-${type === "say" ? "reply" : "note"}`);
      for (const [id, text] of desk.kept) for (const word of words(text)) expect(word).toMatch(new RegExp(`^${id}-`));
    }),
    { numRuns: 120 },
  );
  expect(switches).toBeGreaterThan(1000);
});

function words(text: string): string[] {
  return text.match(/\w+-\w+-\d+/g) ?? [];
}

function expectOnly(text: string, whose: string): void {
  for (const word of words(text)) expect(word.startsWith(`${whose}-`), `${word} in ${whose}`).toBe(true);
}
