/** The end of a reply that is being written, for a row: it changes a few times a second, however fast pieces come. */

import type { wire } from "@intervene/client";

const EVERY = 250; // ms
const LENGTH = 80; // characters: more than a row is wide

export class Tail {
  #text = "";
  #at = Number.NEGATIVE_INFINITY;

  of(stream: wire.OpenStream | null, now: number): string {
    if (stream === null) {
      this.#text = "";
      this.#at = Number.NEGATIVE_INFINITY;
    } else if (now - this.#at >= EVERY) {
      this.#text = stream.text.slice(-LENGTH);
      this.#at = now;
    }
    return this.#text;
  }
}
