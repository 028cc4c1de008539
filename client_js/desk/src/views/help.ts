/** The shortcuts that exist, in a dialog. */

import { html, type TemplateResult } from "lit";
import { SHORTCUTS, type Shortcut } from "../core/keys.ts";
import { words } from "../words.ts";

const MEANINGS = {
  take: "keyTake",
  back: "keyBack",
  reply: "keyReply",
  note: "keyNote",
  waiting: "keyWaiting",
  next: "keyNext",
  previous: "keyPrevious",
  assign: "keyAssign",
  status: "keyStatus",
  queue: "keyQueue",
  close: "keyClose",
  help: "keyHelp",
  palette: "keyPalette",
  pane: "keyPane",
  context: "keyContext",
} as const satisfies Readonly<Partial<Record<Shortcut, string>>>;

/** Shown with `showModal`: the browser keeps the focus in it, and Esc closes it. */
export function help(): TemplateResult {
  return html`<dialog class="help" aria-labelledby="help-title">
    <h2 id="help-title">${words("shortcuts")}</h2>
    <dl>
      ${line(html`<kbd>Ctrl</kbd><kbd>K</kbd>`, words(MEANINGS.palette))}
      ${SHORTCUTS.map(([key, shortcut]) => line(html`<kbd>Alt</kbd><kbd>${key}</kbd>`, words(MEANINGS[shortcut])))}
      ${line(html`<kbd>Alt</kbd><kbd>1</kbd>…<kbd>4</kbd>`, words("keyTabs"))}
      ${line(html`<kbd>Enter</kbd>`, words("keySend"))} ${line(html`<kbd>Shift</kbd><kbd>Enter</kbd>`, words("keyLine"))}
      ${line(html`<kbd>F6</kbd>`, words(MEANINGS.pane))} ${line(html`<kbd>?</kbd>`, words(MEANINGS.help))}
    </dl>
    <form method="dialog"><button class="btn">${words("done")}</button></form>
  </dialog>`;
}

function line(pressed: TemplateResult, meaning: string): TemplateResult {
  return html`<div><dt class="keys">${pressed}</dt><dd>${meaning}</dd></div>`;
}
