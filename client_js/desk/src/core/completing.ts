/** What is completed while one writes: canned replies after "/", colleagues after "@" in a note. No I/O. */

import { fillIn } from "@intervene/client/views";
import { type Found, found } from "./finding.ts";
import { type CannedRow, type Colleague, inUse } from "./settings.ts";

/** The word at the caret that asks for it: from its sign to the caret. */
export interface Trigger {
  readonly kind: "canned" | "mention";
  readonly from: number;
  readonly to: number;
  /** Behind the sign. */
  readonly typed: string;
}

const MOST_TYPED = 40;
const MOST_SHOWN = 50;

/** Null where the caret is in no such word. A sign counts at the start of a word alone, so that addresses and dates do not. */
export function triggerAt(text: string, caret: number, isNoting: boolean): Trigger | null {
  const sign = isNoting ? "@" : "/";
  const before = text.slice(Math.max(0, caret - MOST_TYPED - 1), caret);
  const at = before.search(isNoting ? /(?<=^|\s)@[^\s@]*$/u : /(?<=^|\s)\/[^\s/]*$/u);
  if (at === -1 || before[at] !== sign) return null;
  const from = caret - before.length + at;
  if (from > 0 && !/\s/u.test(text[from - 1] ?? "")) return null; // the word began before what was looked at
  return { kind: isNoting ? "mention" : "canned", from, to: caret, typed: text.slice(from + 1, caret) };
}

export function cannedFor(rows: readonly CannedRow[], typed: string): readonly Found<CannedRow>[] {
  return found(inUse(rows), ({ name }) => name, typed).slice(0, MOST_SHOWN);
}

export function colleaguesFor(people: readonly Colleague[], typed: string): readonly Found<Colleague>[] {
  return found(people, ({ name }) => name, typed).slice(0, MOST_SHOWN);
}

/** What stands in the place of the trigger, and what of it is selected then: the first field that is still to be filled. */
export interface Inserted {
  readonly text: string;
  /** In the inserted text; both its end where nothing is left to fill. */
  readonly from: number;
  readonly to: number;
}

/** A contact without a name leaves the field for it: what is sent greets somebody, or the agent writes it anew. */
export function filled({ text }: Pick<CannedRow, "text">, names: { contact: string; agent: string }): Inserted {
  const whole = fillIn(text, { ...names, contact: names.contact || "{contact.name}" });
  const field = /\{[^{}\n]{1,60}\}/u.exec(whole);
  return field === null
    ? { text: whole, from: whole.length, to: whole.length }
    : { text: whole, from: field.index, to: field.index + field[0].length };
}

export function mention({ name }: Pick<Colleague, "name">): Inserted {
  const text = `@${name} `;
  return { text, from: text.length, to: text.length };
}

const MOST_MENTIONS = 20;

/**
 * Whom a note mentions, by their ids: those whose whole name stands behind an "@". Of two with one name, both are called,
 * unless `picked` says which was meant.
 */
export function mentionsIn(text: string, people: readonly Colleague[], picked: ReadonlyMap<string, string>): string[] {
  const ids = pieces(text, people).flatMap(({ name }) => {
    const meant = name === null ? [] : people.filter((person) => person.name === name).map(({ id }) => id);
    const pick = name === null ? undefined : picked.get(name);
    return pick !== undefined && meant.includes(pick) ? [pick] : meant;
  });
  return [...new Set(ids)].slice(0, MOST_MENTIONS);
}

/** A note in pieces: plain text, and mentions with the name that they have. */
export interface Piece {
  readonly text: string;
  readonly name: string | null;
}

export function pieces(text: string, people: readonly Pick<Colleague, "name">[]): readonly Piece[] {
  const names = [...new Set(people.map(({ name }) => name))]
    .filter((name) => name !== "" && text.includes(`@${name}`))
    .sort((a, b) => b.length - a.length);
  if (names.length === 0) return [{ text, name: null }];
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])@(${names.map(escaped).join("|")})(?![\\p{L}\\p{N}])`, "gu");
  const all: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) all.push({ text: text.slice(end, match.index), name: null });
    all.push({ text: match[0], name: match[1] ?? "" });
    end = match.index + match[0].length;
  }
  if (end < text.length) all.push({ text: text.slice(end), name: null });
  return all;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
