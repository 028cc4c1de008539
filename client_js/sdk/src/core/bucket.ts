/** A token bucket: `take` answers 0 when the act may go ahead, otherwise in how many milliseconds. */
export class Bucket {
  #level: number;
  #at = 0;

  constructor(
    readonly burst: number,
    readonly perSecond: number,
  ) {
    this.#level = burst;
  }

  take(now: number): number {
    this.#level = Math.min(this.burst, this.#level + (Math.max(0, now - this.#at) * this.perSecond) / 1000);
    this.#at = now;
    if (this.#level >= 1 - ROUNDING) {
      this.#level = Math.max(0, this.#level - 1);
      return 0;
    }
    return ((1 - this.#level) * 1000) / this.perSecond;
  }
}

const ROUNDING = 1e-9; // or a wait that is over could be followed by one too short for the clock
