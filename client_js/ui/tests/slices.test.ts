import type { ReactiveController } from "lit";
import { describe, expect, test, vi } from "vitest";
import { Slices } from "../src/controllers/slices.ts";
import type { Item } from "../src/index.ts";

vi.stubGlobal("innerHeight", 800);
const SCREEN = 25;

function items(count: number, from = 0): readonly Item[] {
  return Array.from({ length: count }, (_, n) => ({ type: "message", key: `m${from + n}`, n: from + n }) as Item);
}

function day(key: string): Item {
  return { type: "day", key } as Item;
}

/** A host that updates when it is asked to, and a browser that has time when it is told so. */
class Host {
  readonly slices: Slices;
  /** Else the host has another place on the screen. */
  isShown = true;
  thread = "c1";
  items: readonly Item[] = [];
  shown: readonly string[] = [];
  #controller: ReactiveController | null = null;
  #waiting: (() => void)[] = [];

  constructor() {
    const host = {
      addController: (controller: ReactiveController) => {
        this.#controller = controller;
      },
      removeController: () => undefined,
      requestUpdate: () => this.update(),
      updateComplete: Promise.resolve(true),
    };
    this.slices = new Slices(host, (callback) => {
      this.#waiting.push(callback);
      return () => {
        this.#waiting = [];
      };
    });
  }

  update(): void {
    if (this.isShown) this.shown = this.slices.of(this.thread, this.items).map(({ key }) => key);
    this.#controller?.hostUpdated?.();
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  idle(): void {
    for (const callback of this.#waiting.splice(0)) callback();
  }

  idleAll(): void {
    while (this.isWaiting) this.idle();
  }
}

function hostOf(list: readonly Item[]): Host {
  const host = new Host();
  host.items = list;
  host.update();
  return host;
}

describe("a thread that is rendered in slices", () => {
  test("begins with its last screenful, and has all of it once the browser had time", () => {
    const host = hostOf(items(100));
    expect(host.shown).toHaveLength(SCREEN);
    expect(host.shown.at(-1)).toBe("m99");
    expect(host.slices.isWhole).toBe(false);
    host.idle();
    expect(host.shown).toHaveLength(SCREEN + 40);
    host.idleAll();
    expect(host.shown).toEqual(items(100).map(({ key }) => key));
    expect(host.slices.isWhole).toBe(true);
  });

  test("that is short is rendered at once", () => {
    const host = hostOf(items(5));
    expect(host.shown).toHaveLength(5);
    expect(host.isWaiting).toBe(false);
  });

  test("takes nothing away: what comes at its end is added, whatever is still to come above", () => {
    const host = hostOf(items(100));
    const before = host.shown;
    host.items = items(103);
    host.update();
    expect(host.shown).toEqual([...before, "m100", "m101", "m102"]);
  });

  test("has older messages in slices too, and what was there stays", () => {
    const host = hostOf(items(20, 50));
    host.items = items(70);
    host.update();
    expect(host.shown).toEqual(items(60, 10).map(({ key }) => key)); // in the place of a day that has moved up
    host.idleAll();
    expect(host.shown).toHaveLength(70);
  });

  test("begins with what separates its first message from those before", () => {
    const list = items(100);
    const at = 100 - SCREEN;
    const host = hostOf([...list.slice(0, at), day("day 2"), ...list.slice(at)]);
    expect(host.shown[0]).toBe("day 2");
    host.update();
    expect(host.shown[0]).toBe("day 2");
  });

  test("begins anew with another conversation", () => {
    const host = hostOf(items(100));
    host.idleAll();
    host.thread = "c2";
    host.items = items(100, 500);
    host.update();
    expect(host.shown).toHaveLength(SCREEN);
  });

  test("stays whole where its oldest messages are dropped", () => {
    const host = hostOf(items(100));
    host.idleAll();
    host.items = items(60, 40);
    host.update();
    expect(host.shown).toHaveLength(60);
  });

  test("asks for no time while it is not shown, and goes on when it is", () => {
    const host = hostOf(items(100));
    host.isShown = false;
    host.idle();
    expect(host.isWaiting).toBe(false);
    host.isShown = true;
    host.update();
    host.idleAll();
    expect(host.shown).toHaveLength(100);
  });
});
