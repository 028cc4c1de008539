import { describe, expect, test } from "vitest";
import { alertsOf, type Called, countOf, type Known, plain, together } from "../src/core/alerts.ts";
import { type Colleague, NO_SETTINGS } from "../src/core/settings.ts";
import { ana, bot, maria, nobody, row } from "./kit.ts";

const me = { id: "ana", name: "Ana", role: "agent" } as const;
const settings = (...queues: string[]) => ({ ...NO_SETTINGS, people: [{ ...me, queues } as Colleague] });
const shown = (more: Partial<Called> = {}): Called => ({ waiting: [], more: false, mine: [], ...more });
const waits = (id: string, since: number, queue = "default") =>
  row(id, { holder: nobody, waiting_since: since, queue, last: { by: "contact", text: "Hello?" } });
const held = (id: string, asked: number) => row(id, { holder: ana, asked, last: { by: "contact", text: "And now?" } });

/** What each of these, one after the other, calls one to. */
function called(steps: readonly Called[], served: readonly string[] = []): string[][] {
  let known: Known | null = null;
  return steps.map((step) => {
    const result = alertsOf(known, step, me, settings(...served));
    known = result.known;
    return result.alerts.map(({ kind, id }) => `${kind} ${id}`);
  });
}

describe("what calls one", () => {
  test("is what begins to wait, once, and again when it waits anew; not what waited already", () => {
    const [one, two] = [waits("a", 10), waits("b", 20)];
    const steps = [[one], [one, two], [two], [two, waits("a", 30)]].map((waiting) => shown({ waiting }));
    expect(called(steps)).toEqual([[], ["waiting b"], [], ["waiting a"]]);
  });

  test("is only what waits in one's queues, or in all for who serves none", () => {
    const steps = [shown(), shown({ waiting: [waits("a", 10, "sales"), waits("b", 11, "bills")] })];
    expect(called(steps, ["bills"])[1]).toEqual(["waiting b"]);
    expect(called(steps)[1]).toEqual(["waiting a", "waiting b"]);
  });

  test("is what customers write where one replies; not that a conversation becomes one's own", () => {
    const steps = [shown({ mine: [held("a", 4)] }), shown({ mine: [held("a", 7), held("b", 2)] })];
    expect(called(steps)).toEqual([[], ["message a"]]);
    const sinceThen = { ...held("b", 5), since: 1000, last_at: 1001 };
    expect(called([shown(), shown({ mine: [sinceThen] })])[1]).toEqual(["message b"]);
  });

  test("is nothing that one did oneself, and no old one that moves up in a long list", () => {
    const released = [shown({ mine: [held("a", 4)] }), shown({ waiting: [waits("a", 10)] })];
    expect(called(released)[1]).toEqual([]);
    const long = [
      shown({ waiting: [waits("a", 10), waits("b", 30)], more: true }),
      shown({ waiting: [waits("c", 20), waits("d", 40)], more: true }),
    ];
    expect(called(long)[1]).toEqual(["waiting d"]);
  });

  test("is said with the name, and with the customer's words only", () => {
    const began = alertsOf(
      alertsOf(null, shown(), me, settings()).known,
      shown({ waiting: [waits("a", 1)] }),
      me,
      settings(),
    );
    expect(began.alerts[0]).toMatchObject({ title: "Maria is waiting", text: "Hello?" });
    const said = { ...held("a", 5), last: { by: "bot", text: "secret" } };
    const known = alertsOf(null, shown({ mine: [held("a", 4)] }), me, settings()).known;
    expect(alertsOf(known, shown({ mine: [said] }), me, settings()).alerts[0]).toMatchObject({
      title: "Maria",
      text: "",
    });
    expect(together(began.alerts.concat(began.alerts)).title).toBe("2 conversations need a look");
  });

  test("is one line of plain text of bounded length, whatever a customer wrote", () => {
    expect(plain("  a\u0000\n\tb\u202Ec\u2066d ", 20)).toBe("a b c d");
    expect(plain("<img src=x onerror=alert(1)>", 99)).toBe("<img src=x onerror=alert(1)>");
    expect([...plain("👍".repeat(5000), 50)].length).toBe(50);
    const name = `${"\u202E"}${"M".repeat(5000)}`;
    const hostile = { ...waits("a", 1), contact: { ...maria, name }, last: { by: "contact", text: "x".repeat(9000) } };
    const [alert] = alertsOf(
      alertsOf(null, shown(), me, settings()).known,
      shown({ waiting: [hostile] }),
      me,
      settings(),
    ).alerts;
    expect(alert?.title.length).toBeLessThan(100);
    expect(alert?.text.length).toBe(140);
  });
});

test("the title counts what waits in one's queues, and what one has not read where one replies", () => {
  const counts = {
    type: "counts",
    organisation: "acme",
    queues: { bills: { waiting: 2, bot: 5 }, sales: { waiting: 7 } },
  } as const;
  const mine = [held("a", 4), held("b", 4), row("c", { holder: bot, asked: 9 })];
  const read = new Map([["a", 4]]);
  expect(countOf(counts, mine, read, me, settings("bills"))).toBe(3);
  expect(countOf(counts, mine, read, me, settings())).toBe(10);
  expect(countOf(null, [], read, me, settings())).toBe(0);
});
