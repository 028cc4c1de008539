/** A change that a person makes: under way, refused with a sentence for each field, or done and said once. */

import { type Announcer, icon, icons } from "@intervene/ui";
import { html, type LitElement, nothing, type ReactiveController, type TemplateResult } from "lit";
import { words } from "../words.ts";
import { NO_PROBLEM, type Problem, problemOf } from "./problems.ts";

const SHOWN_MILLISECONDS = 10_000;

export interface SavingOptions {
  readonly announcer: () => Pick<Announcer, "status">;
  /** The names of the form's fields, as in the body of the request. */
  readonly fields?: readonly string[];
  /** Called when another change came first: reads what it is now. */
  readonly stale?: () => void;
}

export class Saving implements ReactiveController {
  readonly #host: LitElement;
  readonly #options: SavingOptions;
  #problem: Problem = NO_PROBLEM;
  #isBusy = false;
  #isFresh = false;
  /** What was done a moment ago. */
  #done = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: LitElement, options: SavingOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** What is wrong with a field; "" for nothing. */
  of(field: string): string {
    return this.#problem.fields[field] ?? "";
  }

  /** Does it, unless one is under way. `said` is read out once it is done. False: it was refused. */
  async run(act: () => Promise<unknown>, said: string = words("saved")): Promise<boolean> {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    this.#become(NO_PROBLEM);
    try {
      await act();
      if (said !== "") this.#say(said);
      return true;
    } catch (error) {
      this.refuse(problemOf(error, this.#options.fields ?? []));
      return false;
    } finally {
      this.#isBusy = false;
      this.#host.requestUpdate();
    }
  }

  /** Nothing is sent: what is wrong was seen here. The first field with a problem gets the focus. */
  refuse(problem: Problem): void {
    this.#isFresh = true;
    this.#become(problem);
    if (problem.isStale) this.#options.stale?.();
  }

  clear(): void {
    this.#become(NO_PROBLEM);
  }

  /** The button that sends the form, and what is wrong with all of it. */
  template(label: string = words("save"), beside: TemplateResult | typeof nothing = nothing): TemplateResult {
    return html`${this.problem()}
      <div class="acts">
        <button type="submit" class="btn main" aria-disabled=${this.#isBusy}>${this.#isBusy ? words("saving") : label}</button>
        ${beside} ${this.#done === "" ? nothing : html`<span class="done" aria-hidden="true">${icon(icons.check)}${this.#done}</span>`}
      </div>`;
  }

  /** What is wrong with all of it, where the button is elsewhere. */
  problem(): TemplateResult {
    const { form, fields } = this.#problem;
    const n = Object.keys(fields).length;
    const said = form !== "" ? words("notSaved", { reason: form }) : n > 0 ? words("fields", { n }) : "";
    return html`<p class="problem" role="alert" ?hidden=${said === ""}>${said}</p>`;
  }

  hostUpdated(): void {
    if (!this.#isFresh) return;
    this.#isFresh = false;
    this.#host.renderRoot.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
  }

  /** Read out once, and shown for a while. */
  #say(said: string): void {
    this.#options.announcer().status(said);
    this.#done = said;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#done = "";
      this.#host.requestUpdate();
    }, SHOWN_MILLISECONDS);
  }

  #become(problem: Problem): void {
    this.#done = "";
    this.#problem = problem;
    this.#host.requestUpdate();
  }
}
