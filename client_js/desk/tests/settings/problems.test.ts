import { describe, expect, test } from "vitest";
import { Answered } from "../../src/api.ts";
import { problemOf } from "../../src/places/settings/kit/problems.ts";
import { PAGES, pagesOf } from "../../src/places/settings/pages.ts";

function answered(status: number, code: string, detail: string): Answered {
  return new Answered(status, { code, detail }, "/v1/me");
}

describe("what a refused form says", () => {
  const fields = ["name", "password", "position"];

  test.each([
    [
      "The body does not fit: Expected `str` of length >= 10 - at `$.password`.",
      "password",
      "Write at least 10 characters.",
    ],
    ["The body does not fit: Expected `str` of length <= 80 - at `$.name`.", "name", "Write at most 80 characters."],
    ["The setting does not fit: Expected `int` >= 0 - at `$.position`.", "position", "Take 0 or more."],
    ["The body does not fit: Expected `str`, got `int` - at `$.name`.", "name", "This does not have the right form."],
    [
      "The setting does not fit: Expected `str` of length >= 1 - at `$.name[0].day`.",
      "name",
      "Write at least 1 character.",
    ],
  ])("names the field: %s", (detail, field, said) => {
    expect(problemOf(answered(400, "bad_request", detail), fields)).toEqual({
      form: "",
      fields: { [field]: said },
      isStale: false,
    });
  });

  test("names the field of a sentence that is about one", () => {
    const detail = "An origin is not one: 'shop' has no scheme.";
    expect(problemOf(answered(400, "bad_setting", detail), ["origins"]).fields).toEqual({ origins: detail });
    expect(problemOf(answered(400, "bad_setting", detail), fields).form).toBe(detail);
  });

  test("is about the whole form where the form has no such field, or the server names none", () => {
    const unknown = "The body does not fit: Expected `str` - at `$.colour`.";
    expect(problemOf(answered(400, "bad_request", unknown), fields).form).toBe(unknown);
    expect(problemOf(answered(409, "illegal_move", "There is one already"), fields).form).toBe("There is one already.");
  });

  test("says that somebody else was first, that one may not, or that no answer came", () => {
    const stale = problemOf(answered(412, "version_changed", "Another came first."), fields);
    expect([stale.isStale, stale.form]).toEqual([true, expect.stringContaining("Somebody else changed this")]);
    expect(problemOf(answered(403, "forbidden", "No."), fields).form).toContain("may not");
    expect(problemOf(new TypeError("Failed to fetch"), fields).form).toContain("did not answer");
  });
});

describe("the pages of the settings", () => {
  test("have addresses and elements of their own, and each role has some", () => {
    for (const of of ["page", "tag"] as const) expect(new Set(PAGES.map((page) => page[of])).size).toBe(PAGES.length);
    for (const role of ["agent", "supervisor", "admin"] as const) expect(pagesOf(role).length).toBeGreaterThan(0);
  });
});
