/** Small parts that several screens share. */

import type { wire } from "@intervene/client";
import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Shortcut } from "../core/keys.ts";
import { SHORTCUTS } from "../core/keys.ts";
import { pathOf } from "../core/route.ts";
import { authorName, words } from "../words.ts";

/** An empty place says what will appear, and what one can do. */
export function emptiness(
  title: string,
  meaning: string,
  act: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div class="nothing"><h2>${title}</h2><p>${meaning}</p>${act}</div>`;
}

/** A note calls this person: who wrote it, and the way there. Nothing of its text. */
export function mentioned(mention: wire.Mentioned | null, putAway: () => void): TemplateResult | typeof nothing {
  if (mention === null) return nothing;
  return html`<aside class="toast" aria-label=${words("mention")}>
    ${icon(icons.note)}<p class="grow">${words.rich("mentionedBy", { name: authorName(mention) })}</p>
    <a class="btn" href=${pathOf("conversations", mention.conversation)}>${words("openIt")}</a>
    <button type="button" class="btn quiet" @click=${putAway}>${words("dismiss")}</button>
  </aside>`;
}

/** The keys of a shortcut, for those who look; the button itself has them as `aria-keyshortcuts`. */
export function keys(shortcut: Shortcut): TemplateResult | typeof nothing {
  const key = keyOf(shortcut);
  return key === "" ? nothing : html`<span class="keys" aria-hidden="true"><kbd>Alt</kbd><kbd>${key}</kbd></span>`;
}

export function keyOf(shortcut: Shortcut): string {
  return SHORTCUTS.find(([, each]) => each === shortcut)?.[0] ?? "";
}

/** The icon of an action: those that point back turn where text runs right to left. */
export function actionIcon(path: string): TemplateResult {
  return icon(path, { mirrors: path === icons.handback || path === icons.undo });
}

/** How a colleague can be reached, as a shape: full, with a bar, a ring. Decoration: a word stands beside it. */
export function presenceDot(presence: wire.Availability): TemplateResult {
  return html`<i class="seen ${presence}" aria-hidden="true"></i>`;
}

/** The sign of the product. */
export function logo(): TemplateResult {
  return html`<svg class="logo" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true">
    <path d="M12.5 5H7a3 3 0 0 0-3 3v13a3 3 0 0 0 3 3h13a3 3 0 0 0 3-3v-5.5" fill="none" stroke-width="2.4" stroke-linecap="round"></path>
    <circle cx="19" cy="9" r="6"></circle>
  </svg>`;
}

export interface SecretOptions {
  /** Its id too. */
  readonly name: string;
  /** Tells password managers whether to fill in or to make one. */
  readonly autocomplete: "current-password" | "new-password";
  readonly minLength?: number;
  /** Ids of what says more of it. */
  readonly describedBy?: string | typeof nothing;
  readonly isWrong?: "true" | typeof nothing;
}

/** A password's field, with a button that shows it. */
export function secret({ name, autocomplete, minLength, describedBy, isWrong }: SecretOptions): TemplateResult {
  return html`<span class="secret">
    <input class="input" id=${name} name=${name} type="password" required minlength=${minLength ?? nothing} maxlength="256"
      autocomplete=${autocomplete} autocapitalize="off" spellcheck="false" aria-invalid=${isWrong ?? nothing}
      aria-describedby=${describedBy || nothing} />
    <button type="button" class="icon" aria-label=${words("showPassword")} title=${words("showPassword")}
      aria-pressed="false" @click=${reveal}>${icon(icons.eye)}</button>
  </span>`;
}

function reveal(event: Event): void {
  const button = event.currentTarget as HTMLButtonElement;
  const input = button.previousElementSibling as HTMLInputElement;
  input.type = input.type === "password" ? "text" : "password";
  button.setAttribute("aria-pressed", String(input.type === "text"));
}

/** The same with its label, and what to know beforehand. */
export function secretField(
  options: SecretOptions & { readonly label: string; readonly hint?: string },
): TemplateResult {
  const { name, label, hint, describedBy } = options;
  const ids = [hint ? `${name}-hint` : "", typeof describedBy === "string" ? describedBy : ""].join(" ").trim();
  return html`<div class="field"><label for=${name}>${label}</label>${secret({ ...options, describedBy: ids })}
    ${hint ? html`<small id="${name}-hint">${hint}</small>` : nothing}
  </div>`;
}
