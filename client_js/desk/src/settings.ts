/** Reads what the organisation has set, and keeps it: when the desk opens, when it may have changed, and each minute. */

import type { Api } from "./api.ts";
import { NO_SETTINGS, type Snapshot, sorted } from "./core/settings.ts";

export type { Snapshot } from "./core/settings.ts";

const EVERY = 60_000; // ms
const MOST_PAGES = 50;

type Kind = Exclude<keyof Snapshot, "isLoaded">;

const PATHS: Readonly<Record<Kind, string>> = {
  queues: "queues",
  statuses: "statuses",
  cannedReplies: "canned-replies",
  fields: "fields",
  reasons: "reasons",
  channels: "channels",
  people: "colleagues",
};
const KINDS = Object.keys(PATHS) as readonly Kind[];

interface Page {
  readonly items: readonly { readonly id: string; readonly name: string }[];
  readonly next?: string;
}

export interface SettingsParts {
  readonly api: Pick<Api, "get">;
  /** Whether there is a connection: without one nothing is asked. */
  readonly isLive: () => boolean;
  readonly changed: (snapshot: Snapshot) => void;
}

export class Settings {
  readonly #parts: SettingsParts;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #read = new Set<Kind>();
  #snapshot: Snapshot = NO_SETTINGS;
  #reading: Promise<void> | null = null;
  #isDue = false;

  constructor(parts: SettingsParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => document.hidden || this.refresh(), EVERY);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** As they were read last; another object after each change. What could not be read is as it was. */
  get(): Snapshot {
    return this.#snapshot;
  }

  /** Reads them again: call it when they may have changed. One reading at a time; resolves after one that began later. */
  refresh(): Promise<void> {
    this.#isDue = true;
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    while (this.#isDue && this.#parts.isLive()) {
      this.#isDue = false;
      const kinds = await Promise.all(KINDS.map((kind) => this.#readKind(kind)));
      this.#become(Object.assign({}, ...kinds) as Partial<Snapshot>);
    }
  }

  /** What cannot be read now is left out. */
  async #readKind(kind: Kind): Promise<Partial<Snapshot>> {
    const rows: Page["items"][number][] = [];
    try {
      let next = "";
      for (let n = 0; n < MOST_PAGES; n += 1) {
        const cursor: string = next === "" ? "" : `?cursor=${encodeURIComponent(next)}`;
        const page: Page = await this.#parts.api.get(`/v1/${PATHS[kind]}${cursor}`);
        rows.push(...page.items);
        next = page.next ?? "";
        if (next === "") break;
      }
    } catch {
      return {};
    }
    this.#read.add(kind);
    return { [kind]: sorted(rows) };
  }

  /** The same as before stays the same object, so that what is drawn from it is not drawn again. */
  #become(fresh: Partial<Snapshot>): void {
    const isLoaded = KINDS.every((kind) => this.#read.has(kind));
    const next = { ...this.#snapshot, ...fresh, isLoaded };
    if (JSON.stringify(next) === JSON.stringify(this.#snapshot)) return;
    this.#snapshot = next;
    this.#parts.changed(next);
  }
}
