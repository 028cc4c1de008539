/** The dock, drawn: tabs, what stands over the composer, and the composer or the closed frame in its place. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Act, Button, Dock } from "../core/dock.ts";
import type { Notice } from "../core/open.ts";
import type { Summary } from "../core/summary.ts";
import { words } from "../words.ts";
import { facts } from "./facts.ts";
import { keys } from "./parts.ts";
import { lookMark } from "./row.ts";

export interface DockOptions {
  readonly dock: Dock;
  readonly isNoting: boolean;
  readonly notice: Notice | null;
  /** Name of the contact, where the notice of the first takeover is due. */
  readonly told: string | null;
  /** Of a takeover from a bot; null where there was none. */
  readonly summary: Summary | null;
  /** The takeover whose summary is folded. */
  readonly folded: number;
  /** Something is written in the reply box, which may be shut now. */
  readonly hasDraft: boolean;
  readonly composer: TemplateResult;
  readonly act: (act: Act) => void;
  readonly note: (isNoting: boolean) => void;
  readonly show: () => void;
  readonly sendAnyway: () => void;
  readonly dismiss: () => void;
  readonly gotIt: () => void;
}

export function dock(options: DockOptions): TemplateResult {
  const { dock, isNoting, told: name, composer } = options;
  const isOpen = dock.isOpen || isNoting;
  return html`<div class="dock" data-look=${dock.look} data-state=${dock.state}>
    ${name === null ? nothing : firstTime(name, options.gotIt)}
    ${options.summary === null ? nothing : keyed(options.summary.epoch, handoff(options.summary, options.folded))}
    <div class="dock-tabs">
      ${tabs(options)}
      ${dock.state === "you" ? held(options) : isNoting && !dock.isOpen ? aside(options) : nothing}
    </div>
    ${options.notice === null || (options.notice.kind === "stale" && isNoting) ? nothing : notice(options.notice, options)}
    ${dock.isOpen && dock.state !== "you" ? banner(options) : nothing}
    <div id="writing" class="writing" role="tabpanel" aria-label=${words(isNoting ? "note" : "reply")}>
      ${isOpen ? composer : shut(options)}
    </div>
  </div>`;
}

function tabs({ dock, isNoting, note }: DockOptions): TemplateResult {
  const tab = (isNote: boolean, path: string, label: string) => html`<button
    type="button" role="tab" aria-selected=${isNote === isNoting} aria-controls="writing" tabindex=${isNote === isNoting ? 0 : -1}
    aria-keyshortcuts=${isNote ? "Alt+N" : "Alt+R"} @click=${() => note(isNote)}
  >${icon(path, { size: 12, mirrors: path === icons.send })}${label}</button>`;
  return html`<div class="seg" role="tablist" aria-label=${words("tabs")} @keydown=${(event: KeyboardEvent) => turn(event, isNoting, note)}>
    ${tab(false, dock.isOpen ? icons.send : icons.lock, words("reply"))}${tab(true, icons.note, words("note"))}
  </div>`;
}

function turn(event: KeyboardEvent, isNoting: boolean, note: (isNoting: boolean) => void): void {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  event.preventDefault();
  note(!isNoting);
}

/** You hold control: said in words, with the way back. */
function held({ dock, act }: DockOptions): TemplateResult {
  return html`<p class="held"><b>${dock.title}</b> <span>${dock.reason}</span></p>
    ${dock.quiet === null ? nothing : quiet(dock.quiet, act, icons.handback)}`;
}

/** The reply box stays open without a connection: what happens to the text is said above it. */
function banner({ dock, act }: DockOptions): TemplateResult {
  return html`<div class="banner wait">
    ${icon(icons.off)}
    <p class="grow"><b>${dock.title}</b> ${dock.reason}</p>
    ${dock.quiet === null ? nothing : quiet(dock.quiet, act)}
  </div>`;
}

/** While a note is written: who answers, and what can be done about it, in one line. */
function aside({ dock, act, hasDraft }: DockOptions): TemplateResult {
  return html`<p class="held" id="why"><b>${titled(dock)}</b> <span>${kept(dock, hasDraft)}</span></p>
    ${dock.main === null ? nothing : take(dock.main, act, "btn main")}
    ${dock.quiet === null ? nothing : quiet(dock.quiet, act)}`;
}

function titled({ title, spoken }: Dock): TemplateResult {
  if (title === spoken) return html`${title}`;
  return html`<span aria-hidden="true">${title}</span><span class="vh">${spoken}</span>`;
}

/** Of a connection that is away, the dock says it itself. */
function kept({ state }: Dock, hasDraft: boolean): string {
  return hasDraft && state !== "offline" && state !== "ended" && state !== "loading" ? words("draftKept") : "";
}

function shut({ dock, act, hasDraft }: DockOptions): TemplateResult {
  const { look, name, reason, state } = dock;
  return html`<div class="frame" role="group" aria-label=${words("repliesClosed")}>
    ${lookMark(look, name, 32, state === "bot" || state === "taking")}
    <div id="why">
      <h2>${titled(dock)}</h2>
      <p>${reason} ${kept(dock, hasDraft)}</p>
    </div>
    ${dock.main === null ? nothing : take(dock.main, act)}
    ${dock.quiet === null ? nothing : quiet(dock.quiet, act)}
  </div>`;
}

/** The one solid shape of the screen. The reason why replies are closed is its description. */
function take({ act, label, isBusy }: Button, does: (act: Act) => void, shape = "take"): TemplateResult {
  return html`<button
    type="button" class=${shape} aria-describedby="why" aria-keyshortcuts="Alt+I" aria-disabled=${isBusy}
    @click=${() => isBusy || does(act)}
  >${icon(icons.take, { size: shape === "take" ? 20 : 16 })}${label}${isBusy || shape !== "take" ? nothing : keys("take")}</button>`;
}

function quiet({ act, label, isBusy }: Button, does: (act: Act) => void, path = ""): TemplateResult {
  const isTake = act === "take";
  const isAsked = act === "hand_back";
  return html`<button
    type="button" class="btn" data-act=${act} aria-disabled=${isBusy} aria-describedby=${isTake ? "why" : nothing}
    aria-haspopup=${isAsked ? "dialog" : nothing}
    title=${act === "hand_back" || act === "reopen" ? words(`${act}Means`) : nothing}
    @click=${() => isBusy || does(act)}
  >${path === "" ? nothing : icon(path, { mirrors: true })}${label}${isAsked ? icon(icons.down) : nothing}</button>`;
}

/** `role="alert"` is the host's: here it is only drawn. */
function notice(said: Notice, { show, sendAnyway, dismiss }: DockOptions): TemplateResult {
  if (said.kind === "failed") {
    return html`<div class="banner bad">
      ${icon(icons.alert)}<p class="grow">${said.text}</p>
      <button type="button" class="btn quiet" @click=${dismiss}>${words("dismiss")}</button>
    </div>`;
  }
  return html`<div class="banner wait">
    ${icon(icons.alert)}
    <p class="grow"><b>${words("stale", { n: said.count })}</b> ${words("staleMeans")}</p>
    <button type="button" class="btn" @click=${show}>${words("show")}</button>
    <button type="button" class="btn quiet" @click=${sendAnyway}>${words("sendAnyway")}</button>
  </div>`;
}

/** What whoever took over should know at once. The first keystroke folds it; it can be opened again. */
function handoff({ epoch, bot, question, set }: Summary, folded: number): TemplateResult {
  return html`<details class="handoff" ?open=${folded !== epoch}>
    <summary>${words("handoff")}</summary>
    ${facts({ bot, question, set })}
  </details>`;
}

function firstTime(name: string, gotIt: () => void): TemplateResult {
  return html`<div class="told">
    ${icon(icons.info)}
    <p class="grow"><b>${words("told")}</b> ${words("toldMeans", { name })}</p>
    <button type="button" class="btn quiet" @click=${gotIt}>${words("gotIt")}</button>
  </div>`;
}
