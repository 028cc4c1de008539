/** Small parts that several screens share. */

import { html, nothing, type TemplateResult } from "lit";
import type { Shortcut } from "../core/keys.ts";
import { SHORTCUTS } from "../core/keys.ts";

/** An empty place says what will appear, and what one can do. */
export function emptiness(
  title: string,
  meaning: string,
  act: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div class="nothing"><h2>${title}</h2><p>${meaning}</p>${act}</div>`;
}

/** The keys of a shortcut, for those who look; the button itself has them as `aria-keyshortcuts`. */
export function keys(shortcut: Shortcut): TemplateResult | typeof nothing {
  const key = keyOf(shortcut);
  return key === "" ? nothing : html`<span class="keys" aria-hidden="true"><kbd>Alt</kbd><kbd>${key}</kbd></span>`;
}

export function keyOf(shortcut: Shortcut): string {
  return SHORTCUTS.find(([, each]) => each === shortcut)?.[0] ?? "";
}

/** The sign of the product. */
export function logo(): TemplateResult {
  return html`<svg class="logo" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true">
    <path d="M12.5 5H7a3 3 0 0 0-3 3v13a3 3 0 0 0 3 3h13a3 3 0 0 0 3-3v-5.5" fill="none" stroke-width="2.4" stroke-linecap="round"></path>
    <circle cx="19" cy="9" r="6"></circle>
  </svg>`;
}
