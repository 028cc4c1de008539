// @vitest-environment happy-dom
/** Drafts of one person between pages and browsers, where what is sent does not come back. */

import { expect, test } from "vitest";
import { Drafting } from "../src/drafting.ts";

/** A server and browsers of one person. */
class House {
  stored = "";
  answers = true;

  /** A page of a browser, whose storage outlives it. */
  page(storage: Map<string, string>): Drafting {
    return new Drafting({
      drafts: {
        get: (id, slot) => storage.get(`${id} ${slot}`) ?? "",
        set: (id, slot, text) => storage.set(`${id} ${slot}`, text),
      },
      api: {
        get: async <T>() => ({ text: this.stored }) as T,
        send: async <T>(_: string, __: string, body?: unknown) => {
          this.stored = (body as { text: string }).text;
          if (!this.answers) throw new Error("the page ended first");
          return null as T;
        },
      },
      isLive: () => true,
      changed: () => undefined,
    });
  }
}

test("what was sent since it was saved does not come back on the next page", async () => {
  const house = new House();
  const browser = new Map<string, string>();
  const first = house.page(browser);
  first.set("c", "reply", "Well. /free");
  await first.flush();
  browser.set("c reply", "a new one"); // that was sent, this is typed, and the page goes before it is saved
  const second = house.page(browser);
  await second.read("c");
  expect(second.get("c", "reply")).toBe("a new one");
  await second.flush();
  expect(house.stored).toBe("a new one");
});

test("what was saved as the page ended is known on the next page", async () => {
  const house = new House();
  const browser = new Map<string, string>();
  const first = house.page(browser);
  house.answers = false;
  first.set("c", "reply", "either/o");
  await first.flush();
  browser.set("c reply", "or either");
  const second = house.page(browser);
  await second.read("c");
  expect(second.get("c", "reply")).toBe("or either");
});

test("what is longer than a request may be stays in its browser, and the server is not asked", async () => {
  const house = new House();
  const browser = new Map<string, string>();
  const page = house.page(browser);
  page.set("c", "reply", "short");
  await page.flush();
  const long = '"'.repeat(9000); // 9,000 bytes of text are 18,000 of JSON
  page.set("c", "reply", long);
  await page.flush();
  expect(house.stored).toBe("short");
  const next = house.page(browser);
  await next.read("c");
  expect(next.get("c", "reply")).toBe(long);
});

test("what is sent leaves the server at once", async () => {
  const house = new House();
  const page = house.page(new Map());
  page.set("c", "reply", "Hello");
  await page.flush();
  page.set("c", "reply", "");
  await page.flush();
  expect(house.stored).toBe("");
});

test("what was saved without an answer leaves the server once it is sent", async () => {
  const house = new House();
  const page = house.page(new Map());
  house.answers = false;
  page.set("c", "reply", "Hello");
  await page.flush();
  house.answers = true;
  page.set("c", "reply", "");
  await page.flush();
  expect(house.stored).toBe("");
});

test("what another browser wrote since stands before what is typed here", async () => {
  const house = new House();
  const [here, there] = [house.page(new Map()), house.page(new Map())];
  here.set("c", "reply", "Hello");
  await here.flush();
  await there.read("c");
  there.set("c", "reply", "Good morning");
  await there.flush();
  here.set("c", "reply", "Hello Ada");
  await here.flush();
  expect(house.stored).toBe("Hello Ada");
  await there.read("c");
  expect(there.get("c", "reply")).toBe("Hello Ada");
});
