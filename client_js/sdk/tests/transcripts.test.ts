/** The golden transcripts that the Python client folds too: the same frames, the same screen. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Audience, contact, staff } from "../src/core/audience.ts";
import { Exchange } from "../src/core/exchange.ts";
import type { Frame } from "../src/core/link.ts";
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
    const view = exchange.view(CONVERSATION);
    expect(gaps).toEqual(transcript.gaps);
    expect(view?.events.map((event) => audience.numberOf(event))).toEqual(transcript.view.numbers);
    expect(view).toMatchObject({ more: transcript.view.more, stream: transcript.view.stream });
    expect(view?.state).toEqual(transcript.view.state);
  });
});

function watches(exchange: Exchange): number {
  return exchange.take().filter((effect) => effect.do === "send" && effect.frame.type === "watch").length;
}
