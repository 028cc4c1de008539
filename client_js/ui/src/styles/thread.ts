/** The thread: what widget and desk share, then each one's own. Space stands below an item, so that a group that grows upward moves nothing. */

import { css } from "lit";

export const threadStyles = css`
  .log { position: relative; flex: 1; min-block-size: 0; overflow: hidden auto; overflow-anchor: none; overscroll-behavior: contain; display: flex; flex-direction: column; scrollbar-width: thin; }
  .log:focus-visible { outline-offset: -2px; }
  .log-in { margin-block-start: auto; display: flex; flex-direction: column; min-inline-size: 0; padding-block: var(--iv-s4); }
  .item { position: relative; flex: none; display: flow-root; }
  .item:not(:nth-last-child(-n + 30)) { content-visibility: auto; contain-intrinsic-block-size: auto 64px; }
  .msg { position: relative; inline-size: fit-content; display: grid; gap: var(--iv-s2); min-inline-size: 0; }
  .msg.end { margin-inline-start: auto; justify-items: end; }
  .bub { min-inline-size: 0; max-inline-size: 100%; inline-size: fit-content; overflow: clip; overflow-wrap: anywhere; white-space: pre-wrap; text-align: start; unicode-bidi: isolate; background: var(--iv-sunken); }
  .msg.end .bub { border-end-end-radius: var(--iv-r1) !important; }
  .msg.start .bub { border-end-start-radius: var(--iv-r1) !important; }
  .msg[data-by="bot"] .bub { background: var(--iv-bot-tint); }
  .msg[data-by="other"] .bub { background: var(--iv-other-tint); }
  .meta { font: var(--iv-t12); color: var(--iv-text-3); display: flex; align-items: center; gap: 2px 6px; flex-wrap: wrap; min-inline-size: 0; }
  .msg.end .meta { justify-content: flex-end; }
  .meta b { font-weight: 500; color: var(--iv-text-2); overflow: clip; max-inline-size: 100%; overflow-wrap: anywhere; }
  .ticks.read { color: var(--iv-you-ink); }
  .ticks.fail { color: var(--iv-bad-ink); }
  .meta .link { min-block-size: 24px; }
  .caret { display: inline-block; inline-size: 7px; block-size: 1em; margin-inline-start: 2px; vertical-align: -2px; background: var(--iv-bot-solid); border-radius: 1px; animation: caret var(--iv-blink) steps(2, jump-none) infinite; }
  @keyframes caret { from { opacity: 1; } to { opacity: .25; } }
  .cut { display: inline-block; inline-size: 3px; block-size: 1.15em; vertical-align: -3px; margin-inline-start: 1px; background: var(--iv-bot-ink); position: relative; user-select: none; }
  .cut::before, .cut::after { content: ""; position: absolute; inset-inline-start: -3px; inline-size: 9px; block-size: 2px; background: inherit; }
  .cut::before { inset-block-start: 0; } .cut::after { inset-block-end: 0; }
  .interrupted .bub { border: 1px solid var(--iv-bot-line); border-block-end: 2px dashed var(--iv-bot-solid); border-end-end-radius: 0 !important; border-end-start-radius: 0 !important; }
  .flag { display: inline-flex; gap: 4px; align-items: center; font-weight: 500; color: var(--iv-bot-ink); }
  .dots { display: inline-flex; gap: 4px; align-items: center; block-size: 1em; vertical-align: middle; }
  .dots i { inline-size: 5px; block-size: 5px; border-radius: 50%; background: currentColor; animation: dot 1.2s infinite; }
  .dots i:nth-child(2) { animation-delay: .15s; } .dots i:nth-child(3) { animation-delay: .3s; }
  @keyframes dot { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; } }
  .item > .day { text-align: center; font: var(--iv-t11); color: var(--iv-text-3); padding-block: var(--iv-s3) var(--iv-s4); }
  .item > .new { display: flex; align-items: center; gap: var(--iv-s4); font: 600 .6875rem/1rem var(--iv-font); padding-block: var(--iv-s2) var(--iv-s4); }
  .new::before, .new::after { content: ""; flex: 1; block-size: 1px; background: var(--iv-text); }
  .turn p { font: var(--iv-t13); color: var(--iv-text-2); min-inline-size: 0; overflow-wrap: anywhere; }
  .turn p b { color: var(--iv-text); }
  .newest { position: absolute; z-index: 2; inset-block-end: var(--iv-s4); inset-inline: 0; margin-inline: auto; inline-size: fit-content; min-block-size: 32px; min-inline-size: 32px; padding-inline: var(--iv-s4); border-radius: var(--iv-pill); font: 600 .8125rem/1.25rem var(--iv-font); color: var(--iv-text); background: var(--iv-surface); box-shadow: var(--iv-shadow-2); display: flex; gap: 6px; align-items: center; justify-content: center; }
  @media (pointer: coarse) { .newest { min-block-size: 44px; min-inline-size: 44px; } }
  @media (forced-colors: active) {
    .bub, .newest, .memo { border: 1px solid CanvasText; }
    .interrupted .bub { border-block-end: 2px dashed CanvasText; }
    .caret, .cut, .cut::before, .cut::after, .dots i { background: CanvasText; forced-color-adjust: none; }
    .new::before, .new::after { background: CanvasText; }
  }
`;

/** One's own words are solid; marks stand beside the bubbles. */
export const widgetThreadStyles = css`
  .log.widget .item { padding-inline: var(--iv-s5); }
  .widget .item.message { padding-block-end: var(--iv-s2); }
  .widget .item.last, .widget .item.typing { padding-block-end: var(--iv-s4); }
  .widget .bub { font: var(--iv-t15); padding: 9px 14px; border-radius: var(--iv-r5); }
  .widget .msg.start { grid-template-columns: 28px minmax(0, 1fr); column-gap: var(--iv-s3); max-inline-size: 92%; align-items: end; padding-inline-end: var(--iv-s3); }
  .widget .msg.start > .mark { grid-column: 1; grid-row: 1; }
  .widget .msg.start:not(.last) > .mark { visibility: hidden; }
  .widget .msg.start > :not(.mark) { grid-column: 2; }
  .widget .msg.end { max-inline-size: 84%; }
  .widget .msg.end > .mark { display: none; }
  .widget .msg[data-by="you"] .bub { background: var(--iv-you-solid); color: var(--iv-you-on); }
  .widget .msg.kept .bub { background: var(--iv-you-tint); color: var(--iv-text); box-shadow: inset 0 0 0 1.5px var(--iv-you-line); }
  .widget .msg.failed .bub { background: var(--iv-bad-tint); color: var(--iv-text); box-shadow: inset 0 0 0 1.5px var(--iv-bad-line); }
  .widget .turn { display: flex; align-items: center; gap: var(--iv-s4); padding-block: var(--iv-s3) var(--iv-s5); }
  .widget .turn .stop { display: none; }
  .widget .turn p b { display: block; font: 600 .9375rem/1.25rem var(--iv-font); }
`;

/** The control line runs down the business side; marks stand on it. */
export const deskThreadStyles = css`
  .log.desk .log-in { padding-block-end: 0; }
  .log.desk .item { padding-inline: var(--iv-s7) 64px; }
  .desk .item::before { content: ""; position: absolute; inset-block: 0; inset-inline-end: 35px; inline-size: 2px; background: var(--line); }
  .desk .item.handover::before { background: var(--over); inset-block-end: calc(100% - 20px); }
  .desk .item.handover::after { content: ""; position: absolute; inset-block: 20px 0; inset-inline-end: 35px; inline-size: 2px; background: var(--line); }
  .item[data-line="bot"], .control[data-line="bot"] { --line: repeating-linear-gradient(var(--iv-bot-solid) 0 3px, transparent 3px 7px); }
  .item[data-line="wait"], .control[data-line="wait"] { --line: repeating-linear-gradient(var(--iv-wait-solid) 0 8px, transparent 8px 14px); }
  .item[data-line="you"], .control[data-line="you"] { --line: var(--iv-you-solid); }
  .item[data-line="other"], .control[data-line="other"] { --line: var(--iv-other-solid); }
  .item[data-line="none"], .control[data-line="none"] { --line: none; }
  .item[data-above="bot"] { --over: repeating-linear-gradient(var(--iv-bot-solid) 0 3px, transparent 3px 7px); }
  .item[data-above="wait"] { --over: repeating-linear-gradient(var(--iv-wait-solid) 0 8px, transparent 8px 14px); }
  .item[data-above="you"] { --over: var(--iv-you-solid); }
  .item[data-above="other"] { --over: var(--iv-other-solid); }
  .item[data-above="none"] { --over: none; }
  .desk .item.message { padding-block-end: var(--iv-s2); }
  .desk .item.last, .desk .item.typing, .desk .item.note { padding-block-end: var(--iv-s5); }
  .desk .bub { font: var(--iv-t14); padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r4); }
  .desk .msg { max-inline-size: min(76%, 560px); }
  .desk .msg[data-by="you"] .bub { background: var(--iv-you-tint); }
  .desk .msg.kept .bub { background: none; box-shadow: inset 0 0 0 1.5px var(--iv-you-line); }
  .desk .msg.failed .bub { background: var(--iv-bad-tint); box-shadow: inset 0 0 0 1.5px var(--iv-bad-line); }
  .desk .msg > .mark { --s: 24px; position: absolute; inset-inline-end: -40px; inset-block-start: 6px; outline: 4px solid var(--iv-surface); }
  .desk .msg.start > .mark, .desk .msg:not(.first) > .mark { display: none; }
  .desk .turn { position: relative; display: flex; flex-direction: row-reverse; align-items: center; gap: var(--iv-s4); min-block-size: 40px; margin-inline-end: -38px; }
  .desk .turn::after { content: ""; flex: 1; block-size: 1px; background: var(--iv-line); }
  .desk .turn .mark { position: relative; z-index: 1; background-color: var(--iv-surface); outline: 4px solid var(--iv-surface); }
  .desk .turn .mark.you { background-color: var(--iv-you-solid); } .desk .turn .mark.bot { background-color: var(--iv-bot-solid); } .desk .turn .mark.other { background-color: var(--iv-other-tint); }
  .desk .turn[data-by="none"] { margin-inline-end: 0; }
  .desk .turn p { max-inline-size: 80%; }
  .desk .turn p b { font-weight: 500; }
  .desk .item.handover { padding-block-end: var(--iv-s3); }
  .receipt { display: flex; flex-wrap: wrap; justify-content: flex-end; row-gap: var(--iv-s2); font: var(--iv-t12); color: var(--iv-text-2); padding-block: var(--iv-s2) var(--iv-s3); }
  .receipt li { display: grid; padding-inline: var(--iv-s4); border-inline-start: 1px solid var(--iv-line); }
  .receipt li:first-child { border: 0; } .receipt li:last-child { padding-inline-end: 0; }
  .receipt b { font: 600 .8125rem/1.25rem var(--iv-font); font-variant-numeric: tabular-nums; color: var(--iv-text); }
  .memo { --fold: 14px; position: relative; background: var(--iv-note-tint); border-radius: var(--iv-r2); padding-block: var(--iv-s3); padding-inline: var(--iv-s4) var(--iv-s7); display: grid; gap: 2px; clip-path: polygon(0 0, calc(100% - var(--fold)) 0, 100% var(--fold), 100% 100%, 0 100%); }
  .memo:dir(rtl) { clip-path: polygon(var(--fold) 0, 100% 0, 100% 100%, 0 100%, 0 var(--fold)); }
  .memo::after { content: ""; position: absolute; inset-block-start: 0; inset-inline-end: 0; inline-size: var(--fold); block-size: var(--fold); background: var(--iv-note-line); border-end-start-radius: 3px; }
  .memo .who { font: 500 .75rem/1rem var(--iv-font); color: var(--iv-note-ink); display: flex; flex-wrap: wrap; gap: 2px 6px; align-items: center; }
  .memo .who span { font-weight: 400; } .memo time { margin-inline-start: auto; font-weight: 400; }
  .memo p { font: var(--iv-t14); overflow: clip; overflow-wrap: anywhere; white-space: pre-wrap; }
  .memo .meta { font: var(--iv-t12); }
  @media (forced-colors: active) { .desk .item::before, .desk .item.handover::after { forced-color-adjust: none; } }
`;
