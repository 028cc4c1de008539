/** The desk's words and times. */

import type { wire } from "@intervene/client";
import { createDurations, createTimes, createWords, type Words } from "@intervene/ui";
import { en } from "./en.ts";

export const words: Words<typeof en> = createWords<typeof en>("en", en);

const locale = clockOf(globalThis.navigator?.language ?? "en");

export const times = { ...createTimes({ locale }), ...createDurations(locale) };

/** English, as all words here are, with the reader's own 12 or 24 hours. */
export function clockOf(reader: string): string {
  if (/^en\b/.test(reader)) return reader;
  const { hourCycle } = new Intl.DateTimeFormat(reader, { hour: "numeric" }).resolvedOptions();
  return `en-GB-u-hc-${hourCycle ?? "h23"}`;
}

/** "4:12": how long somebody has been waiting. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, n) => (n === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/** What a contact is called: visitors without a name by the end of their id, so that they can be told apart. */
export function contactName({ name, id }: Pick<wire.Contact, "name" | "id">): string {
  return name || words("nameless", { id: id.slice(-4).toUpperCase() });
}

/** A reason that a server or a client gave, as a sentence. */
export function sentence(reason: string): string {
  const text = reason.trim();
  return /[.!?]$/.test(text) || text === "" ? text : `${text}.`;
}

/** "Ben", "Ben and Chiara", "Ben, Chiara and 3 more". */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : words("and", { some: names.slice(0, -1).join(", "), last });
}
