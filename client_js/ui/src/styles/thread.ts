/** The thread: what widget and desk share, then what is the widget's own. Space stands below an item, so that a group that grows upward moves nothing. */

import { css } from "lit";

export const threadStyles = css`
  .log { position: relative; flex: 1; min-block-size: 0; overflow: hidden auto; overflow-anchor: none; overscroll-behavior: contain; display: flex; flex-direction: column; scrollbar-width: thin; }
  .log:focus-visible { outline-offset: -2px; }
  .log-in { margin-block-start: auto; display: flex; flex-direction: column; min-inline-size: 0; padding-block: var(--iv-s4); }
  .item { position: relative; flex: none; display: flow-root; }
  .item.old { content-visibility: auto; contain-intrinsic-block-size: auto 64px; }
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
  .state { display: inline-flex; align-items: center; gap: 6px; min-inline-size: 0; }
  .state.read > .i { color: var(--iv-you-ink); }
  .state.fail > .i { color: var(--iv-bad-ink); }
  .meta .link { min-block-size: 24px; }
  .caret { display: inline-block; inline-size: 7px; block-size: 1em; margin-inline-start: 2px; vertical-align: -2px; background: var(--iv-bot-solid); border-radius: 1px; animation: caret var(--iv-blink) steps(2, jump-none) infinite; }
  @keyframes caret { from { opacity: 1; } to { opacity: .25; } }
  .cut { display: inline-block; inline-size: 3px; block-size: 1.15em; vertical-align: -3px; margin-inline-start: 1px; background: var(--iv-bot-ink); position: relative; user-select: none; }
  .cut::before, .cut::after { content: ""; position: absolute; inset-inline-start: -3px; inline-size: 9px; block-size: 2px; background: inherit; }
  .cut::before { inset-block-start: 0; } .cut::after { inset-block-end: 0; }
  .interrupted .bub { border: 1px solid var(--iv-bot-line); border-block-end: 2px dashed var(--iv-bot-solid); border-end-end-radius: 0 !important; border-end-start-radius: 0 !important; }
  .deleted .bub { background: none; color: var(--iv-text-2); box-shadow: inset 0 0 0 1px var(--iv-line); }
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
    .bub, .newest { border: 1px solid CanvasText; }
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
