/**
 * After an upgrade of the server, which ends all connections, the page loads anew: at once if nobody types or does
 * anything in it, else when they have done, and says so until then.
 */

import { isUpgraded } from "./core/upgrade.ts";

const STILL = 3000; // ms since the last key or press

export interface UpgradeParts {
  /** Something is being written, chosen or filled in that another page would not have. */
  readonly isBusy: () => boolean;
  readonly changed: () => void;
}

export class Upgrade {
  readonly #parts: UpgradeParts;
  readonly #script: string;
  #isDue = false;
  #usedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
    const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
    this.#script = script === null ? "" : new URL(script.src).pathname;
  }

  /** The server has another desk, and this one has not been left yet. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** The connection is back: asks whether the server is another by now. */
  async look(): Promise<void> {
    try {
      const answer = await fetch("/desk", { cache: "no-store" });
      if (!answer.ok || !isUpgraded(await answer.text(), this.#script)) return;
      this.#isDue = true;
      this.#parts.changed();
    } catch {
      // With the next connection.
    }
  }

  used(): void {
    this.#usedAt = performance.now();
  }

  /** Call it now and then. */
  tick(): void {
    if (this.#isDue && performance.now() - this.#usedAt > STILL && !this.#parts.isBusy()) this.load();
  }

  load(): void {
    this.#isDue = false; // once: a server that answers the same again is asked after the next connection
    location.reload();
  }
}
