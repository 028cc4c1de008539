/** What whoever takes over from a bot should know at once, from the log alone. No I/O. */

import type { wire } from "@intervene/client";
import { series } from "../words.ts";
import type { StaffView } from "./open.ts";
import { nameOf, type Snapshot } from "./settings.ts";

export interface Summary {
  /** Of the takeover. */
  readonly epoch: number;
  readonly bot: string;
  /** The last that the customer wrote before it; "" where that is not among the events shown. */
  readonly question: string;
  /** What the bot set in its run. */
  readonly set: readonly Fact[];
}

export interface Fact {
  readonly kind: "queue" | "status" | "tags" | "field";
  /** Of a field. */
  readonly name: string;
  /** "" where it was taken away. */
  readonly value: string;
}

/** Null where I hold nothing that I took from a bot. */
export function summaryOf({ events, state }: StaffView, me: string, settings: Snapshot): Summary | null {
  if (state?.holder.type !== "agent" || state.holder.id !== me) return null;
  return summaryAt(events, state.epoch, settings);
}

/** Of the takeover with which that epoch began; null where it was none from a bot, or is not among these events. */
export function summaryAt(events: readonly wire.Event[], epoch: number, settings: Snapshot): Summary | null {
  const taken = lastIndex(events, (event) => event.body.kind === "control" && event.epoch === epoch, events.length);
  const body = events[taken]?.body;
  if (body?.kind !== "control" || (body.move !== "intervene" && body.move !== "assign")) return null;
  const began = lastIndex(events, ({ body: each }) => each.kind === "control", taken);
  const before = events[began]?.body;
  const run = events.slice(began + 1, taken);
  const bot = before?.kind === "control" ? before.holder : authorOf(run);
  if (bot?.type !== "bot") return null;
  const asked = lastIndex(
    events,
    ({ author, body: each }) => author.type === "contact" && each.kind === "message",
    taken,
  );
  const question = events[asked]?.body;
  return {
    epoch,
    bot: bot.name,
    question: question?.kind === "message" ? question.text : "",
    set: run
      .filter(({ author }) => author.type === "bot")
      .reduce<Fact[]>((facts, event) => after(facts, event, settings), []),
  };
}

/** Of a conversation that began with its bot no event says so. */
function authorOf(run: readonly wire.Event[]): wire.Event["author"] | undefined {
  return run.find(({ author }) => author.type === "bot")?.author;
}

function after(facts: Fact[], { body }: wire.Event, { fields }: Snapshot): Fact[] {
  const without = (kind: Fact["kind"], name = "") => facts.filter((fact) => fact.kind !== kind || fact.name !== name);
  switch (body.kind) {
    case "queue_set":
      return [...without("queue"), { kind: "queue", name: "", value: body.name ?? "" }];
    case "status_set":
      return [...without("status"), { kind: "status", name: "", value: body.name ?? "" }];
    case "tags_set":
      return [...without("tags"), { kind: "tags", name: "", value: series(body.tags) }];
    case "fields_set":
      return Object.entries(body.fields).reduce((all, [id, value]) => {
        const name = nameOf(fields, id) || id;
        return [...all.filter((fact) => fact.kind !== "field" || fact.name !== name), { kind: "field", name, value }];
      }, facts);
    default:
      return facts;
  }
}

function lastIndex(events: readonly wire.Event[], is: (event: wire.Event) => boolean, before: number): number {
  for (let n = Math.min(before, events.length) - 1; n >= 0; n -= 1) if (is(events[n] as wire.Event)) return n;
  return -1;
}
