/** What is the desk's alone: a chat does not load it. */

import { css } from "lit";

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
  .desk .msg > .mark.wait { background: var(--iv-surface); }
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
  @media (forced-colors: active) {
    .memo { border: 1px solid CanvasText; }
    .desk .msg > .mark, .desk .turn .mark { outline-color: Canvas; }
    .desk .item::before, .desk .item.handover::after { forced-color-adjust: none; } }
`;

/** The mark of an agent who is oneself: no chat shows it. */
export const ownMark = css`.mark.you { background: var(--iv-you-solid); color: var(--iv-you-on); }`;

/** Beside `base` and `composerStyles`. */
export const deskBase = css`
  .clip { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; unicode-bidi: isolate; text-align: -webkit-match-parent; text-align: match-parent; }
  :is(h1, h2, .name).clip > bdi { display: block; overflow: hidden; text-overflow: ellipsis; text-align: -webkit-match-parent; text-align: match-parent; }
  :is(h1, h2):focus { outline: none; } /* where one arrived, and nothing that one uses */
  .num { font-variant-numeric: tabular-nums !important; }
  .s16 { --s: 16px; } .s20 { --s: 20px; } .s48 { --s: 48px; } .s56 { --s: 56px; }
  ${ownMark}
  .mark.contact { background: var(--iv-pressed); color: var(--iv-text-2); }
  .badge { min-inline-size: 18px; block-size: 18px; padding-inline: 5px; border-radius: var(--iv-pill); display: inline-grid; place-items: center; font: 600 .6875rem/1 var(--iv-font); font-variant-numeric: tabular-nums; background: var(--iv-text); color: var(--iv-inverse); }
  .banner.other { background: var(--iv-other-tint); } .banner.other > .i { color: var(--iv-other-ink); }
  .banner.bad { background: var(--iv-bad-tint); } .banner.bad > .i { color: var(--iv-bad-ink); }
  .banner.quiet { background: var(--iv-sunken); color: var(--iv-text-2); } .banner.quiet > .i { color: var(--iv-text-3); }
  .compose.notey { background: var(--iv-note-tint); border-color: var(--iv-note-ink); }
  .compose.notey .go:not([disabled]) { background: var(--iv-text); color: var(--iv-inverse); }
  .icon[aria-expanded="true"] { background: var(--iv-pressed); color: var(--iv-text); }
  @media (forced-colors: active) { .badge { border: 1px solid CanvasText; } }
`;
