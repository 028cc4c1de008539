/** Of all windows of a browser that have the desk open for a person, one rings: the one that was used last. */

export class OneWindow {
  readonly #name: string;
  readonly #locks: LockManager | undefined = navigator.locks; // none on a page that was not loaded securely
  #isIt: boolean;
  /** Which request counts: those before were given up here. */
  #asked = 0;
  #waits: AbortController | null = null;
  #release: (() => void) | null = null;

  constructor(name: string) {
    this.#name = name;
    this.#isIt = this.#locks === undefined;
    addEventListener("focus", this.#used);
    this.#ask(document.hasFocus());
  }

  get isIt(): boolean {
    return this.#isIt;
  }

  stop(): void {
    removeEventListener("focus", this.#used);
    this.#asked += 1;
    this.#isIt = false;
    this.#waits?.abort();
    this.#release?.();
  }

  readonly #used = (): void => {
    if (!this.#isIt) this.#ask(true);
  };

  /** Waits until the window that has it is closed; `steals`: takes it from that one, which waits then. */
  #ask(steals: boolean): void {
    if (this.#locks === undefined) return;
    this.#waits?.abort();
    this.#asked += 1;
    const mine = this.#asked;
    const waits = new AbortController();
    this.#waits = waits;
    const has = () => {
      if (mine !== this.#asked) return undefined;
      this.#isIt = true;
      return new Promise<void>((resolve) => {
        this.#release = resolve;
      });
    };
    this.#locks.request(this.#name, steals ? { steal: true } : { signal: waits.signal }, has).catch(() => {
      if (mine !== this.#asked) return;
      this.#isIt = false;
      this.#ask(false);
    });
  }
}
