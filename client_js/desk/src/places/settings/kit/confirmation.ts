/** Asks before what cannot be taken back, and says what it does. One at a time, in a dialog of the browser. */

import { html, type LitElement, nothing, type ReactiveController, type TemplateResult } from "lit";
import { words } from "../words.ts";

export interface Question {
  readonly title: string;
  /** What happens then, a paragraph each. */
  readonly meaning: readonly string[];
  /** The button that does it: a verb. */
  readonly label: string;
}

export class Confirmation implements ReactiveController {
  readonly #host: LitElement;
  #question: Question | null = null;
  #answer: (isConfirmed: boolean) => void = () => undefined;
  #isFresh = false;

  constructor(host: LitElement) {
    this.#host = host;
    host.addController(this);
  }

  /** True: do it. The focus goes back to where it was. */
  ask(question: Question): Promise<boolean> {
    this.#answer(false);
    this.#question = question;
    this.#isFresh = true;
    this.#host.requestUpdate();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  hostUpdated(): void {
    if (!this.#isFresh) return;
    this.#isFresh = false;
    this.#dialog?.showModal();
  }

  hostDisconnected(): void {
    this.#done(false);
  }

  template(): TemplateResult | typeof nothing {
    if (this.#question === null) return nothing;
    const { title, meaning, label } = this.#question;
    return html`<dialog class="ask" aria-labelledby="ask-title" @close=${() => this.#done(false)}>
      <h2 id="ask-title">${title}</h2>
      ${meaning.map((each) => html`<p>${each}</p>`)}
      <div class="acts">
        <button type="button" class="btn" autofocus @click=${() => this.#dialog?.close()}>${words("cancel")}</button>
        <button type="button" class="btn ink" @click=${() => this.#done(true)}>${label}</button>
      </div>
    </dialog>`;
  }

  #done(isConfirmed: boolean): void {
    const answer = this.#answer;
    this.#answer = () => undefined;
    answer(isConfirmed);
    this.#dialog?.close();
    this.#question = null;
    this.#host.requestUpdate();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.#host.renderRoot?.querySelector("dialog.ask") ?? null;
  }
}
