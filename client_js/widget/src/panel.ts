/** The open panel as a template: header, connection, thread, and the box. It draws what it is given, and keeps nothing. */

import {
  composer,
  contactSentence,
  type Failed,
  type Item,
  type ReadingPosition,
  type SharedWords,
  type Times,
  thread,
  toNewest,
} from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { isPhone } from "./appearance.ts";
import type { Notice } from "./connection.ts";
import { askingOf, holderOf } from "./holder.ts";
import type { Opening } from "./opening.ts";
import type { CustomerView, Session } from "./session.ts";
import { ask, connectionBanner, header } from "./views.ts";

export interface PanelOptions {
  readonly words: SharedWords;
  readonly times: Times;
  readonly session: Session | null;
  /** Null: nothing is known yet. */
  readonly view: CustomerView | null;
  readonly items: readonly Item[];
  readonly notice: Notice;
  readonly draft: string;
  readonly isPaging: boolean;
  readonly opening: Opening;
  readonly reading: ReadingPosition;
  readonly onKey: (event: KeyboardEvent) => void;
  readonly onClose: () => void;
  readonly onAsk: (asking: string) => void;
  readonly onInput: (text: string) => void;
  readonly onSend: (text: string) => void;
  readonly onEdit: (failed: Failed) => void;
}

export function panel(given: PanelOptions): TemplateResult {
  const { words, session, view, notice } = given;
  const asking = askingOf(view, session?.asking ?? "no");
  return html`<section
    class="panel" role="dialog" aria-label=${words("chat")} aria-modal=${isPhone() ? "true" : "false"} tabindex="-1"
    @keydown=${given.onKey}
  >
    ${header(holderOf(view, words, session?.conversation?.place), words, view?.stream != null, given.onClose)}
    ${ask(asking, words, () => given.onAsk(asking))}
    ${connectionBanner(notice, words, () => session?.tryNow())}
    ${middle(given)}
    <footer class="foot">
      ${keptNote(given)}
      ${composer({
        words,
        text: given.draft,
        placeholder: words("write"),
        label: words("message"),
        onInput: given.onInput,
        onSend: given.onSend,
      })}
    </footer>
  </section>`;
}

function middle({ words, times, session, view, items, reading, ...given }: PanelOptions): TemplateResult {
  const state = view?.state ?? null;
  const isBot = state?.holder.kind === "bot";
  return html`<div class="middle">
    ${thread({
      items,
      look: "widget",
      words,
      times,
      liveFrom: given.opening.liveFrom ?? Number.POSITIVE_INFINITY,
      interrupted: words("stoppedHere"),
      isLoading: given.isPaging || state === null,
      sentence: (item) => contactSentence(item, words),
      version: () => given.opening.count,
      head: isBot && !view?.more ? html`<p class="welcome">${words("welcome")}</p>` : nothing,
      onRetry: ({ id }) => session?.sayAgain(id),
      onEdit: given.onEdit,
      onRemove: ({ id }) => session?.takeBack(id),
    })}
    ${toNewest(words, {
      isAtEnd: reading.isAtEnd,
      count: reading.newSince(items),
      onClick: () => reading.toEnd(),
    })}
  </div>`;
}

/** Said where it matters: while something waits and would be lost with the page. */
function keptNote({ words, session, notice }: PanelOptions): TemplateResult | typeof nothing {
  const { pending = [], keepsUnsent } = session ?? {};
  const isAtRisk = pending.length > 0 && !keepsUnsent && notice.kind !== "none";
  return isAtRisk ? html`<small>${words("notKept")}</small>` : nothing;
}
