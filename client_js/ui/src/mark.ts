/** Marks and icons. Each kind of speaker has a shape of its own: nothing depends on colour alone. */

import { html, nothing, svg, type TemplateResult } from "lit";
import { check, user } from "./icons.ts";
import type { Kind } from "./thread/items.ts";

/** Of a conversation that is closed nobody is the holder, and nobody waits. */
export type MarkKind = Kind | "closed";

export interface MarkOptions {
  /** Whose: a person's mark has the initials. */
  readonly name?: string;
  /** Pixels: 16, 20, 24, 28, 32, 40, 48 or 56. */
  readonly size?: number;
  /** A bot's turn runs: its eyes blink, and only then. */
  readonly isLive?: boolean;
}

/** Who speaks, as a shape. Decoration: the name stands beside it in words. */
export function mark(kind: MarkKind, { name = "", size = 24, isLive = false }: MarkOptions = {}): TemplateResult {
  return html`<span class="mark ${kind} s${size} ${isLive ? "live" : ""}" aria-hidden="true">${inside(kind, name)}</span>`;
}

function inside(kind: MarkKind, name: string): TemplateResult | string {
  if (kind === "bot") {
    return html`<svg viewBox="0 0 24 24"><path d="M8.6 9.5v5M15.4 9.5v5" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" fill="none"/></svg>`;
  }
  if (kind === "wait") {
    return html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"><circle cx="12" cy="12" r="9.5" stroke-dasharray="3.6 3.86"/><path d="M12 7.5V12l3 2"/></svg>`;
  }
  if (kind === "closed") return icon(check);
  return initials(name) || icon(user);
}

/** At most two initials; nothing if the name has no letter or digit. Combining marks and controls are left out. */
export function initials(name: string): string {
  const letters = name
    .normalize("NFC")
    .split(/\s+/)
    .map((word) => /[\p{L}\p{N}]/u.exec(word)?.[0] ?? "")
    .filter((letter) => letter !== "");
  const [first = "", last = ""] = [letters[0], letters.length > 1 ? letters.at(-1) : ""];
  return (first + last).toLocaleUpperCase();
}

/** An icon of `icons`: `icon(icons.send)`. `mirrors`: it shows a direction, and turns where text runs right to left. */
export function icon(path: string, { size = 16, mirrors = false } = {}): TemplateResult {
  const [line, solid] = path.split("|");
  return html`<svg class="i ${mirrors ? "flip" : ""}" viewBox="0 0 16 16" width=${size} height=${size} aria-hidden="true"><path d=${line ?? ""}></path>${
    solid ? svg`<path d=${solid} class="solid"></path>` : nothing
  }</svg>`;
}
