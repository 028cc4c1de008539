/** One value that is edited in its place: a form with a field, whose Esc gives up and whose refusal is said below it. */

import { html, type LitElement, nothing, type TemplateResult } from "lit";
import { reasonOf } from "../words.ts";
import { said } from "./words.ts";

export interface Editable {
  /** Which one: one at a time is edited. */
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly most?: number;
  /** Its values, where it has no others. */
  readonly choices?: readonly string[];
  /** The value's own kind of field. */
  readonly type?: "text" | "number" | "date" | "checkbox";
  /** A new one also has a name. */
  readonly isNew?: boolean;
  readonly save: (value: string, name: string) => Promise<unknown>;
  readonly remove?: (() => Promise<unknown>) | undefined;
}

type Host = LitElement;

const MOST_NAME = 40;

export class Editing {
  readonly #host: Host;
  readonly #done: () => void;
  #key = "";
  #problem = "";
  #isBusy = false;
  #isFresh = false;

  /** `done`: called when something was saved. */
  constructor(host: Host, done: () => void) {
    this.#host = host;
    this.#done = done;
    host.addController({ hostUpdated: () => this.#updated() });
  }

  is(key: string): boolean {
    return this.#key === key;
  }

  begin(key: string): void {
    this.#become(key, "");
    this.#isFresh = true;
  }

  /** Gives up, and goes back to the button. */
  end(): void {
    const key = this.#key;
    this.#become("", "");
    void this.#host.updateComplete.then(() => this.#button(key)?.focus());
  }

  /** Another thing is shown: nothing of this one is edited any more. */
  drop(): void {
    if (this.#key !== "") this.#become("", "");
  }

  template(edited: Editable): TemplateResult {
    const { label, isNew = false, remove } = edited;
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const given = new FormData(event.target as HTMLFormElement);
      void this.#try(() =>
        edited.save(String(given.get("value") ?? "").trim(), String(given.get("name") ?? "").trim()),
      );
    };
    return html`<form class="edit" @submit=${submit} @keydown=${this.#pressed} aria-label=${label}>
      ${
        isNew
          ? html`<label><span>${said("attributeName")}</span><input class="input" name="name" required maxlength=${MOST_NAME} autocomplete="off" dir="auto" /></label>`
          : nothing
      }
      <label><span class=${isNew ? "" : "vh"}>${isNew ? said("attributeValue") : label}</span>${field(edited)}</label>
      ${this.#problem === "" ? nothing : html`<p class="problem" role="alert">${this.#problem}</p>`}
      <div class="does">
        <button class="btn small main" aria-disabled=${this.#isBusy}>${said("save")}</button>
        <button type="button" class="btn small" @click=${() => this.end()}>${said("cancel")}</button>
        ${
          remove === undefined
            ? nothing
            : html`<button type="button" class="btn small quiet" @click=${() => this.#try(remove)}>${said("remove")}</button>`
        }
      </div>
    </form>`;
  }

  async #try(act: () => Promise<unknown>): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#host.requestUpdate();
    try {
      await act();
      this.#isBusy = false;
      this.end();
      this.#done();
    } catch (problem) {
      this.#isBusy = false;
      this.#become(this.#key, said("notSaved", { reason: reasonOf(problem) }));
    }
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.end();
  };

  #updated(): void {
    if (!this.#isFresh) return;
    this.#isFresh = false;
    this.#host.renderRoot.querySelector<HTMLElement>("form.edit :is(input, select)")?.focus();
  }

  #button(key: string): HTMLElement | null {
    const buttons = [...this.#host.renderRoot.querySelectorAll<HTMLElement>("[data-edits]")];
    return buttons.find((button) => button.dataset.edits === key) ?? null;
  }

  #become(key: string, problem: string): void {
    this.#key = key;
    this.#problem = problem;
    this.#host.requestUpdate();
  }
}

function field({ value, type = "text", choices, most = 1024 }: Editable): TemplateResult {
  const options = type === "checkbox" ? ["true", "false"] : choices;
  if (options !== undefined) {
    const known = value === "" || options.includes(value) ? options : [...options, value];
    return html`<select class="input" name="value">
      <option value="" ?selected=${value === ""}>${said("notSet")}</option>
      ${known.map((choice) => html`<option value=${choice} ?selected=${choice === value}>${shownValue(type, choice)}</option>`)}
    </select>`;
  }
  const kind = type === "date" ? "date" : "text";
  const mode = type === "number" ? "decimal" : "text";
  return html`<input class="input" name="value" type=${kind} inputmode=${mode} .value=${value} maxlength=${most} autocomplete="off" dir="auto" />`;
}

/** A value as people read it. */
export function shownValue(type: Editable["type"], value: string): string {
  if (type !== "checkbox") return value;
  return value === "true" ? said("yes") : value === "false" ? said("no") : value;
}
