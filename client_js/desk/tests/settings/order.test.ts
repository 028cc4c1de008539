import { describe, expect, test } from "vitest";
import { colourOf } from "../../src/core/lists.ts";
import { inserted } from "../../src/places/settings/canned/inserted.ts";
import * as field from "../../src/places/settings/fields/shapes.ts";
import { lastPosition, moved, positions } from "../../src/places/settings/kit/order.ts";
import { COLOURS } from "../../src/places/settings/statuses/colours.ts";
import { BLANK, snippet, toSend, typed } from "../../src/places/settings/webchat/shapes.ts";

const at = (id: string, position: number) => ({ id, position });

/** The ids, in the order that the server's rows are then offered in. */
function after(rows: readonly { id: string; position: number }[], from: number, to: number): [string, number] {
  const order = moved(rows, from, to);
  const changes = positions(order, to);
  const placed = order.map((row) => at(row.id, changes.get(row.id) ?? row.position));
  const sorted = [...placed].sort((a, b) => a.position - b.position);
  return [sorted.map(({ id }) => id).join(""), changes.size];
}

describe("a row that is moved", () => {
  test.each<[string, readonly { id: string; position: number }[], number, number, string, number]>([
    ["between others where there is room: it alone changes", [at("a", 0), at("b", 10), at("c", 20)], 2, 1, "acb", 1],
    ["to the end", [at("a", 0), at("b", 10), at("c", 20)], 0, 2, "bca", 1],
    ["to the front, where nothing is below", [at("a", 0), at("b", 10)], 1, 0, "ba", 2],
    ["where there is no room", [at("a", 1), at("b", 2), at("c", 3)], 2, 1, "acb", 3],
    ["among rows without an order yet", [at("a", 0), at("b", 0), at("c", 0)], 0, 2, "bca", 2],
    ["at the highest position", [at("a", 9999), at("b", 10_000)], 0, 1, "ba", 2],
  ])("%s", (_name, rows, from, to, order, changes) => {
    expect(after(rows, from, to)).toEqual([order, changes]);
  });

  test("goes nowhere beyond the ends; a new one comes last", () => {
    const rows = [at("a", 0), at("b", 10)];
    expect(moved(rows, 0, 2)).toBe(rows);
    expect([lastPosition([]), lastPosition(rows), lastPosition([at("z", 10_000)])]).toEqual([0, 20, 10_000]);
  });
});

test("each colour of statuses is shown as itself", () => {
  for (const [name, hex] of Object.entries(COLOURS)) expect(colourOf(hex)).toBe(name);
});

test("a placeholder takes the place of what is selected, and the caret stands behind it", () => {
  expect(inserted("Hello you, bye", 6, 9, "{contact.name}")).toEqual(["Hello {contact.name}, bye", 20]);
});

test("a field has choices if it is one of a list, and then some, each once", () => {
  const plan = field.typed(
    { kind: "choice", choices: "Three \n\nSix" },
    { name: "Plan", kind: "text", choices: [], position: 0 },
  );
  expect(field.toSend(plan).choices).toEqual(["Three", "Six"]);
  expect(field.toSend({ ...plan, kind: "date" }).choices).toEqual([]);
  expect(field.choicesProblem(plan)).toBeNull();
  expect(field.choicesProblem({ ...plan, choices: [" "] })).toBe("missing");
  expect(field.choicesProblem({ ...plan, choices: ["Six", " Six"] })).toBe("twice");
});

describe("a channel", () => {
  test("has a bot of the organisation, none, or one by its id", () => {
    expect(typed({ bot: "none" }, BLANK).bot).toBe("none");
    expect(typed({ bot: "*" }, BLANK).bot).toBe("*");
    expect(typed({ bot: "*", bot_id: "billing" }, BLANK).bot).toBe("billing");
    expect(typed({ bot: "", bot_id: "billing" }, BLANK).bot).toBe("");
  });

  test("sends its origins without blanks", () => {
    const values = typed({ origins: "https://a.example \n\n https://b.example\n" }, BLANK);
    expect(toSend(values).origins).toEqual(["https://a.example", "https://b.example"]);
  });

  test("has lines that an id cannot break, with colours if there are some", () => {
    expect(snippet("https://chat.example", 'x"><script>', null)).toBe(
      '<script async src="https://chat.example/widget.js" data-channel="x&quot;>&lt;script>"></script>',
    );
    expect(snippet("https://chat.example", "webchat", { solid: "#0a5c36", on: "#ffffff" })).toContain(
      "intervene-chat { --iv-you-solid: #0a5c36; --iv-you-on: #ffffff }",
    );
  });
});
