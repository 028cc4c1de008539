/** What somebody changes of a row and has not saved: what of it is sent, and what another's change makes of it. No I/O. */

import type { Row } from "../../../core/settings.ts";

export interface Draft<V extends object> {
  /** "" for a row that is not made yet. */
  readonly id: string;
  /** Of the row as it was read last. */
  readonly version: number;
  /** What the row has. */
  readonly before: V;
  /** What it is to have. */
  readonly values: V;
  /** A new row is made once, however often it is sent. */
  readonly key: string;
  /** Members that another person has set meanwhile. */
  readonly theirs: readonly (keyof V & string)[];
}

/** The members that are to become others. */
export function changesOf<V extends object>({ before, values }: Pick<Draft<V>, "before" | "values">): Partial<V> {
  const names = Object.keys(values) as (keyof V)[];
  return Object.fromEntries(
    names.filter((name) => !isSame(values[name], before[name])).map((name) => [name, values[name]]),
  ) as Partial<V>;
}

export function isChanged<V extends object>(draft: Pick<Draft<V>, "before" | "values">): boolean {
  return Object.keys(changesOf(draft)).length > 0;
}

/** Another change came first: what was not touched becomes what it is now, and what was touched stays. */
export function rebased<V extends object>(draft: Draft<V>, now: V, { version }: Pick<Row, "version">): Draft<V> {
  const theirs = Object.keys(changesOf({ before: draft.before, values: now })) as (keyof V & string)[];
  return { ...draft, version, before: now, values: { ...now, ...changesOf(draft) }, theirs };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Drafts outlive their page for as long as the window and the session: those that are left are there when one is back. */
export class Kept<D> {
  static readonly #all = new WeakMap<object, Map<string, unknown>>();
  readonly #session: () => object;
  readonly #page: string;

  constructor(session: () => object, page: string) {
    this.#session = session;
    this.#page = page;
  }

  /** Whether anything is kept of that page. */
  static has(session: object, page: string): boolean {
    return Kept.#all.get(session)?.has(page) ?? false;
  }

  get(): D | null {
    return (Kept.#all.get(this.#session())?.get(this.#page) as D | undefined) ?? null;
  }

  /** `page`: its element's name. Null: nothing is kept any more. */
  set(draft: D | null): void {
    const kept = Kept.#all.get(this.#session()) ?? new Map<string, unknown>();
    Kept.#all.set(this.#session(), kept);
    if (draft === null) kept.delete(this.#page);
    else kept.set(this.#page, draft);
  }
}
