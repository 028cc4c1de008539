/**
 * Words for people: a catalogue in, sentences out. English is the type of all catalogues, so that a key that is missing
 * in another language, or a field that a sentence needs, fails the check.
 *
 * A value that is put into a sentence is isolated if it could turn the sentence's direction. `rich` puts it into a
 * `<bdi>`, for what is on the screen; the plain call is for attributes and live regions.
 */

import { html, type TemplateResult } from "lit";
import { lazy } from "./lazy.ts";
import { en } from "./words/en.ts";

/** A text for each plural category that the language has; `other` always. `{n}` is the number. */
export type Plural = { readonly other: string } & { readonly [C in Intl.LDMLPluralRule]?: string };

/** What another language has to say, given the English catalogue. */
export type Catalogue<C> = { readonly [K in keyof C]: C[K] extends string ? string : Plural };

type NamesIn<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type FieldsOf<T> = T extends string
  ? NamesIn<T>
  : T extends { readonly other: infer Other }
    ? NamesIn<Other> | "n"
    : never;
type Fields<T> = [FieldsOf<T>] extends [never]
  ? []
  : [fields: { readonly [N in FieldsOf<T>]: N extends "n" ? number : string }];

/** Parts of a sentence: text, and the values in it, isolated. */
export type Rich = readonly (string | TemplateResult)[];

/** One sentence for the screen and for a live region. */
export interface Both {
  readonly rich: Rich;
  readonly plain: string;
}

/** The words of one language. */
export interface Words<C> {
  <K extends keyof C & string>(key: K, ...fields: Fields<C[K]>): string;
  /** The same, for the screen: values stand in `<bdi>`. */
  rich<K extends keyof C & string>(key: K, ...fields: Fields<C[K]>): Rich;
  both<K extends keyof C & string>(key: K, ...fields: Fields<C[K]>): Both;
  readonly locale: string;
  readonly direction: Direction;
}

export type Direction = "ltr" | "rtl";

/** What contacts read, and what both audiences share. */
export type SharedWords = Words<typeof en>;

/** The words of `catalogue` in `locale`. `English` is the catalogue whose keys and fields are checked. */
export function createWords<English extends Readonly<Record<string, string | Plural>>>(
  locale: string,
  catalogue: Catalogue<English>,
): Words<English> {
  const rules = lazy(() => new Intl.PluralRules(locale));
  const numbers = lazy(() => new Intl.NumberFormat(locale));
  const base = direction(locale);
  const split = (key: string, values: Values = {}): Part[] => {
    const entry = (catalogue as Readonly<Record<string, string | Plural>>)[key] ?? "";
    const text = typeof entry === "string" ? entry : (entry[rules().select(Number(values.n))] ?? entry.other);
    return partsOf(text, (name) => {
      const value = values[name] ?? "";
      return typeof value === "number" ? numbers().format(value) : value;
    });
  };
  const plain = (key: string, values?: Values) =>
    split(key, values)
      .map(({ text, isValue }) => (isValue ? isolated(text, base) : text))
      .join("");
  const rich = (key: string, values?: Values): Rich =>
    split(key, values).map(({ text, isValue }) => (isValue ? html`<bdi>${text}</bdi>` : text));
  const both = (key: string, values?: Values): Both => ({ rich: rich(key, values), plain: plain(key, values) });
  return Object.assign(plain, { rich, both, locale, direction: base }) as unknown as Words<English>;
}

/** The shared words of the best language for `locales`: English at once, any other is loaded. */
export async function loadWords(locales: readonly string[]): Promise<SharedWords> {
  for (const locale of locales) {
    const language = languageOf(locale);
    if (language === "en") break;
    const load = others[language];
    if (load) return createWords<typeof en>(safe(locale), (await load()).words);
  }
  return englishWords(locales[0]);
}

/** English, in the numbers and dates of `locale` if it is a kind of English. */
export function englishWords(locale = "en"): SharedWords {
  return createWords<typeof en>(languageOf(locale) === "en" ? safe(locale) : "en", en);
}

const others: { readonly [language: string]: () => Promise<{ words: Catalogue<typeof en> }> } = {
  de: () => import("./words/de.ts"),
  fr: () => import("./words/fr.ts"),
  es: () => import("./words/es.ts"),
  ar: () => import("./words/ar.ts"),
};

/** Which way a locale is written. */
export function direction(locale: string): Direction {
  return /^(ar|fa|he|ur|yi|dv|ps|sd|ug)$/.test(languageOf(locale)) ? "rtl" : "ltr";
}

function languageOf(locale: string): string {
  return locale.toLowerCase().split(/[-_]/)[0] ?? "";
}

/** A locale of the host page may be anything: what `Intl` does not take becomes its language alone, or English. */
function safe(locale: string): string {
  const tag = locale.replaceAll("_", "-");
  for (const candidate of [tag, languageOf(tag)]) {
    try {
      return Intl.getCanonicalLocales(candidate)[0] ?? "en";
    } catch {
      // the next one
    }
  }
  return "en";
}

type Values = Readonly<Record<string, string | number>>;
type Part = { readonly text: string; readonly isValue: boolean };

function partsOf(text: string, valueNamed: (name: string) => string): Part[] {
  return text
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 ? { text: valueNamed(part), isValue: true } : { text: part, isValue: false }))
    .filter((part) => part.text !== "");
}

/** First strong isolate ... pop: wherever the value could change the direction of what stands around it. */
function isolated(value: string, base: Direction): string {
  return base === "rtl" || /[^\0-\u02ff]/.test(value) ? `\u2068${value}\u2069` : value;
}
