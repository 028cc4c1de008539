/**
 * Which tabs live. A tab holds a Web Lock with its own name for as long as it lives; the browser releases it when the
 * tab ends, however that happens. A tab that gets the lock of another knows that the other is dead.
 *
 * Tabs announce themselves to each other, and each waits for the locks of the others: so a death is noticed when it
 * happens. Looking once, when a connection is made, would miss a tab that is closed afterwards.
 */

const LOCK = "intervene-tab-";
const CHANNEL = "intervene-tabs";

export class Tab {
  /** This tab's name; another one after each `hold`. */
  name = crypto.randomUUID();
  readonly #locks: LockManager | undefined;
  readonly #died: () => void;
  readonly #awaited = new Set<string>();
  #channel: BroadcastChannel | null = null;
  #asleep = new AbortController();
  #release: (() => void) | null = null;

  /** `died`: another tab has ended. Several of those that live may be called. */
  constructor(died: () => void, locks: LockManager | undefined = globalThis.navigator?.locks) {
    this.#died = died;
    this.#locks = locks;
  }

  /** Lives from now on. Resolves once the lock is held, or at once where there are no locks. */
  async hold(): Promise<void> {
    this.name = crypto.randomUUID();
    const locks = this.#locks;
    if (!locks) return;
    await new Promise<void>((held) => {
      const asked = locks.request(LOCK + this.name, () => {
        held();
        return new Promise<void>((release) => {
          this.#release = release;
        });
      });
      asked.catch(() => held()); // refused, as in some sandboxed frames: then no other tab adopts from this one
    });
    this.#announce();
  }

  /** Outside a page there are no tabs. */
  #announce(): void {
    if (!globalThis.document || !globalThis.BroadcastChannel) return;
    this.#asleep = new AbortController();
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }) => this.#await(String(data));
    this.#channel.postMessage(this.name);
  }

  /** Each new name is answered with ours, which the tab of that name may not know yet. */
  #await(other: string): void {
    if (!this.#channel || this.#awaited.has(other)) return;
    this.#awaited.add(other);
    this.#channel.postMessage(this.name);
    this.#locks
      ?.request(LOCK + other, { signal: this.#asleep.signal }, () => undefined)
      .then(this.#died)
      .catch(() => undefined); // this tab sleeps
  }

  /** Dead to the others, as a page that is kept for going back to must be. */
  release(): void {
    this.#release?.();
    this.#release = null;
    this.#channel?.close();
    this.#channel = null;
    this.#asleep.abort();
    this.#awaited.clear();
  }

  /**
   * Calls `adopt` if `other` is dead and no third tab is adopting from it at this moment. Without locks nothing is
   * known of other tabs, and each reload counts as the death of the page before.
   */
  async ifDead(other: string, adopt: () => Promise<void>): Promise<void> {
    if (other === this.name) return;
    if (!this.#locks) {
      await adopt();
      return;
    }
    await this.#locks
      .request(LOCK + other, { ifAvailable: true }, async (lock) => {
        if (lock) await adopt();
      })
      .catch(() => undefined);
  }
}

/**
 * Runs `work` while no other tab of this browser runs something under the same `name`. Rejects when its turn does not
 * come within so many milliseconds; where there are no locks it just runs.
 */
export async function exclusively<T>(name: string, milliseconds: number, work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (!locks) return work();
  let isMyTurn = false;
  try {
    return (await locks.request(name, { signal: AbortSignal.timeout(milliseconds) }, () => {
      isMyTurn = true;
      return work();
    })) as T;
  } catch (problem) {
    if (isMyTurn || (problem as Error).name === "TimeoutError") throw problem;
    return work(); // refused, as in some sandboxed frames
  }
}

/** As `work`, but rejects when that takes longer than so many milliseconds. */
export function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds / 1000} s`)), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
