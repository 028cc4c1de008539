/**
 * The language of the desk: what a person chose in this browser, otherwise the first of the browser's that there are
 * words of. It holds for the whole life of the page; another choice loads the page anew.
 *
 * Words of a language other than English are loaded beside the code that says them. So none is said while a module is
 * evaluated.
 */

import { type Catalogue, createWords, type Plural, type Words } from "@intervene/ui";

/** Each by its own name, so that one finds it who reads no other. */
export const LANGUAGES = { en: "English", ar: "العربية" } as const;

export type Language = keyof typeof LANGUAGES;
export type Choice = Language | "system";

/** A module of words for each language but English. */
export type Others<English> = {
  readonly [L in Exclude<Language, "en">]: () => Promise<{ readonly words: Catalogue<English> }>;
};

const KEY = "intervene desk language";

/** What was chosen in this browser. */
export function choice(): Choice {
  const kept = attempt(() => localStorage.getItem(KEY));
  return kept && kept in LANGUAGES ? (kept as Language) : "system";
}

/** Loads the page anew in that language. Drafts outlive it. */
export function choose(chosen: Choice): void {
  attempt(() => (chosen === "system" ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, chosen)));
  location.reload();
}

/** `readers`: the browser's languages, the best first. */
export function languageOf(chosen: Choice, readers: readonly string[]): Language {
  if (chosen !== "system") return chosen;
  return readers.map(tongue).find((each): each is Language => each in LANGUAGES) ?? "en";
}

/** Where numbers, times and lists come from: the reader's own kind of the language, or its common one with their clock. */
export function localeOf(language: Language, readers: readonly string[]): string {
  const own = readers.find((each) => tongue(each) === language);
  if (own !== undefined) return own;
  const { hourCycle } = new Intl.DateTimeFormat(readers[0], { hour: "numeric" }).resolvedOptions();
  return `${language === "en" ? "en-GB" : language}-u-hc-${hourCycle ?? "h23"}`;
}

const READERS = globalThis.navigator?.languages ?? [];

export const language: Language = languageOf(choice(), READERS);
export const locale: string = localeOf(language, READERS);

const loading: Promise<unknown>[] = [];

/** The words of a catalogue in the language of the desk; other than English they are empty until `spoken` is awaited. */
export function inLanguage<English extends Readonly<Record<string, string | Plural>>>(
  english: Catalogue<English>,
  others: Others<English>,
): Words<English> {
  if (language === "en") return createWords<English>("en", english);
  const catalogue = {} as Catalogue<English>;
  // Without a network, a desk in another language is more use than none.
  const load = others[language]().then(
    ({ words }) => words,
    () => english,
  );
  loading.push(load.then((there) => Object.assign(catalogue, there)));
  return createWords<English>(locale, catalogue);
}

/** Await it after the code that says something is loaded, and before that is drawn. `also`: words of another kind. */
export async function spoken(also?: Promise<unknown>): Promise<void> {
  if (also !== undefined) loading.push(also);
  await Promise.all(loading);
}

function tongue(tag: string): string {
  return tag.toLowerCase().split(/[-_]/)[0] ?? "";
}

/** Storage may be forbidden. */
function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
