/** What is read of contacts over HTTP: the newest answer is shown, whatever order they come in. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import { blockUntil, canEdit, canRemove, joined, mayBeAddress } from "../src/contacts/shapes.ts";
import { Source } from "../src/contacts/source.ts";
import { fileNameOf } from "../src/transcript.ts";

function later<T>() {
  let answer: (value: T) => void = () => {};
  let refuse: (problem: Error) => void = () => {};
  const promise = new Promise<T>((resolve, reject) => {
    answer = resolve;
    refuse = reject;
  });
  return { promise, answer, refuse };
}

describe("a source", () => {
  const changed = vi.fn();
  let source = new Source<string>(changed);
  beforeEach(() => {
    source = new Source(changed);
  });

  it("never shows an older answer after a newer one", async () => {
    const [first, second] = [later<string>(), later<string>()];
    const reads = [source.read(() => first.promise), source.read(() => second.promise)];
    second.answer("second");
    expect(await reads[1]).toBe(true);
    first.answer("first");
    expect(await reads[0]).toBe(false);
    expect(source.value).toBe("second");
  });

  it("shows an older answer while no newer one is there", async () => {
    const [first, second] = [later<string>(), later<string>()];
    const reads = [source.read(() => first.promise), source.read(() => second.promise)];
    first.answer("first");
    await reads[0];
    expect(source.value).toBe("first");
    second.refuse(new Error("away"));
    await reads[1];
    expect(source.value).toBe("first");
  });

  it("says why nothing is there", async () => {
    await source.read(() => Promise.reject(Object.assign(new Error("No."), { status: 404 })));
    expect(source.state).toEqual({ kind: "failed", reason: "No.", status: 404 });
  });

  it("drops answers about what is shown no more", async () => {
    const asked = later<string>();
    const reading = source.read(() => asked.promise);
    source.clear();
    asked.answer("of another");
    await reading;
    expect(source.state.kind).toBe("none");
  });

  it("drops a refusal about what is shown no more", async () => {
    const asked = later<string>();
    const reading = source.read(() => asked.promise);
    source.set("given");
    asked.refuse(new Error("away"));
    await reading;
    expect(source.value).toBe("given");
  });
});

describe("contacts", () => {
  const line = (source: "visitor" | "bot" | "staff" | "vouched") => ({
    name: "plan",
    value: "pro",
    source,
    by: "",
    at: 0,
  });

  it("have attributes that staff set, but for those that are vouched for", () => {
    expect((["visitor", "bot", "staff", "vouched"] as const).map((source) => canEdit(line(source)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(canRemove(line("staff"))).toBe(true);
    expect(canRemove(line("visitor"))).toBe(false);
  });

  it("are each shown once, however pages overlap", () => {
    expect(joined([{ id: "a" }, { id: "b" }], [{ id: "b" }, { id: "c" }]).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("are looked for by address where enough of one was typed", () => {
    expect([mayBeAddress("+4"), mayBeAddress(" +49 ")]).toEqual([false, true]);
  });

  it("are blocked for good, or until a time", () => {
    expect(blockUntil("good", 5)).toBe(0);
    expect(blockUntil("hour", 5)).toBe(3_600_005);
  });
});

describe("a transcript's file", () => {
  it("has letters and digits of the contact's name alone, and no half of one", () => {
    const at = Date.UTC(2026, 10, 28, 12);
    const named = (name: string) => fileNameOf({ id: "v-8c21", name }, at, "json");
    expect(named("../../etc/passwd\u202etxt.exe")).toMatch(/^transcript-etc-passwd-txt-exe-\d{4}-\d\d-\d\d\.json$/);
    expect(named("\u{20000}".repeat(80))).toBe(named("\u{20000}".repeat(60)));
    expect(named("<b>=1+1</b>")).not.toMatch(/[<>=+]/);
  });
});
