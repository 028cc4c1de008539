/**
 * The fields of a form: each with its label, what to know beforehand, and what is wrong with it. They keep what is typed
 * themselves; `entriesOf` reads it when the form is sent. A `value` that changes replaces what is there.
 */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { type SecretOptions, secret } from "../../../views/parts.ts";

export interface FieldOptions {
  /** As in the body of the request. Its id too, so it is once on a page. */
  readonly name: string;
  readonly label: string;
  /** What to know before one types. */
  readonly hint?: string;
  /** `Saving.of(name)`. */
  readonly problem?: string;
}

export interface TextOptions extends FieldOptions {
  readonly value?: string;
  readonly type?: "text" | "email" | "number" | "date" | "time" | "search";
  readonly isRequired?: boolean;
  readonly isReadOnly?: boolean;
  readonly maxLength?: number;
  readonly min?: number;
  readonly max?: number;
  readonly autocomplete?: AutoFill;
  readonly placeholder?: string;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly meaning?: string;
}

/** What a form's fields hold, as text; without blanks around it, but for passwords. A checkbox that is ticked is "on". */
export function entriesOf(event: SubmitEvent): Readonly<Record<string, string>> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const isSecret = (name: string) => form.querySelector(`.secret [name="${name}"]`) !== null;
  const entries = [...new FormData(form)].map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(entries.map(([name, value]) => [name, isSecret(name) ? value : value.trim()]));
}

export function text(options: TextOptions): TemplateResult {
  const { name, value = "", type = "text", isRequired = false, isReadOnly = false, autocomplete } = options;
  const { maxLength, min, max, placeholder } = options;
  return field(
    options,
    html`<input class="input" id=${name} name=${name} type=${type} .value=${value} ?required=${isRequired}
      ?readonly=${isReadOnly} maxlength=${maxLength ?? nothing} min=${min ?? nothing} max=${max ?? nothing}
      placeholder=${placeholder ?? nothing} autocomplete=${autocomplete ?? "off"} dir="auto"
      aria-invalid=${isWrong(options)} aria-describedby=${describedBy(options)} />`,
  );
}

/** It is sent as it was typed. */
export function password(options: FieldOptions & Pick<SecretOptions, "autocomplete" | "minLength">): TemplateResult {
  return field(options, secret({ ...options, isWrong: isWrong(options), describedBy: describedBy(options) }));
}

export function area(
  options: FieldOptions & { readonly value?: string; readonly rows?: number; readonly maxLength?: number },
): TemplateResult {
  const { name, value = "", rows = 4, maxLength } = options;
  return field(
    options,
    html`<textarea class="input" id=${name} name=${name} rows=${rows} .value=${value} dir="auto" maxlength=${maxLength ?? nothing}
      aria-invalid=${isWrong(options)} aria-describedby=${describedBy(options)}></textarea>`,
  );
}

export function select(
  options: FieldOptions & {
    readonly value: string;
    readonly choices: readonly Choice[];
    readonly isReadOnly?: boolean;
  },
): TemplateResult {
  const { name, value, choices } = options;
  return field(
    options,
    html`<select class="input" id=${name} name=${name} aria-invalid=${isWrong(options)} aria-describedby=${describedBy(options)}>
      ${choices.map((each) => html`<option value=${each.value} .selected=${each.value === value}>${each.label}</option>`)}
    </select>`,
  );
}

/** One of a few, each with what it means. */
export function choices(
  options: FieldOptions & { readonly value: string; readonly choices: readonly Choice[] },
): TemplateResult {
  const { name, label, value, choices: all } = options;
  return html`<fieldset aria-describedby=${describedBy(options)}>
    <legend>${label}</legend>
    ${all.map((each) => choice(name, each, each.value === value))} ${below(options)}
  </fieldset>`;
}

function choice(name: string, { value, label, meaning = "" }: Choice, isChosen: boolean): TemplateResult {
  const id = `${name}-${value}`;
  return html`<label class="choice">
    <input type="radio" name=${name} value=${value} .checked=${isChosen} aria-label=${label}
      aria-describedby=${meaning === "" ? nothing : id} />
    <span>${label}${meaning === "" ? nothing : html`<small id=${id}>${meaning}</small>`}</span>
  </label>`;
}

export function check(options: FieldOptions & { readonly isOn: boolean }): TemplateResult {
  const { name, label, hint = "", isOn } = options;
  return html`<label class="choice">
    <input type="checkbox" name=${name} .checked=${isOn} aria-label=${label} aria-describedby=${describedBy(options)} />
    <span>${label}${hint === "" ? nothing : html`<small id="${name}-hint">${hint}</small>`}</span>
  </label>`;
}

/** A control of another kind, in the same frame: it has `id=${name}`, `isWrong` and `describedBy`. */
export function field(options: FieldOptions, control: TemplateResult): TemplateResult {
  return html`<div class="field"><label for=${options.name}>${options.label}</label>${control} ${below(options)}</div>`;
}

export function isWrong({ problem = "" }: FieldOptions): "true" | typeof nothing {
  return problem === "" ? nothing : "true";
}

export function describedBy({ name, hint = "", problem = "" }: FieldOptions): string | typeof nothing {
  const ids = [hint !== "" ? `${name}-hint` : "", problem !== "" ? `${name}-problem` : ""].filter((id) => id !== "");
  return ids.length === 0 ? nothing : ids.join(" ");
}

function below({ name, hint = "", problem = "" }: FieldOptions): TemplateResult {
  return html`${hint === "" ? nothing : html`<small id="${name}-hint">${hint}</small>`}${
    problem === ""
      ? nothing
      : html`<p class="problem" id="${name}-problem">${icon(icons.alert)}<span>${problem}</span></p>`
  }`;
}
