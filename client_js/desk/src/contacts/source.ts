/** Something that is read over HTTP, maybe again and again: an older answer never replaces a newer one. */

import { reasonOf } from "../words.ts";

export type Loaded<T> =
  | { readonly kind: "none" }
  | { readonly kind: "loading" }
  /** A sentence of why, for people. */
  | { readonly kind: "failed"; readonly reason: string; readonly status: number }
  | { readonly kind: "here"; readonly value: T };

export class Source<T> {
  readonly #changed: () => void;
  /** The last question, and the one whose answer is shown. */
  #asked = 0;
  #shown = 0;
  #state: Loaded<T> = { kind: "none" };

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get state(): Loaded<T> {
    return this.#state;
  }

  get value(): T | null {
    return this.#state.kind === "here" ? this.#state.value : null;
  }

  /** What was shown is of something else: nothing is, until the next answer. */
  clear(): void {
    this.#asked += 1;
    this.#shown = this.#asked;
    this.#become({ kind: "none" });
  }

  set(value: T): void {
    this.#asked += 1;
    this.#shown = this.#asked;
    this.#become({ kind: "here", value });
  }

  /** What is shown stays until the answer comes, and if it does not come. Whether this one is shown now. */
  async read(ask: () => Promise<T>): Promise<boolean> {
    this.#asked += 1;
    const mine = this.#asked;
    if (this.#state.kind !== "here") this.#become({ kind: "loading" });
    try {
      const value = await ask();
      if (mine <= this.#shown) return false;
      this.#shown = mine;
      this.#become({ kind: "here", value });
      return true;
    } catch (problem) {
      const { status = 0 } = problem as { status?: number };
      if (mine === this.#asked && mine > this.#shown && this.#state.kind !== "here")
        this.#become({ kind: "failed", reason: reasonOf(problem), status });
      return false;
    }
  }

  #become(state: Loaded<T>): void {
    this.#state = state;
    this.#changed();
  }
}
