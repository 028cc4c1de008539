/** The place that is shown: loads its code, makes its element, and keeps it while one is there. */

import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { pathOf, routeOf } from "../core/route.ts";
import { spoken } from "../language.ts";
import { emptiness } from "../views/parts.ts";
import { reasonOf, words } from "../words.ts";
import { PLACES } from "./index.ts";
import type { PlaceElement, PlaceInfo, PlaceParts } from "./place.ts";

export class ShownPlace implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #element: PlaceElement | null = null;
  #tag = "";
  #isFresh = false;
  #problem = "";

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** Of a path: null where it names the conversations. */
  static of(path: string): PlaceInfo | null {
    const { place } = routeOf(path);
    return PLACES.find((info) => info.place === place) ?? null;
  }

  template(info: PlaceInfo, parts: PlaceParts): TemplateResult {
    if (!info.roles.includes(parts.me.role)) return refused(info);
    if (this.#tag !== info.tag) void this.#open(info);
    if (this.#problem !== "") return this.#failed(info);
    if (this.#element === null) return html`<p class="list-wait" role="status">${words("opening")}</p>`;
    this.#element.parts = parts;
    return html`${this.#element}`;
  }

  /** One has gone elsewhere: the next visit begins anew. */
  leave(): void {
    this.#tag = "";
    this.#element = null;
  }

  hostUpdated(): void {
    const element = this.#element;
    if (!this.#isFresh || element === null) return;
    this.#isFresh = false;
    void element.updateComplete.then(() => element.arrive());
  }

  async #open(info: PlaceInfo): Promise<void> {
    this.#tag = info.tag;
    this.#element = null;
    this.#problem = "";
    try {
      await info.load();
      await spoken();
      if (this.#tag !== info.tag) return;
      this.#element = document.createElement(info.tag) as PlaceElement;
      this.#isFresh = true;
    } catch (problem) {
      if (this.#tag === info.tag) this.#problem = reasonOf(problem);
    }
    this.#host.requestUpdate();
  }

  /** The network, or an upgrade of the server since this page was loaded. */
  #failed(info: PlaceInfo): TemplateResult {
    const again = html`<button type="button" class="btn" @click=${() => this.#open(info)}>${words("tryAgain")}</button>`;
    return emptiness(words("placeFailed"), words("placeFailedMeans"), again);
  }
}

/** Somebody without the role has followed its address. */
function refused({ label }: PlaceInfo): TemplateResult {
  const back = html`<a class="btn" href=${pathOf("conversations")}>${words("conversations")}</a>`;
  return emptiness(words("placeRefused", { name: words(label) }), words("placeRefusedMeans"), back);
}
