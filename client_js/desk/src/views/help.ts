/** The shortcuts that exist, in a dialog. */

import { html, type TemplateResult } from "lit";
import { SHORTCUTS, type Shortcut } from "../core/keys.ts";
import { words } from "../words.ts";

const MEANINGS: Readonly<Record<Shortcut, string>> = {
  take: words("keyTake"),
  back: words("keyBack"),
  reply: words("keyReply"),
  note: words("keyNote"),
  waiting: words("keyWaiting"),
  next: words("keyNext"),
  previous: words("keyPrevious"),
  close: words("keyClose"),
  help: words("keyHelp"),
  pane: words("keyPane"),
};

/** Shown with `showModal`: the browser keeps the focus in it, and Esc closes it. */
export function help(): TemplateResult {
  return html`<dialog class="help" aria-labelledby="help-title">
    <h2 id="help-title">${words("shortcuts")}</h2>
    <dl>
      ${SHORTCUTS.map(([key, shortcut]) => line(html`<kbd>Alt</kbd><kbd>${key}</kbd>`, MEANINGS[shortcut]))}
      ${line(html`<kbd>Enter</kbd>`, words("keySend"))} ${line(html`<kbd>Shift</kbd><kbd>Enter</kbd>`, words("keyLine"))}
      ${line(html`<kbd>F6</kbd>`, MEANINGS.pane)} ${line(html`<kbd>?</kbd>`, MEANINGS.help)}
    </dl>
    <form method="dialog"><button class="btn">${words("done")}</button></form>
  </dialog>`;
}

function line(pressed: TemplateResult, meaning: string): TemplateResult {
  return html`<div><dt class="keys">${pressed}</dt><dd>${meaning}</dd></div>`;
}
