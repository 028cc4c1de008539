/** The dock, drawn: tabs, what stands over the composer, and the composer or the closed frame in its place. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Act, Button, Dock } from "../core/dock.ts";
import type { Notice } from "../core/open.ts";
import { words } from "../words.ts";
import { lookMark } from "./list.ts";
import { keys } from "./parts.ts";

export interface DockOptions {
  readonly dock: Dock;
  readonly isNoting: boolean;
  readonly notice: Notice | null;
  /** Name of the contact, where the notice of the first takeover is due. */
  readonly told: string | null;
  readonly composer: TemplateResult;
  readonly act: (act: Act) => void;
  readonly note: (isNoting: boolean) => void;
  readonly show: () => void;
  readonly sendAnyway: () => void;
  readonly dismiss: () => void;
  readonly gotIt: () => void;
}

export function dock(options: DockOptions): TemplateResult {
  const { dock, isNoting, told, composer } = options;
  const isOpen = dock.isOpen || isNoting;
  return html`<div class="dock" data-look=${dock.look} data-state=${dock.state}>
    ${told === null ? nothing : firstTime(told, options.gotIt)}
    <div class="dock-tabs">
      ${tabs(options)}
      ${dock.state === "you" ? held(options) : nothing}
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
  >${icon(path, { size: 12 })}${label}</button>`;
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

function shut({ dock, act }: DockOptions): TemplateResult {
  const { look, name, title, spoken, reason, state } = dock;
  return html`<div class="frame" role="group" aria-label=${words("repliesClosed")}>
    ${lookMark(look, name, 32, state === "bot" || state === "taking")}
    <div id="why">
      ${
        title === spoken
          ? html`<h2>${title}</h2>`
          : html`<h2><span aria-hidden="true">${title}</span><span class="vh">${spoken}</span></h2>`
      }
      <p>${reason}</p>
    </div>
    ${dock.main === null ? nothing : take(dock.main, act)}
    ${dock.quiet === null ? nothing : quiet(dock.quiet, act)}
  </div>`;
}

/** The one solid shape of the screen. The reason why replies are closed is its description. */
function take({ act, label, isBusy }: Button, does: (act: Act) => void): TemplateResult {
  return html`<button
    type="button" class="take" aria-describedby="why" aria-keyshortcuts="Alt+I" aria-disabled=${isBusy}
    @click=${() => isBusy || does(act)}
  >${icon(icons.take, { size: 20, mirrors: true })}${label}${isBusy ? nothing : keys("take")}</button>`;
}

function quiet({ act, label, isBusy }: Button, does: (act: Act) => void, path = ""): TemplateResult {
  const isTake = act === "take";
  return html`<button
    type="button" class="btn" data-act=${act} aria-disabled=${isBusy} aria-describedby=${isTake ? "why" : nothing}
    title=${act === "hand_back" || act === "reopen" ? words(`${act}Means`) : nothing}
    @click=${() => isBusy || does(act)}
  >${path === "" ? nothing : icon(path, { mirrors: true })}${label}</button>`;
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

function firstTime(name: string, gotIt: () => void): TemplateResult {
  return html`<div class="told">
    ${icon(icons.info)}
    <p class="grow"><b>${words("told")}</b> ${words("toldMeans", { name })}</p>
    <button type="button" class="btn quiet" @click=${gotIt}>${words("gotIt")}</button>
  </div>`;
}
