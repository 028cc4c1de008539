import { expect, test } from "vitest";
import { type Catalogue, createWords, direction, englishWords, loadWords, type Plural } from "../src/index.ts";
import { words as ar } from "../src/words/ar.ts";
import { words as de } from "../src/words/de.ts";
import { en } from "../src/words/en.ts";
import { words as es } from "../src/words/es.ts";
import { words as fr } from "../src/words/fr.ts";
import { staff } from "../src/words/staff.ts";
import { words as staffArabic } from "../src/words/staff-ar.ts";

const CATALOGUES: Readonly<Record<string, Catalogue<typeof en>>> = { en, de, fr, es, ar };

const namesIn = (text: string) => new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
const textsOf = (entry: string | Plural) => (typeof entry === "string" ? [entry] : Object.values(entry));

test.each(Object.keys(CATALOGUES))("%s has every key, and no field that English does not fill", (language) => {
  const catalogue = CATALOGUES[language] ?? en;
  expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
  for (const [key, entry] of Object.entries(en)) {
    const known = namesIn(textsOf(entry).join(" "));
    for (const text of textsOf(catalogue[key as keyof typeof en])) {
      expect(text.trim(), `${language} ${key}`).not.toBe("");
      for (const name of namesIn(text)) expect(known, `${language} ${key}`).toContain(name);
    }
    // A value that a sentence leaves out is a word lost; only a plural form may say the number in words.
    if (typeof entry === "string") expect(namesIn(catalogue[key as keyof typeof en] as string)).toEqual(known);
  }
});

test("what staff read has each value and each plural form in Arabic too", () => {
  for (const [key, entry] of Object.entries<string | Plural>(staff)) {
    const there: string | Plural = staffArabic[key as keyof typeof staff];
    if (typeof entry === "string") expect(namesIn(there as string), key).toEqual(namesIn(entry));
    else expect(Object.keys(there).sort(), key).toEqual(["few", "many", "one", "other", "two", "zero"]);
  }
});

test.each(Object.keys(CATALOGUES))("%s has each plural form that its language needs", (language) => {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  for (const entry of Object.values(CATALOGUES[language] ?? en)) {
    // "many" of French and Spanish is for millions.
    const needed = categories.filter((category) => language === "ar" || category !== "many");
    if (typeof entry !== "string") expect(Object.keys(entry)).toEqual(expect.arrayContaining(needed));
  }
});

test("no catalogue has an exclamation mark", () => {
  for (const catalogue of [...Object.values(CATALOGUES), staff, staffArabic]) {
    expect(Object.values<string | Plural>(catalogue).flatMap(textsOf).join(" ")).not.toMatch(/[!\u00a1]/);
  }
});

test("a sentence is filled, and a number is counted in the language's forms and digits", () => {
  const words = englishWords();
  expect(words("joined", { name: "Ana" })).toBe("Ana has joined");
  expect(words("toNewest", { n: 1 })).toBe("1 new");
  expect(words("newHere", { n: 1200 })).toBe("1,200 new messages");
  const arabic = createWords<typeof en>("ar", ar);
  expect(
    [1, 2, 3, 11, 100].map((n) => arabic("newHere", { n }).replace(/[\d\u0660-\u0669\u2068\u2069]+/g, "n")),
  ).toEqual(["رسالة جديدة واحدة", "رسالتان جديدتان", "n رسائل جديدة", "n رسالة جديدة", "n رسالة جديدة"]);
});

test("a name that could turn the sentence is isolated, and another is left alone", () => {
  const words = englishWords();
  expect(words("joined", { name: "مريم" })).toBe("\u2068مريم\u2069 has joined");
  expect(words("joined", { name: "a\u202eb" })).toBe("\u2068a\u202eb\u2069 has joined");
  expect(words("joined", { name: "Zoë O’Hara" }).replace(/[\u2068\u2069]/g, "")).toBe("Zoë O’Hara has joined");
});

test("a field in a value is not filled again", () => {
  expect(englishWords()("leftToBot", { name: "{bot}", bot: "B" })).toBe("{bot} has left, B answers again");
});

test("the first language that there are words for is loaded, English where there is none", async () => {
  expect((await loadWords(["xx", "de-CH", "fr"])).locale).toBe("de-CH");
  expect((await loadWords(["de_AT"]))("send")).toBe("Senden");
  expect((await loadWords(["en-GB", "de"]))("send")).toBe("Send");
  expect((await loadWords(["tlh"])).locale).toBe("en");
  expect((await loadWords([])).locale).toBe("en");
  expect((await loadWords(["de-!"])).locale).toBe("de");
});

test("direction comes from the language", () => {
  expect(["ar", "ar-EG", "he_IL", "fa", "en", "de-CH"].map(direction)).toEqual([
    "rtl",
    "rtl",
    "rtl",
    "rtl",
    "ltr",
    "ltr",
  ]);
});
