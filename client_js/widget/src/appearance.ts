/** How the widget looks on its page: the page's accent and text size, and the part of the window that it can have. */

import type { ReactiveController } from "lit";
import { dress } from "./host.ts";
import type { Surface } from "./surface.ts";

/** Below it the panel has the whole screen. */
const PHONE = "(max-width: 479px)";

export function isPhone(): boolean {
  return matchMedia(PHONE).matches;
}

export class Appearance implements ReactiveController {
  readonly #host: Surface;
  readonly #find: () => HTMLElement | null;
  readonly #refused: () => void;
  /** The page's accent and text size were applied. */
  #isDressed = false;
  #page = new AbortController();

  /** `find`: what is dressed. `refused`: the page's accent cannot be read on our surfaces, and ours stays. */
  constructor(host: Surface, find: () => HTMLElement | null, refused: () => void) {
    this.#host = host;
    this.#find = find;
    this.#refused = refused;
    host.addController(this);
  }

  hostConnected(): void {
    this.#page.abort();
    this.#page = new AbortController();
    const { signal } = this.#page;
    for (const query of [PHONE, "(prefers-color-scheme: dark)"]) {
      matchMedia(query).addEventListener("change", () => this.dressAgain(), { signal });
    }
    // A keyboard on the screen covers part of the window, which style sheets do not know.
    visualViewport?.addEventListener("resize", () => this.#fit(), { signal });
    visualViewport?.addEventListener("scroll", () => this.#fit(), { signal });
  }

  hostDisconnected(): void {
    this.#page.abort();
  }

  hostUpdated(): void {
    if (!this.#isDressed) this.#dress();
  }

  /** With the next rendering. */
  dressAgain(): void {
    this.#isDressed = false;
    this.#host.requestUpdate();
  }

  #dress(): void {
    const root = this.#find();
    if (root === null) return;
    this.#isDressed = true;
    const isTaken = dress(this.#host, root);
    this.#fit(); // undressed with the rest
    if (!isTaken) this.#refused();
  }

  #fit(): void {
    const style = this.#find()?.style;
    if (!style || !visualViewport) return;
    // Whoever has zoomed in with two fingers looks at a part of the panel, which stays as it is.
    const { height, scale, offsetTop } = visualViewport;
    style.setProperty("--height", `${height * scale}px`);
    style.setProperty("--shift", `${scale > 1.01 ? 0 : offsetTop}px`);
  }
}
