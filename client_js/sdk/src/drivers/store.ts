/** Where unsent messages are kept: IndexedDB where a page may have it, otherwise memory. */

import type { Command } from "../core/outbox.ts";

/** A message without an ack. `tab` is the one that sends it. */
export interface Stored {
  readonly key: string;
  readonly principal: string;
  readonly tab: string;
  readonly at: number;
  readonly command: Command;
}

/** Keeps entries of all principals and tabs. No method rejects: what cannot be stored is kept in memory. */
export interface Store {
  /** Whether entries outlive the page. It turns false when the browser refuses, as private windows may. */
  readonly isDurable: boolean;
  /** All entries of a principal, oldest first. */
  load(principal: string): Promise<readonly Stored[]>;
  put(entry: Stored): Promise<void>;
  remove(key: string): Promise<void>;
  /** Removes all that a principal has, as when a visitor is forgotten. */
  clear(principal: string): Promise<void>;
}

export class MemoryStore implements Store {
  readonly isDurable: boolean = false;
  readonly #entries = new Map<string, Stored>();

  async load(principal: string): Promise<readonly Stored[]> {
    return [...this.#entries.values()].filter((entry) => entry.principal === principal).sort((a, b) => a.at - b.at);
  }

  async put(entry: Stored): Promise<void> {
    this.#entries.set(entry.key, entry);
  }

  async remove(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async clear(principal: string): Promise<void> {
    for (const { key } of await this.load(principal)) this.#entries.delete(key);
  }
}

const DATABASE = "intervene";
const TABLE = "unsent";
const BY_PRINCIPAL = "principal";

/** Falls back to memory for good at the first refusal, so that a page behaves in one way and not in two by turns. */
export class IndexedDbStore implements Store {
  readonly #factory: IDBFactory;
  readonly #memory = new MemoryStore();
  #database: Promise<IDBDatabase> | null = null;
  #isRefused = false;

  constructor(factory: IDBFactory) {
    this.#factory = factory;
  }

  get isDurable(): boolean {
    return !this.#isRefused;
  }

  load(principal: string): Promise<readonly Stored[]> {
    return this.#try(
      async (table) => {
        const found = await done<Stored[]>((await table("readonly")).index(BY_PRINCIPAL).getAll(principal));
        return found.sort((a, b) => a.at - b.at);
      },
      () => this.#memory.load(principal),
    );
  }

  put(entry: Stored): Promise<void> {
    return this.#try(
      async (table) => void (await done((await table("readwrite")).put(entry))),
      () => this.#memory.put(entry),
    );
  }

  remove(key: string): Promise<void> {
    return this.#try(
      async (table) => void (await done((await table("readwrite")).delete(key))),
      () => this.#memory.remove(key),
    );
  }

  clear(principal: string): Promise<void> {
    return this.#try(
      async (table) => {
        const found = await this.load(principal);
        const target = await table("readwrite");
        await Promise.all(found.map(({ key }) => done(target.delete(key))));
      },
      () => this.#memory.clear(principal),
    );
  }

  async #try<T>(
    work: (table: (mode: IDBTransactionMode) => Promise<IDBObjectStore>) => Promise<T>,
    otherwise: () => Promise<T>,
  ): Promise<T> {
    if (!this.#isRefused) {
      try {
        return await work(async (mode) => (await this.#open()).transaction(TABLE, mode).objectStore(TABLE));
      } catch {
        this.#isRefused = true; // no space, a private window, a version of another release
      }
    }
    return otherwise();
  }

  #open(): Promise<IDBDatabase> {
    this.#database ??= new Promise((resolve, reject) => {
      const request = this.#factory.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(TABLE, { keyPath: "key" }).createIndex(BY_PRINCIPAL, BY_PRINCIPAL);
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("another page holds an older version of the database"));
    });
    return this.#database;
  }
}

function done<T = unknown>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error);
  });
}

/** The best that this place offers. */
export function defaultStore(): Store {
  try {
    // Reading the property alone throws in some sandboxed frames.
    return globalThis.indexedDB ? new IndexedDbStore(globalThis.indexedDB) : new MemoryStore();
  } catch {
    return new MemoryStore();
  }
}
