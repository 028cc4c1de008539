/** Control changes hands: one sentence, and the new holder's mark on the line. */

import { html, nothing, type TemplateResult } from "lit";
import { mark } from "../mark.ts";
import type { Both, SharedWords } from "../words.ts";
import type { HandoverItem } from "./items.ts";
import { nameOf } from "./message.ts";

/** What a change of holder is called: a sentence, and one that says what follows from it. */
export interface Sentence {
  readonly title: Both;
  readonly more?: Both | undefined;
}

/** A sentence for a live region. */
export function spoken({ title, more }: Sentence): string {
  return more ? `${ended(title.plain)} ${ended(more.plain)}` : ended(title.plain);
}

function ended(text: string): string {
  return /[.!?\u061f\u2026]$/u.test(text) ? text : `${text}.`;
}

export function handover(item: HandoverItem, { title, more }: Sentence, size: number): TemplateResult {
  const { kind, name } = item.to;
  return html`<div class="turn" data-by=${item.isOpen ? kind : "none"}>
    ${item.isOpen ? mark(kind, { name, size }) : nothing}
    <p><b>${title.rich}</b>${more ? html`<span class="stop">. </span><span>${more.rich}</span>` : nothing}</p>
  </div>`;
}

/** How a contact reads it. They learn who answers, and nothing of what staff did to each other. */
export function contactSentence({ from, to, isOpen, wasOpen }: HandoverItem, words: SharedWords): Sentence {
  const name = nameOf(to, words);
  const gone = from === null ? "" : nameOf(from, words);
  if (!isOpen) return { title: words.both("closed"), more: words.both("closedMore") };
  if (to.kind === "other") return { title: words.both("joined", { name }), more: words.both("joinedMore") };
  if (to.kind === "bot") {
    const more = words.both("botAnswersMore");
    if (from?.kind === "other") return { title: words.both("leftToBot", { name: gone, bot: name }), more };
    return { title: words.both("botAnswers", { name }), more };
  }
  const more = words.both("waitsMore");
  if (!wasOpen) return { title: words.both("reopened"), more };
  if (from?.kind === "other") return { title: words.both("left", { name: gone }), more };
  if (from?.kind === "wait") return { title: words.both("asked"), more };
  if (from?.kind === "bot") return { title: words.both("botStopped", { name: gone }), more };
  return { title: words.both("reopened"), more };
}
