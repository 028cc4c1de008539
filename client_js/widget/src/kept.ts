/** What this tab keeps beside the SDK's send queue, so that a reload loses nothing that was typed or sent. */

/** A message that is not in the send queue: without `problem` it waits for the conversation, with it it was not sent. */
export interface Aside {
  readonly id: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Why it was not sent: the code of a `ClientError`. */
  readonly problem?: string;
}

/** A list in `sessionStorage`, which no other tab has; in memory where that is refused, and without a place. */
export class Asides {
  readonly #key: string | null;
  #list: readonly Aside[];

  constructor(place: string | null) {
    this.#key = place === null ? null : `intervene aside ${place}`;
    this.#list = (this.#key === null ? null : read<readonly Aside[]>(() => sessionStorage, this.#key)) ?? [];
  }

  get list(): readonly Aside[] {
    return this.#list;
  }

  /** Puts it at the end, or in the place of the one with its id. */
  add(aside: Aside): void {
    const isKnown = this.#list.some(({ id }) => id === aside.id);
    this.#set(isKnown ? this.#list.map((each) => (each.id === aside.id ? aside : each)) : [...this.#list, aside]);
  }

  /** Takes one out, or undefined: another call has it. */
  take(id: string): Aside | undefined {
    const found = this.#list.find((aside) => aside.id === id);
    if (found) this.#set(this.#list.filter((aside) => aside !== found));
    return found;
  }

  clear(): void {
    this.#set([]);
  }

  #set(list: readonly Aside[]): void {
    this.#list = list;
    if (this.#key !== null) write(() => sessionStorage, this.#key, list.length > 0 ? list : null);
  }
}

/** Up to where a principal has read, for all tabs. */
export class ReadPosition {
  readonly #key: string;
  #memory: number | null = null;

  constructor(principal: string, conversation: string) {
    this.#key = `intervene read ${principal} ${conversation}`;
  }

  /** Null: nothing was read here yet. */
  get number(): number | null {
    return read<number>(() => localStorage, this.#key) ?? this.#memory;
  }

  /** It only grows. */
  set(number: number): void {
    if (number <= (this.number ?? -1)) return;
    this.#memory = number;
    write(() => localStorage, this.#key, number);
  }

  /** Whether a `storage` event is about it. */
  isOf(key: string | null): boolean {
    return key === this.#key;
  }
}

/** Removes all that a principal has here. */
export function forgetPrincipal(principal: string): void {
  const prefix = `intervene read ${principal} `;
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  } catch {
    // refused: nothing is stored
  }
}

// Reading the property `localStorage` alone throws in some frames: hence functions.

function read<T>(storage: () => Storage, key: string): T | null {
  try {
    return JSON.parse(storage().getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

function write(storage: () => Storage, key: string, value: unknown): void {
  try {
    if (value === null) storage().removeItem(key);
    else storage().setItem(key, JSON.stringify(value));
  } catch {
    // full or refused: it is kept in memory
  }
}
