import type { Catalogue, Plural } from "@intervene/ui";
import { describe, expect, test } from "vitest";
import { LANGUAGES, type Language, languageOf, localeOf } from "../src/language.ts";

type Entries = Readonly<Record<string, string | Plural>>;

/** Each catalogue of the desk, by its folder. */
const CATALOGUES = import.meta.glob<{ en?: Entries; words?: Catalogue<Entries> }>("../src/**/{en,ar}.ts", {
  eager: true,
});
const FOLDERS = Object.keys(CATALOGUES).flatMap((file) => /^(.*\/)en\.ts$/.exec(file)?.[1] ?? []);
const OTHERS = Object.keys(LANGUAGES).filter((language) => language !== "en");

const namesIn = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "").sort();
const textsOf = (entry: string | Plural) => (typeof entry === "string" ? [entry] : Object.values(entry));

test("there are catalogues to compare", () => expect(FOLDERS.length).toBeGreaterThan(13));

describe.each(OTHERS)("in %s", (language) => {
  const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;

  test.each(FOLDERS)("%s has each sentence, each value in it, and each plural form", (folder) => {
    const english = CATALOGUES[`${folder}en.ts`]?.en ?? {};
    const catalogue = CATALOGUES[`${folder}${language}.ts`]?.words ?? {};
    expect(Object.keys(english).length).toBeGreaterThan(5);
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort());
    for (const [key, entry] of Object.entries(english)) {
      const there = catalogue[key] ?? "";
      const known = namesIn(typeof entry === "string" ? entry : entry.other);
      for (const text of textsOf(there)) {
        expect(text.trim(), key).not.toMatch(/^$|!/);
        // A plural form may say the number in words; nothing else may be lost.
        const spoken = namesIn(text).concat(typeof entry === "string" || text.includes("{n}") ? [] : ["n"]);
        expect([...new Set(spoken)].filter((name) => known.includes(name) || name !== "n").sort(), key).toEqual([
          ...new Set(known),
        ]);
      }
      if (typeof there !== "string") expect(Object.keys(there).sort(), key).toEqual([...needed].sort());
    }
  });
});

test("the language is the chosen one, or the first of the browser's that there are words of", () => {
  expect(languageOf("ar", ["en-US"])).toBe("ar");
  expect(languageOf("system", ["de-CH", "ar_EG", "en"])).toBe("ar");
  expect(languageOf("system", ["tlh"])).toBe("en");
  expect(languageOf("system", [])).toBe("en");
});

test("numbers and times are of the reader's kind of the language, or have at least their clock", () => {
  const at = new Date(2026, 10, 28, 16, 5);
  const hour = (language: Language, ...readers: string[]) =>
    at.toLocaleTimeString(localeOf(language, readers), { hour: "numeric", minute: "2-digit" }).replace(/\s/, " ");
  expect([hour("en", "en-US"), hour("en", "en-GB"), hour("en", "de-DE")]).toEqual(["4:05 PM", "16:05", "16:05"]);
  expect(hour("ar", "ar-EG", "en")).toBe("\u0664:\u0660\u0665 م");
  expect([hour("ar", "de-DE"), hour("ar", "en-US")]).toEqual(["16:05", "4:05 م"]);
});
