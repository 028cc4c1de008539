/** What stands in the box: kept where its principal's things are, and in memory while it is not known who that is. */

import { Drafts } from "@intervene/ui";
import type { Surface } from "./surface.ts";

const CONVERSATION = "chat";

export class Draft {
  readonly #host: Surface;
  readonly #drafts: Drafts;
  #place: string | null = null;
  #loose = "";

  constructor(host: Surface) {
    this.#host = host;
    this.#drafts = new Drafts(host);
  }

  get text(): string {
    return this.#place === null ? this.#loose : this.#drafts.get(this.#place, CONVERSATION);
  }

  set text(text: string) {
    if (this.#place !== null) this.#drafts.set(text, this.#place, CONVERSATION);
    else this.#loose = text;
    this.#host.requestUpdate();
  }

  /** Another principal: the box is theirs. `place`: see `Session.place`. */
  begin(place: string | null): void {
    this.#loose = "";
    this.#place = place;
  }

  /** The principal is known now: what was typed before is theirs. */
  moveTo(place: string | null): void {
    if (place === this.#place) return;
    const { text } = this;
    if (text) this.text = "";
    this.#place = place;
    if (text) this.text = text;
  }

  forget(place: string): void {
    this.#drafts.forget(place);
  }
}
