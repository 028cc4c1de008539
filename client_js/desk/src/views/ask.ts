/** A dialog with a field and a list below it: arrows move in the list while one types, Enter takes. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Action, Choice } from "../core/actions.ts";
import { colourOf } from "../core/lists.ts";
import type { Look } from "../core/rows.ts";
import { words } from "../words.ts";
import { lookMark } from "./row.ts";

export interface Option extends Omit<Choice, "action"> {
  /** Null: it is a tag, which is taken or given back. */
  readonly action: Action | null;
  readonly tag?: string;
  /** Who gets the conversation by it. */
  readonly look?: Look;
  /** Which part of the label was typed. */
  readonly from: number;
  readonly to: number;
}

/** Characters that are at most 1 KiB of UTF-8, whatever they are. */
const MOST_WRITTEN = 340;

export interface AskOptions {
  readonly title: string;
  /** What follows from it; "" where the title says it. */
  readonly meaning: string;
  readonly typed: string;
  readonly placeholder: string;
  /** It is written to be read, and finds nothing in the list. */
  readonly isText: boolean;
  readonly options: readonly Option[];
  /** Which of them Enter takes. */
  readonly at: number;
  readonly isMultiple: boolean;
  readonly empty: string;
  readonly type: (typed: string) => void;
  readonly move: (by: number) => void;
  readonly take: (n: number) => void;
  /** Null: taking one is all. */
  readonly done: (() => void) | null;
  readonly close: () => void;
}

export function ask(asked: AskOptions): TemplateResult {
  const { title, meaning, options, at, empty, done, close } = asked;
  return html`<dialog class="choose" aria-labelledby="choose-title" @close=${close} @click=${leave}>
    <h2 id="choose-title">${title}</h2>
    ${meaning === "" ? nothing : html`<p>${meaning}</p>`}
    ${field(asked)}
    ${
      options.length === 0
        ? html`<p class="none" role="status">${empty}</p>`
        : html`<ul id="choices" role="listbox" aria-label=${title} aria-multiselectable=${asked.isMultiple ? "true" : nothing}>
            ${options.map((each, n) => option(each, n, n === at, asked))}
          </ul>`
    }
    <div class="acts">
      ${done === null ? nothing : html`<button type="button" class="btn main" @click=${done}>${words("save")}</button>`}
      <button type="button" class="btn" @click=${(event: Event) => dialogOf(event)?.close()}>${words("cancel")}</button>
    </div>
  </dialog>`;
}

function field({ typed, placeholder, isText, options, at, type, move, take }: AskOptions): TemplateResult {
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || (step === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    if (step === undefined) take(at);
    else move(step);
  };
  return html`<input
    class="input" type="text" role="combobox" autofocus autocomplete="off" spellcheck=${isText ? "true" : "false"} maxlength=${isText ? MOST_WRITTEN : 200} dir="auto"
    aria-label=${placeholder} placeholder=${placeholder} aria-expanded="true" aria-autocomplete="list" aria-controls="choices"
    aria-activedescendant=${options.length === 0 ? nothing : `choice-${at}`}
    .value=${live(typed)} @input=${(event: Event) => type((event.currentTarget as HTMLInputElement).value)} @keydown=${pressed}
  />`;
}

function option(each: Option, n: number, isAt: boolean, { take, isMultiple, options }: AskOptions): TemplateResult {
  const { label, meaning, isCurrent, from, to } = each;
  const hasSigns = isMultiple || options.some(({ isCurrent, colour }) => isCurrent || colour !== "");
  return html`<li
    id="choice-${n}" role="option" class="mi" aria-selected=${isMultiple ? isCurrent : isAt} data-at=${isAt ? "" : nothing}
    @click=${() => take(n)}
  >
    ${signOf(each, hasSigns)}<span class="grow"><bdi>${highlighted(label, from, to)}</bdi>${meaning === "" ? nothing : html`<small>${meaning}</small>`}</span>
    ${isCurrent && !isMultiple ? html`<span class="now">${words("isNow")}</span>` : nothing}
  </li>`;
}

/** `isAligned`: others in the list have one, so there is room for it. */
function signOf({ colour, isCurrent, look, label }: Option, isAligned: boolean): TemplateResult | typeof nothing {
  if (look !== undefined) return lookMark(look, label, 24);
  if (isCurrent) return icon(icons.check);
  if (colour !== "") return statusTag(colour);
  return isAligned ? html`<span class="i"></span>` : nothing;
}

/** The part that was typed. */
export function highlighted(label: string, from: number, to: number): TemplateResult {
  return to === 0
    ? html`${label}`
    : html`${label.slice(0, from)}<mark class="hit">${label.slice(from, to)}</mark>${label.slice(to)}`;
}

/** A status is always its word; beside it a small tag, in one of the fixed colours. */
export function statusTag(colour: string): TemplateResult {
  return html`<span class="label of-${colourOf(colour)}">${icon(icons.tag, { size: 14 })}</span>`;
}

/** A press beside the dialog closes it: the dialog's own box has padding, its backdrop is outside. */
function leave(event: MouseEvent): void {
  const dialog = event.currentTarget as HTMLDialogElement;
  if (event.target !== dialog) return;
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  const { clientX: x, clientY: y } = event;
  if (x < left || x > right || y < top || y > bottom) dialog.close();
}

function dialogOf(event: Event): HTMLDialogElement | null {
  return (event.currentTarget as HTMLElement).closest("dialog");
}
