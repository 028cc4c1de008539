import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cannedFor, filled, mentionsIn, pieces, triggerAt } from "../src/core/completing.ts";
import { chosen, packed, unpacked } from "../src/core/draft.ts";
import { found } from "../src/core/finding.ts";
import type { CannedRow, Colleague } from "../src/core/settings.ts";

const canned = (name: string, more: Partial<CannedRow> = {}): CannedRow => {
  return { id: name, version: 1, archived: false, name, text: `text of ${name}`, ...more };
};
const colleague = (id: string, name: string): Colleague => ({ id, name, role: "agent", queues: ["default"] });

describe("what asks for a completion", () => {
  const trigger = (text: string, isNoting = false) => triggerAt(text, text.length, isNoting)?.typed ?? null;

  test("is a sign at the start of a word, up to the caret", () => {
    expect(trigger("/")).toBe("");
    expect(trigger("Hello /int")).toBe("int");
    expect(trigger("Hello\n/int")).toBe("int");
    expect(triggerAt("a /int b", 5, false)).toEqual({ kind: "canned", from: 2, to: 5, typed: "in" });
    expect(trigger("cc @be", true)).toBe("be");
  });

  test("is neither in an address nor in a date, nor another slot's sign", () => {
    for (const text of ["https://x.example/a", "1/2", "a/b", "/a b", "/a/b", "@be", "x"])
      expect(trigger(text)).toBeNull();
    for (const text of ["ana@example", "/int", "@ x", "@a@b"]) expect(trigger(text, true)).toBeNull();
  });

  test("is found wherever the caret stands, and never outside the text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("/", "@", " ", "a", "\n", "💥"), maxLength: 60 }),
        fc.nat(60),
        fc.boolean(),
        (text, at, isNoting) => {
          const caret = Math.min(at, text.length);
          const asked = triggerAt(text, caret, isNoting);
          if (asked === null) return;
          expect(text.slice(asked.from, asked.to)).toBe(`${isNoting ? "@" : "/"}${asked.typed}`);
          expect(asked.to).toBe(caret);
        },
      ),
    );
  });
});

describe("canned replies", () => {
  test("match anywhere in the name, at its start first, whatever the case and the accents", () => {
    const rows = ["print-letter", "interest-free", "Introducción", "bye"].map((name) => canned(name));
    expect(cannedFor(rows, "int").map(({ item }) => item.name)).toEqual([
      "interest-free",
      "Introducción",
      "print-letter",
    ]);
    expect(found(rows, ({ name }) => name, "CION")[0]?.item.name).toBe("Introducción");
    expect(cannedFor([canned("gone", { archived: true })], "")).toEqual([]);
  });

  test("are filled in, and the first field that is left is selected", () => {
    const names = { contact: "Maria {agent.name}", agent: "Ana" };
    const { text, from, to } = filled({ text: "Hi {contact.name}, pay by {date} to {agent.name}." }, names);
    expect(text).toBe("Hi Maria {agent.name}, pay by {date} to Ana.");
    expect(filled({ text: "Hi {agent.name}" }, names)).toEqual({ text: "Hi Ana", from: 6, to: 6 });
    const thanks = filled({ text: "Thank you, {contact.name}." }, { contact: "", agent: "Ana" });
    expect(thanks).toEqual({ text: "Thank you, {contact.name}.", from: 11, to: 25 }); // never "Thank you, ."
    expect(text.slice(from, to)).toBe("{agent.name}"); // as the customer is called: the agent sees it before it is sent
  });
});

describe("mentions", () => {
  const people = [colleague("1", "Ana"), colleague("2", "Ana Ruiz"), colleague("3", "Ben"), colleague("4", "Ben")];

  test("are whole names behind an @, the longest first", () => {
    expect(mentionsIn("@Ana Ruiz and @Anabel, mail to x@Ben", people, new Map())).toEqual(["2"]);
    expect(mentionsIn("(@Ana) @Ana!", people, new Map())).toEqual(["1"]);
  });

  test("of two with one name call the one that was chosen, else both", () => {
    expect(mentionsIn("@Ben look", people, new Map())).toEqual(["3", "4"]);
    expect(mentionsIn("@Ben look", people, new Map([["Ben", "4"]]))).toEqual(["4"]);
  });

  test("in pieces are the text again, whatever people are called", () => {
    const text = fc.string({ unit: fc.constantFrom("@", "A", "(", ".*", " ", "b", "[", "\\"), maxLength: 30 });
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 4 }), (note, names) => {
        const all = pieces(
          note,
          names.map((name) => ({ name })),
        );
        expect(all.map((piece) => piece.text).join("")).toBe(note);
      }),
    );
  });
});

describe("drafts on the server", () => {
  const texts = fc.oneof(fc.constantFrom("", "{", '{"reply":"x"}', "null"), fc.string());
  const both = fc.record({ reply: texts, note: texts });

  test("are both slots in one text, whatever is in them", () => {
    fc.assert(
      fc.property(both, (draft) => {
        expect(unpacked(packed(draft))).toEqual(draft);
      }),
    );
    expect(packed({ reply: "", note: "" })).toBe("");
    expect(unpacked("of another program")).toEqual({ reply: "of another program", note: "" });
  });

  test("of another browser take the place of what was not touched here, and stand before what was", () => {
    const of = (reply: string) => ({ reply, note: "" });
    expect(chosen(of("old"), of("new"), of("old"))).toEqual(of("new"));
    expect(chosen(of("mine"), of("new"), of("old"))).toEqual(of("new\n\nmine"));
    expect(chosen(of("mine"), of("old"), of("old"))).toEqual(of("mine"));
    expect(chosen(of(""), of("new"), null)).toEqual(of("new"));
    expect(chosen(of(""), of("sent"), of("sent"))).toEqual(of("")); // it was sent here
    expect(chosen(of("mine"), of("theirs"), null)).toEqual(of("theirs\n\nmine"));
    expect(chosen(of("mine"), of(""), null)).toEqual(of("mine"));
  });
});
