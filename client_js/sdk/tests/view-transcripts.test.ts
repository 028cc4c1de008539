/** Frames of a real server about the views of one session, and what a fresh session was shown after them. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Frame } from "../src/core/states.ts";
import { Viewing } from "../src/core/viewing.ts";
import type * as wire from "../src/wire.ts";

const FOLDER = new URL("../../../tests/transcripts/views/", import.meta.url);

interface Transcript {
  readonly frames: readonly Frame[];
  /** By the name of the view. */
  readonly shown: Readonly<Record<string, { rows: readonly string[]; read: Record<string, number>; more: boolean }>>;
  readonly tails: Readonly<Record<string, string>>;
  readonly counts: wire.Counts;
}

test.each(readdirSync(FOLDER))("%s is shown as to a fresh session [R164, R165]", (name) => {
  const transcript = JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Transcript;
  const viewing = new Viewing();
  for (const frame of transcript.frames) {
    if (frame.type === "view" && !frame.continued) viewing.open(frame.filter);
  }
  viewing.joined();
  for (const frame of transcript.frames) viewing.receive(frame, 0);
  for (const [view, fresh] of Object.entries(transcript.shown)) {
    const { rows = [], read = new Map(), more } = viewing.view(view)?.shown ?? {};
    expect({ rows: rows.map(({ id }) => id), read: Object.fromEntries(read), more }).toEqual(fresh);
  }
  expect(Object.fromEntries(viewing.tails)).toEqual(transcript.tails);
  expect(viewing.counts({})).toEqual(transcript.counts);
});
