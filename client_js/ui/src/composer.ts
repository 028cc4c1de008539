/**
 * The field that one writes in: a template. It never changes or drops what was typed; what is too long is said in words.
 * Enter sends and Shift Enter makes a line, but not while an input method composes.
 */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import * as icons from "./icons.ts";
import { icon } from "./mark.ts";
import type { SharedWords } from "./words.ts";

/** What the server takes of one text, in bytes of UTF-8. */
export const MOST_BYTES = 16_384;

export interface ComposerOptions {
  readonly words: SharedWords;
  /** What is in the field: the draft. */
  readonly text: string;
  readonly placeholder: string;
  /** The field's accessible name; by default the placeholder. */
  readonly label?: string;
  readonly onInput: (text: string) => void;
  /** Called with text that can be sent. The draft is the program's to clear, once it is in the send queue. */
  readonly onSend: (text: string) => void;
  /** On the button; by default "Send". With it the button has words instead of an icon. */
  readonly sendText?: string;
  /** A private note: the whole composer is yellow, the button black. */
  readonly isNote?: boolean;
  /** The id of a text that describes the field, such as a banner above it. */
  readonly describedBy?: string;
  /** A list beside the field that completes what is typed, and which option of it is chosen: their ids. */
  readonly completes?: { readonly list: string; readonly option: string } | null;
  /** Beside the button, such as "Enter to send". */
  readonly hint?: TemplateResult | string;
}

export function composer(options: ComposerOptions): TemplateResult {
  const { words, text, isNote = false, sendText, describedBy } = options;
  const over = bytesOver(text);
  const send = () => {
    if (canSend(text)) options.onSend(text);
  };
  const label = options.sendText ?? words("send");
  return html`<form class="compose ${isNote ? "notey" : ""} ${sendText ? "wide" : ""}" @submit=${(event: Event) => {
    event.preventDefault();
    send();
  }}>
    <textarea
      rows="1" dir="auto" autocomplete="off" enterkeyhint="send"
      aria-label=${options.label ?? options.placeholder} placeholder=${options.placeholder}
      aria-invalid=${over > 0 ? "true" : nothing} aria-describedby=${over > 0 ? "iv-too-long" : (describedBy ?? nothing)}
      aria-controls=${options.completes?.list ?? nothing} aria-activedescendant=${options.completes?.option ?? nothing}
      .value=${live(text)}
      @input=${(event: Event) => typed(event.currentTarget as HTMLTextAreaElement, options)}
      @keydown=${(event: KeyboardEvent) => {
        if (!sends(event)) return;
        event.preventDefault();
        send();
      }}
      @focus=${(event: Event) => fit(event.currentTarget as HTMLTextAreaElement)}
    ></textarea>
    <footer>${options.hint ?? nothing}<button type="submit" class="go" ?disabled=${!canSend(text)} aria-label=${label} title=${label}>
      ${sendText ?? nothing}${isNote ? nothing : icon(icons.send, { size: 18, mirrors: true })}
    </button></footer>
    ${over > 0 ? html`<p class="too-long" id="iv-too-long">${words("isTooLong", { n: over })}</p>` : nothing}
  </form>`;
}

/** Whether the text has something visible and is not too long. The server decides; this spares a refusal. */
export function canSend(text: string): boolean {
  return /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(text) && bytesOver(text) <= 0;
}

const encoder = new TextEncoder();

/** How many bytes the text has more than the server takes; 0 or less if it takes it. */
export function bytesOver(text: string): number {
  // A code unit has at most three bytes, so that a short text need not be encoded at each key.
  return text.length * 3 <= MOST_BYTES ? 0 : encoder.encode(text).length - MOST_BYTES;
}

/** Whether this key sends. Code 229: Safari ends the composition before the key that ended it. */
export function sends({ key, isComposing, keyCode, shiftKey, altKey }: KeyboardEvent): boolean {
  return key === "Enter" && !isComposing && keyCode !== 229 && !shiftKey && !altKey;
}

function typed(field: HTMLTextAreaElement, { onInput }: ComposerOptions): void {
  fit(field);
  onInput(field.value);
}

const GROWS = typeof CSS !== "undefined" && CSS.supports?.("field-sizing", "content");

/** Grows the field with its text, where style sheets cannot. The sheet says how far. */
function fit(element: HTMLTextAreaElement): void {
  if (GROWS) return;
  element.style.blockSize = "auto";
  element.style.blockSize = `${element.scrollHeight}px`;
}
