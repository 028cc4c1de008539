/** Reads the takeovers of a period over HTTP, page by page, and again while the wall is open. */

import type { Api } from "../../api.ts";
import { Source } from "../../contacts/source.ts";
import type { BotShare, Takeover } from "./figures.ts";

export type Period = "today" | "week";

export interface Read {
  readonly period: Period;
  readonly takeovers: readonly Takeover[];
  /** There are more: only the first were read. */
  readonly isCut: boolean;
  readonly bots: Shares;
}

interface Shares {
  readonly items: readonly BotShare[];
  /** Only the latest conversations were counted. */
  readonly truncated: boolean;
}

interface Page {
  readonly items: readonly Takeover[];
  readonly next: string;
}

const MOST_PAGES = 20;
const EVERY = 15_000; // ms
/** Times of a takeover are kept a second after it (P8). */
const SOON = 1500;

export class Reading {
  readonly #api: Pick<Api, "get">;
  readonly #now: () => number;
  readonly #source: Source<Read>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  #period: Period = "today";

  /** `now`: the server's clock. */
  constructor(api: Pick<Api, "get">, now: () => number, changed: () => void) {
    this.#api = api;
    this.#now = now;
    this.#source = new Source(changed);
  }

  get state(): Source<Read>["state"] {
    return this.#source.state;
  }

  get period(): Period {
    return this.#period;
  }

  choose(period: Period): void {
    if (period === this.#period) return;
    this.#period = period;
    this.#source.clear();
    this.again();
  }

  /** Now, and from then on. */
  again(): void {
    void this.#read();
  }

  /** There may be another takeover. */
  soon(): void {
    this.#in(SOON);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #in(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => (document.hidden ? this.#in(EVERY) : this.again()), ms);
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#source.read(() => this.#pages(this.#period));
    this.#in(EVERY);
  }

  async #pages(period: Period): Promise<Read> {
    const from = beginOf(period, this.#now());
    const bots = this.#api.get<Shares>(`/v1/takeovers/bots?from=${from}`);
    const [pages, shares] = await Promise.all([this.#takeovers(from), bots]);
    return { period, ...pages, bots: shares };
  }

  async #takeovers(from: number): Promise<Pick<Read, "takeovers" | "isCut">> {
    const takeovers: Takeover[] = [];
    let next = "";
    for (let n = 0; n < MOST_PAGES; n += 1) {
      const page = await this.#api.get<Page>(
        `/v1/takeovers?from=${from}${next && `&cursor=${encodeURIComponent(next)}`}`,
      );
      takeovers.push(...page.items);
      next = page.next;
      if (next === "") break;
    }
    return { takeovers, isCut: next !== "" };
  }
}

/** The begin of the reader's day, or of the sixth day before it, in milliseconds since 1970. */
export function beginOf(period: Period, now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  if (period === "week") day.setDate(day.getDate() - 6);
  return day.getTime();
}
