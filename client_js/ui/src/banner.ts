/** A line above or below the thread that says what is the case, and what one can do about it. */

import { html, nothing, type TemplateResult } from "lit";
import { icon } from "./mark.ts";

export interface BannerOptions {
  readonly text: unknown;
  readonly icon?: string;
  readonly tone?: "wait" | "other" | "bad" | "quiet";
  readonly id?: string;
  /** What one can do, in order. */
  readonly actions?: readonly { readonly text: string; readonly onClick: () => void }[];
}

/** It has no live role of its own: `Announcer` says what must be said, once. */
export function banner({ text, tone = "wait", actions = [], ...options }: BannerOptions): TemplateResult {
  return html`<div class="banner ${tone}" id=${options.id ?? nothing}>
    ${options.icon ? icon(options.icon, { size: 18 }) : nothing}<span class="grow">${text}</span>
    ${actions.map(({ text, onClick }) => html`<button type="button" class="link" @click=${onClick}>${text}</button>`)}
  </div>`;
}
