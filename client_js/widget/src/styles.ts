/** What only the widget has: launcher, preview, panel. Messages, composer and tokens are of `@intervene/ui`. */

import { base, chatTokens, composerStyles, pillComposerStyles, threadStyles, widgetThreadStyles } from "@intervene/ui";
import { css } from "lit";
import { scoped } from "./host.ts";
import { HOST_RULES } from "./launcher.ts";

const own = css`
.root { display: contents; font: var(--iv-t15); color: var(--iv-text); text-align: start; --iv-hit: 44px; }
button { text-align: inherit; }
.panel, .corner { position: fixed; pointer-events: auto; inset-inline-end: max(16px, env(safe-area-inset-right, 0px)); inset-block-end: calc(16px + env(safe-area-inset-bottom, 0px)); }

.corner { display: grid; justify-items: end; gap: 12px; max-inline-size: calc(100vw - 32px); pointer-events: none; }
.corner > * { pointer-events: auto; }
.launch { inline-size: 56px; block-size: 56px; border-radius: 50%; background: var(--iv-you-solid); color: var(--iv-you-on); display: grid; place-items: center; box-shadow: var(--iv-shadow-2); position: relative; }
.launch:hover { background: var(--iv-you-hover); }
.launch .count { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px; padding-inline: 5px; border-radius: var(--iv-pill); display: grid; place-items: center; font: 600 .75rem/1 var(--iv-font); background: var(--iv-bad-solid); color: var(--iv-bad-on); box-shadow: 0 0 0 2px var(--iv-surface); }
.peek { display: flex; align-items: start; inline-size: 300px; max-inline-size: 100%; border-radius: var(--iv-r4); background: var(--iv-surface); color: var(--iv-text); box-shadow: var(--iv-shadow-2); font: var(--iv-t14); animation: rise var(--iv-enter) var(--iv-ease); }
.peek .what { flex: 1; min-inline-size: 0; display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: var(--iv-s4); padding-block: var(--iv-s4); padding-inline: var(--iv-s5) 0; border-radius: inherit; }
.peek .what .mark { grid-row: span 2; }
.peek .by { display: flex; gap: 6px; align-items: center; flex-wrap: wrap; font: 600 .8125rem/1.25rem var(--iv-font); }
.peek .text { overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow-wrap: anywhere; }

.panel { inline-size: 376px; block-size: 640px; max-block-size: calc(100dvh - 32px); display: flex; flex-direction: column; background: var(--iv-surface); border-radius: var(--iv-r5); box-shadow: var(--iv-shadow-3); overflow: hidden auto; animation: rise var(--iv-move) var(--iv-ease); }
.panel:focus { outline: none; }
@keyframes rise { from { opacity: 0; translate: 0 12px; } }
.top { display: flex; align-items: center; gap: var(--iv-s4); padding-block: var(--iv-s4); padding-inline: var(--iv-s5) var(--iv-s3); flex: none; }
.top .names { flex: 1; min-inline-size: 0; }
.top h2 { font: var(--iv-t16); line-height: 1.25; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; overflow: hidden; overflow-wrap: anywhere; }
.top .sub { font: var(--iv-t13); color: var(--iv-text-3); display: flex; align-items: center; flex-wrap: wrap; column-gap: 6px; }
.ask { display: flex; align-items: center; flex-wrap: wrap; gap: 0 var(--iv-s3); margin-inline: var(--iv-s5); padding: var(--iv-s2) var(--iv-s4); min-block-size: 44px; border-radius: var(--iv-r3); background: var(--iv-sunken); font: var(--iv-t13); color: var(--iv-text-2); flex: none; }
.ask:hover { background: var(--iv-pressed); }
.ask b { margin-inline-start: auto; font-weight: 600; color: var(--iv-you-ink); }
.ask[aria-disabled="true"] { cursor: default; background: var(--iv-sunken); }
.foot { padding: var(--iv-s3) var(--iv-s4) max(var(--iv-s4), env(safe-area-inset-bottom, 0px)); display: grid; gap: var(--iv-s3); flex: none; }
.middle { position: relative; flex: 1; min-block-size: 140px; display: flex; flex-direction: column; }
.foot small { font: var(--iv-t12); color: var(--iv-text-3); }
.welcome { padding-block-end: var(--iv-s5); padding-inline: var(--iv-s5); font: var(--iv-t13); color: var(--iv-text-2); text-align: center; }
.banner { flex: none; flex-wrap: wrap; margin-block-start: 8px; }
.banner .grow { flex-basis: 60%; font-variant-numeric: tabular-nums; }

/* A phone: the whole screen. */
@media (max-width: 479px) {
  .panel { inset: 0; inline-size: auto; block-size: var(--height, 100dvh); max-block-size: none; border-radius: 0; padding-block-start: env(safe-area-inset-top, 0px); padding-inline: env(safe-area-inset-left, 0px) env(safe-area-inset-right, 0px); translate: 0 var(--shift, 0px); animation: none; }
}
@media (forced-colors: active) { .launch, .panel, .peek, .ask, .count { border: 1px solid CanvasText; } }
`;

const all = [chatTokens, base, threadStyles, widgetThreadStyles, composerStyles, pillComposerStyles, own];

/** In this order: later ones win. */
export const sheets: readonly string[] = [HOST_RULES, ...all.map(scoped)];
