/** The golden transcripts that the Python client folds too: the same frames, the same screen. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Audience, contact, staff } from "../src/core/audience.ts";
import { Exchange } from "../src/core/exchange.ts";
import type { Command } from "../src/core/outbox.ts";
import type { Frame } from "../src/core/states.ts";
import { CONVERSATION, customerWelcome, staffWelcome } from "./kit.ts";

const FOLDER = new URL("../../../tests/transcripts/", import.meta.url);

interface Transcript {
  readonly about: string;
  readonly audience: "staff" | "contact";
  readonly frames: readonly Frame[];
  readonly gaps: readonly number[];
  readonly view: {
    readonly numbers: readonly number[];
    readonly more: boolean;
    readonly stream: unknown;
    readonly state: unknown;
    readonly read?: number;
    /** Of messages; null: deleted. */
    readonly texts?: Readonly<Record<string, string | null>>;
  };
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

describe("a transcript is shown as it says", () => {
  test.each(files)("%s", (name) => {
    const transcript = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Transcript;
    const isStaff = transcript.audience === "staff";
    const audience = (isStaff ? staff : contact) as Audience<unknown, unknown>;
    const exchange = new Exchange(() => 0);
    exchange.watch(CONVERSATION, 0);
    exchange.joined(isStaff ? staffWelcome : customerWelcome, 0);
    expect(watches(exchange)).toBe(1);
    const gaps: number[] = [];
    transcript.frames.forEach((frame, at) => {
      exchange.receive(frame, 0);
      if (watches(exchange) > 0) gaps.push(at);
    });
    const view = exchange.followed(CONVERSATION)?.view;
    expect(gaps).toEqual(transcript.gaps);
    expect(view?.events.map((event) => audience.numberOf(event))).toEqual(transcript.view.numbers);
    expect(view).toMatchObject({ more: transcript.view.more, stream: transcript.view.stream });
    expect(view?.state).toEqual(transcript.view.state);
    expect(exchange.followed(CONVERSATION)?.read).toBe(transcript.view.read ?? 0);
    if (transcript.view.texts) {
      const bodies = (view?.events ?? []).map((event) => audience.bodyOf(event));
      const said = bodies.filter(({ kind }) => kind === "message");
      const texts = said.map(({ message, text, deleted }) => [message, deleted ? null : text]);
      expect(Object.fromEntries(texts)).toEqual(transcript.view.texts);
    }
  });
});

function watches(exchange: Exchange): number {
  return exchange.take().filter((effect) => effect.do === "send" && effect.frame.type === "watch").length;
}

// -- the send queue ----------------------------------------------------------------------------------------------------

interface Queue {
  readonly audience: "staff" | "contact";
  readonly steps: readonly Step[];
  readonly acked: Readonly<Record<string, string>>;
  readonly refused: Readonly<Record<string, string>>;
}

interface Step {
  readonly join?: true;
  readonly leave?: true;
  readonly command?: Command;
  readonly frame?: Frame;
  readonly sent?: readonly unknown[];
}

const QUEUE = new URL("queue/", FOLDER);

describe("a send queue does as its transcript says [R42, R43, R63]", () => {
  test.each(readdirSync(QUEUE))("%s", (name) => {
    const queue = JSON.parse(readFileSync(new URL(name, QUEUE), "utf8")) as Queue;
    const exchange = new Exchange(() => 0);
    const acked: Record<string, string> = {};
    const refused: Record<string, string> = {};
    const said: unknown[] = [];
    for (const { join, leave, command, frame, sent } of queue.steps) {
      if (join) exchange.joined(queue.audience === "staff" ? staffWelcome : customerWelcome, 0);
      if (leave) exchange.left();
      if (command) exchange.command(command, 0, 0);
      if (frame) exchange.receive(frame, 0);
      for (const effect of exchange.take()) {
        if (effect.do === "send") said.push(effect.frame);
        if (effect.do === "acked") acked[effect.id] = effect.ack.conversation;
        if (effect.do === "refused") refused[effect.entry.command.id] = effect.error.code;
      }
      if (sent) expect(said.splice(0)).toEqual(sent);
    }
    expect([acked, refused]).toEqual([queue.acked, queue.refused]);
  });
});
