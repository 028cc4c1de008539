/**
 * What one person has read and answered, on this computer, until the server keeps it: how far each conversation was
 * read, and whether the notice of the first takeover was seen. Where the browser refuses storage it is in memory.
 */

interface Kept {
  readonly read: Readonly<Record<string, number>>;
  readonly isTold: boolean;
}

const NOTHING: Kept = { read: {}, isTold: false };
const MOST_READ = 500; // conversations; those that were read longest ago are dropped

export class Shelf {
  readonly #key: string;
  readonly #storage: Storage | null;
  #kept: Kept = NOTHING;

  constructor(principal: string, storage: () => Storage = () => localStorage) {
    this.#key = `intervene:desk:${principal}`;
    this.#storage = attempted(storage) ?? null;
    this.#kept = this.#load();
  }

  /** The number of the last event that was read in a conversation; 0 if none was. */
  readUpTo(conversation: string): number {
    return this.#kept.read[conversation] ?? 0;
  }

  /** False: it was read up to there before. */
  read(conversation: string, number: number): boolean {
    if (number <= this.readUpTo(conversation)) return false;
    const { [conversation]: _, ...others } = this.#load().read;
    const entries = Object.entries({ ...others, [conversation]: number });
    this.#keep({ read: Object.fromEntries(entries.slice(-MOST_READ)) });
    return true;
  }

  get isTold(): boolean {
    return this.#kept.isTold;
  }

  tell(): void {
    this.#keep({ isTold: true });
  }

  /** Nothing of this person is on this computer any more. */
  forget(): void {
    this.#kept = NOTHING;
    attempted(() => this.#storage?.removeItem(this.#key));
  }

  /** Another tab of the same person keeps its part too. */
  #keep(change: Partial<Kept>): void {
    this.#kept = { ...this.#load(), ...change };
    attempted(() => this.#storage?.setItem(this.#key, JSON.stringify(this.#kept)));
  }

  #load(): Kept {
    const kept = attempted(() => JSON.parse(this.#storage?.getItem(this.#key) ?? "null") as Partial<Kept> | null);
    return kept ? { ...NOTHING, ...kept } : this.#kept;
  }
}

/** Storage may be refused, be full, or hold what another program wrote. */
function attempted<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
