/**
 * What one person has chosen and seen of the desk's own on this computer: which notices, and what they are called by.
 * Where the browser refuses storage it is in memory.
 */

import { ALL_ON, type Choices } from "./core/alerts.ts";

interface Kept {
  /** The notice of the first takeover. */
  readonly isTold: boolean;
  /** The one about notifications. */
  readonly isAsked: boolean;
  readonly choices: Choices;
}

const NOTHING: Kept = { isTold: false, isAsked: false, choices: ALL_ON };

export class Shelf {
  readonly #key: string;
  readonly #storage: Storage | null;
  #memory: Kept | null = null;

  constructor(principal: string, storage: () => Storage = () => localStorage) {
    this.#key = `intervene:desk:${principal}`;
    this.#storage = attempted(storage) ?? null;
  }

  get isTold(): boolean {
    return this.#kept.isTold;
  }

  get isAsked(): boolean {
    return this.#kept.isAsked;
  }

  get choices(): Choices {
    return this.#kept.choices;
  }

  tell(): void {
    this.#keep({ isTold: true });
  }

  setAsked(): void {
    this.#keep({ isAsked: true });
  }

  /** Other windows have it with what they do next. */
  choose(change: Partial<Choices>): void {
    this.#keep({ choices: { ...this.choices, ...change } });
  }

  /** Nothing of this person is on this computer any more. */
  forget(): void {
    this.#memory = null;
    attempted(() => this.#storage?.removeItem(this.#key));
  }

  get #kept(): Kept {
    return this.#memory ?? attempted(() => keptIn(this.#storage?.getItem(this.#key) ?? null)) ?? NOTHING;
  }

  #keep(change: Partial<Kept>): void {
    const kept = { ...this.#kept, ...change };
    this.#memory = kept;
    attempted(() => {
      if (this.#storage === null) return;
      this.#storage.setItem(this.#key, JSON.stringify(kept));
      this.#memory = null; // another window may change it
    });
  }
}

/** Of what was kept, what has the form that it has here. */
function keptIn(text: string | null): Kept {
  const kept = JSON.parse(text ?? "null") as Partial<Kept> | null;
  const chosen = Object.entries(kept?.choices ?? {}).filter(
    ([name, value]) => name in ALL_ON && typeof value === "boolean",
  );
  return {
    isTold: kept?.isTold === true,
    isAsked: kept?.isAsked === true,
    choices: { ...ALL_ON, ...(Object.fromEntries(chosen) as Partial<Choices>) },
  };
}

/** Storage may be refused, be full, or hold what another program wrote. */
function attempted<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
