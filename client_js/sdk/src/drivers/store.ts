/** Where unsent messages are kept: IndexedDB where a page may have it, otherwise memory. */

import type { Command } from "../core/outbox.ts";
import { within } from "./tabs.ts";

/** A message without an ack. */
export interface Stored {
  /** Of principal and command: one entry for each. */
  readonly key: string;
  /** Whose it is. */
  readonly principal: string;
  /** The window that sends it. */
  readonly tab: string;
  /** When it was given, in milliseconds since 1970. */
  readonly at: number;
  /** What was given. */
  readonly command: Command;
}

/** Keeps entries of all principals and tabs. No method rejects: what cannot be stored is kept in memory. */
export interface Store {
  /** Whether entries outlive the page. It turns false when the browser refuses, as private windows may. */
  readonly isDurable: boolean;
  /** All entries of a principal, oldest first. */
  load(principal: string): Promise<readonly Stored[]>;
  /** Adds an entry, or replaces the one of the same key. */
  put(entry: Stored): Promise<void>;
  /** Removes an entry, if it is there. */
  remove(key: string): Promise<void>;
  /** Removes all that a principal has, as when a visitor is forgotten. */
  clear(principal: string): Promise<void>;
}

/** Keeps entries as long as the page or program lives. */
export class MemoryStore implements Store {
  readonly isDurable: boolean = false;
  readonly #entries = new Map<string, Stored>();

  async load(principal: string): Promise<readonly Stored[]> {
    return oldestFirst([...this.#entries.values()].filter((entry) => entry.principal === principal));
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

const PATIENCE = 5000;
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
    return this.#do(
      "readonly",
      async (table) => oldestFirst(await done<Stored[]>(table.index(BY_PRINCIPAL).getAll(principal))),
      (memory) => memory.load(principal),
    );
  }

  put(entry: Stored): Promise<void> {
    return this.#do(
      "readwrite",
      (table) => {
        const request = table.put(entry);
        table.transaction.commit?.(); // with the browser from here on: also when the page is closed at once
        return done(request);
      },
      (memory) => memory.put(entry),
    );
  }

  remove(key: string): Promise<void> {
    return this.#do(
      "readwrite",
      (table) => done(table.delete(key)),
      (memory) => memory.remove(key),
    );
  }

  clear(principal: string): Promise<void> {
    return this.#do(
      "readwrite",
      async (table) => {
        const keys = await done<IDBValidKey[]>(table.index(BY_PRINCIPAL).getAllKeys(principal));
        for (const key of keys) await done(table.delete(key));
      },
      (memory) => memory.clear(principal),
    );
  }

  async #do<T>(
    mode: IDBTransactionMode,
    work: (table: IDBObjectStore) => Promise<T>,
    otherwise: (memory: MemoryStore) => Promise<T>,
  ): Promise<T> {
    if (!this.#isRefused) {
      try {
        const opened = this.#open().then((database) => work(database.transaction(TABLE, mode).objectStore(TABLE)));
        return await within(PATIENCE, opened); // some neither open it nor refuse; an older page may hold it
      } catch {
        this.#isRefused = true; // no space, a private window, a version of another release
      }
    }
    return otherwise(this.#memory);
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
      request.onerror = reject;
    });
    return this.#database;
  }
}

function oldestFirst(entries: Stored[]): Stored[] {
  return entries.sort((a, b) => a.at - b.at);
}

function done<T = void>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = reject;
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
