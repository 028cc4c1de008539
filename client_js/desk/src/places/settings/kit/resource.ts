/** Something that a page reads from the server: loading, there, or failed, and how it is read again. */

import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { Answered } from "../../../api.ts";
import { emptiness } from "../../../views/parts.ts";
import { reasonOf } from "../../../words.ts";
import { words } from "../words.ts";

export class Resource<T> implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #read: () => Promise<T>;
  #value: T | undefined;
  #problem = "";
  #turn = 0;

  /** `read` is called when the host is connected. */
  constructor(host: ReactiveControllerHost, read: () => Promise<T>) {
    this.#host = host;
    this.#read = read;
    host.addController(this);
  }

  hostConnected(): void {
    void this.load();
  }

  /** What was read last, or set. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Reads it, and shows the former value meanwhile. Of answers that overtake each other the latest question counts. */
  async load(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const value = await this.#read();
      if (turn !== this.#turn) return;
      this.#value = value;
      this.#problem = "";
    } catch (problem) {
      if (turn !== this.#turn) return;
      this.#problem = problem instanceof Answered ? reasonOf(problem) : words("noAnswer");
    }
    this.#host.requestUpdate();
  }

  /** What an answer to a change has said: no need to read it again. A read that is under way is older. */
  set(value: T): void {
    this.#turn += 1;
    this.#value = value;
    this.#problem = "";
    this.#host.requestUpdate();
  }

  /** `ready` once it is there. A read that fails later is said above what was there. */
  template(ready: (value: T) => TemplateResult): TemplateResult {
    const again = html`<button type="button" class="btn" @click=${() => this.load()}>${words("tryAgain")}</button>`;
    if (this.#value === undefined) {
      if (this.#problem !== "") return emptiness(words("loadFailed"), this.#problem, again);
      return html`<p class="muted" role="status">${words("loading")}</p>`;
    }
    const problem = html`<div class="banner"><p class="grow">${this.#problem}</p>${again}</div>`;
    return html`${this.#problem === "" ? "" : problem}${ready(this.#value)}`;
  }
}
