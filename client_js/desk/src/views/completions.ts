/** What may be put into the text, over the composer. The field keeps the focus. */

import { html, type TemplateResult } from "lit";
import type { Inserted } from "../core/completing.ts";
import { highlighted } from "./ask.ts";

export interface Suggestion {
  readonly label: string;
  /** Before the label. */
  readonly sign: string;
  readonly meaning: string;
  /** Which part of the label was typed. */
  readonly from: number;
  readonly to: number;
  readonly inserted: () => Inserted;
  readonly taken: () => void;
}

export interface CompletionsOptions {
  readonly title: string;
  readonly all: readonly Suggestion[];
  readonly at: number;
  readonly take: (n: number) => void;
}

const MOST_SHOWN = 160;

export function completions({ title, all, at, take }: CompletionsOptions): TemplateResult {
  return html`<div class="menu completions">
    <h3 id="completions-title">${title}</h3>
    <ul id="completions" role="listbox" aria-labelledby="completions-title">
      ${all.map(
        ({ label, sign, meaning, from, to }, n) => html`<li
          id="completion-${n}" role="option" class="mi" aria-selected=${n === at} ?data-at=${n === at}
          @pointerdown=${(event: Event) => event.preventDefault()} @click=${() => take(n)}
        >
          <span class="grow"><bdi>${sign}${highlighted(label, from, to)}</bdi><small class="clip" dir="auto">${meaning.slice(0, MOST_SHOWN)}</small></span>
        </li>`,
      )}
    </ul>
  </div>`;
}
