import { IDBFactory } from "fake-indexeddb";
import { describe, expect, test } from "vitest";
import { IndexedDbStore, MemoryStore, type Store, type Stored } from "../src/drivers/store.ts";

function entry(principal: string, id: string, at: number, tab = "tab"): Stored {
  const command = { type: "say", id, conversation: "c", text: id } as const;
  return { key: `${principal} ${id}`, principal, tab, at, command };
}

/** The one contract of every store. */
describe.each([
  ["memory", (): Store => new MemoryStore()],
  ["IndexedDB", (): Store => new IndexedDbStore(new IDBFactory())],
  ["IndexedDB that refuses", (): Store => new IndexedDbStore(refusing())],
])("a store in %s", (_name, make) => {
  test("gives a principal's entries back, oldest first, and no one else's", async () => {
    const store = make();
    await store.put(entry("ana", "b", 2));
    await store.put(entry("ana", "a", 1));
    await store.put(entry("ben", "c", 0));
    expect((await store.load("ana")).map(({ command }) => command.id)).toEqual(["a", "b"]);
  });

  test("replaces an entry of the same key, and removing twice is once", async () => {
    const store = make();
    await store.put(entry("ana", "a", 1, "first"));
    await store.put(entry("ana", "a", 1, "second"));
    expect((await store.load("ana")).map(({ tab }) => tab)).toEqual(["second"]);
    await store.remove("ana a");
    await store.remove("ana a");
    expect(await store.load("ana")).toEqual([]);
  });

  test("clears one principal", async () => {
    const store = make();
    await store.put(entry("ana", "a", 1));
    await store.put(entry("ben", "b", 1));
    await store.clear("ana");
    expect(await store.load("ana")).toEqual([]);
    expect(await store.load("ben")).toHaveLength(1);
  });
});

test("a store says whether what it has outlives the page", async () => {
  expect(new MemoryStore().isDurable).toBe(false);
  const good = new IndexedDbStore(new IDBFactory());
  await good.put(entry("ana", "a", 1));
  expect(good.isDurable).toBe(true);
  const refused = new IndexedDbStore(refusing());
  await refused.put(entry("ana", "a", 1));
  expect(refused.isDurable).toBe(false);
});

test("what one page stored another page of the same browser finds", async () => {
  const browser = new IDBFactory();
  await new IndexedDbStore(browser).put(entry("ana", "a", 1));
  expect(await new IndexedDbStore(browser).load("ana")).toHaveLength(1);
});

/** As in a private window or a full disk. */
function refusing(): IDBFactory {
  return {
    open() {
      throw new DOMException("no", "SecurityError");
    },
  } as unknown as IDBFactory;
}
