/** The desk's words and times, in its language. */

import type { wire } from "@intervene/client";
import { createDurations, createTimes, englishWords, loadStaffWords, loadWords, staffWords } from "@intervene/ui";
import { en } from "./en.ts";
import { inLanguage, type Language, language, locale, spoken } from "./language.ts";

export const words = inLanguage(en, { ar: () => import("./ar.ts") });

/** Of the thread. */
export let shared = englishWords();
export let staff = staffWords();

/** Why something was refused, by the code of the refusal. Servers say it in English alone. */
const REFUSALS = { ar: () => import("./refusals/ar.ts") } as const satisfies Record<Exclude<Language, "en">, unknown>;
let refusals: Readonly<Record<string, string>> = {};

if (language !== "en") {
  void spoken(
    Promise.all([loadWords([locale]), loadStaffWords(locale), REFUSALS[language]()]).then(
      (loaded) => {
        [shared, staff, { refusals }] = loaded;
      },
      () => {}, // English
    ),
  );
}

export const times = { ...createTimes({ locale }), ...createDurations(locale) };

const figures = new Intl.NumberFormat(locale, { useGrouping: false });
const padded = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
const together = new Intl.ListFormat(locale.replace(/^en\b.*/, "en-GB"), { type: "conjunction" });

/** "4:12": how long somebody has been waiting. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, n) => (n === 0 ? figures : padded).format(part)).join(":");
}

/** What a contact is called: visitors without a name by the end of their id, so that they can be told apart. */
export function contactName({ name, id }: Pick<wire.Contact, "name" | "id">): string {
  return name || words("nameless", { id: id.slice(-4).toUpperCase() });
}

/** A reason that a server or a client gave, as a sentence. */
export function sentence(reason: string): string {
  const text = reason.trim();
  return /[.!?؟]$/.test(text) || text === "" ? text : `${text}.`;
}

/** Why it was refused or failed, as a sentence: in English the server's own. What browsers say is not for people. */
export function reasonOf(problem: unknown): string {
  if (problem instanceof TypeError) return words("noAnswer");
  const { code = "", message } = problem as Error & { readonly code?: string };
  return refusals[code] ?? sentence(message);
}

/** "Ben", "Ben and Chiara", "Ben, Chiara and 3 more". */
export function listed(names: readonly string[]): string {
  return inOrder(names, (each) => together.format(each));
}

/** "Billing, Sales": one after the other, as in a table. */
export function series(parts: readonly string[]): string {
  return inOrder(parts, (each) => each.join(words("comma")));
}

/** From right to left, a list that begins with a Latin name goes on to the left, and each name in it is isolated. */
function inOrder(parts: readonly string[], join: (parts: readonly string[]) => string): string {
  if (parts.length < 2 || words.direction === "ltr") return join(parts);
  return `\u200f${join(parts.map((part) => `\u2068${part}\u2069`))}`;
}

/** Who wrote a note. */
export function authorName({ by }: Pick<wire.Mentioned, "by">): string {
  return "name" in by ? by.name : "";
}
