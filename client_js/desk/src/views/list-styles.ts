/** How the list looks: its head, its tabs, its rows. */

import { css } from "lit";

/** The fixed colours of a status, on its tag. */
export const statusColours = css`
  .label { display: inline-flex; align-items: center; }
  .label .i { flex: none; color: var(--c, var(--iv-text-3)); } .of-bad { --c: var(--iv-bad-solid); } .of-wait { --c: var(--iv-wait-solid); } .of-note { --c: var(--iv-note-solid); } .of-good { --c: var(--iv-good-solid); } .of-bot { --c: var(--iv-bot-solid); } .of-you { --c: var(--iv-you-solid); } .of-other { --c: var(--iv-other-solid); }
`;

export const listStyles = css`
  .list { display: flex; flex-direction: column; border-inline-end: 1px solid var(--iv-line); min-block-size: 0; min-inline-size: 0; background: var(--iv-bg); }
  .list-top { display: flex; align-items: center; gap: var(--iv-s2); min-block-size: 52px; padding: var(--iv-s3) var(--iv-s4) 0 var(--iv-s3); flex: none; }
  .picker { display: inline-flex; align-items: center; max-inline-size: 100%; padding-inline: var(--iv-s3); min-block-size: max(36px, var(--iv-hit)); border-radius: var(--iv-r2); font: var(--iv-t16); } .picker > span:first-child { display: inline-flex; align-items: center; gap: var(--iv-s3); min-inline-size: 0; }
  .list-top > .menu-of[data-menu="queues"], .list-top > .picker { flex: 1; min-inline-size: 0; } button.picker:hover { background: var(--iv-sunken); } .picker .i { color: var(--iv-text-3); flex: none; }
  .list-top .menu-of[data-menu="queues"] .menu { inset-inline: 0 auto; } .list-top .menu { max-block-size: min(60dvh, 480px); overflow: hidden auto; }
  .tabs { display: flex; border-block-end: 1px solid var(--iv-line); padding-inline: 11px; overflow: auto hidden; scrollbar-width: none; flex: none; --edge: color-mix(in srgb, var(--iv-text) 22%, transparent); background: linear-gradient(to right, var(--iv-bg) 50%, transparent) 0 / 40px 100% no-repeat local, linear-gradient(to left, var(--iv-bg) 50%, transparent) 100% / 40px 100% no-repeat local, linear-gradient(to right, var(--edge), transparent) 0 / 12px 100% no-repeat, linear-gradient(to left, var(--edge), transparent) 100% / 12px 100% no-repeat; }
  .tabs a { padding: var(--iv-s3) 5px; min-block-size: var(--iv-hit); display: inline-flex; align-items: center; font: 500 .8125rem/1.25rem var(--iv-font); color: var(--iv-text-2); position: relative; white-space: nowrap; text-decoration: none; }
  .tabs b { font-weight: 500; color: var(--iv-text-3); font-variant-numeric: tabular-nums; margin-inline-start: 3px; }
  .tabs a:hover { color: var(--iv-text); } .tabs [aria-current] { color: var(--iv-text); } .tabs a:focus-visible { outline-offset: -2px; }
  .tabs [aria-current]::after { content: ""; position: absolute; inset-inline: 5px; inset-block-end: 0; block-size: 2px; background: var(--iv-text); border-radius: 2px; }
  .list-sub { display: flex; align-items: center; justify-content: space-between; gap: var(--iv-s3); min-block-size: 32px; padding: var(--iv-s2) var(--iv-s5); font: var(--iv-t12); color: var(--iv-text-3); flex: none; }
  .list-sub .row { display: flex; gap: var(--iv-s2); min-inline-size: 0; margin-inline-end: calc(-1 * var(--iv-s3)); }
  .chip { display: inline-flex; align-items: center; gap: 4px; min-block-size: 24px; padding-inline: var(--iv-s3); border-radius: var(--iv-r1); background: var(--iv-sunken); color: var(--iv-text-2); font: 500 .75rem/1rem var(--iv-font); min-inline-size: 0; } .chip bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .list-problem { display: flex; gap: var(--iv-s3); align-items: center; margin: 0 var(--iv-s4) var(--iv-s3); padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r2); background: var(--iv-wait-tint); }
  .list-problem .i { color: var(--iv-wait-ink); }
  .list-wait { padding: var(--iv-s5); color: var(--iv-text-3); }
  desk-rows { display: flex; flex: 1; min-block-size: 0; }
  .rows { overflow: hidden auto; padding: 0 var(--iv-s3) var(--iv-s3); flex: 1; min-inline-size: 0; scrollbar-width: thin; outline: none; overflow-anchor: none; contain: strict; }
  .all { position: relative; list-style: none; margin: 0; padding: 0; }
  .rowc { --high: max(80px, 5rem); --top: calc((var(--high) - 3.75rem) / 2); position: absolute; inset-inline: 0; inset-block-start: 0; display: grid; grid-template-columns: 32px minmax(0, 1fr); align-items: start; align-content: center; column-gap: var(--iv-s4); block-size: var(--high); padding: 0 var(--iv-s3); border-radius: var(--iv-r3); }
  .rowc::before { content: ""; position: absolute; inset-block-start: 0; inset-inline: 52px var(--iv-s3); border-block-start: 1px solid var(--iv-line); }
  .rowc:hover { background: var(--iv-sunken); }
  .rowc.cur { background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-1); }
  .rowc.first::before, .rowc.cur::before, .rowc.below::before { border-color: transparent; }
  .rowc.gone > * { opacity: .6; }
  .rowc .l { display: flex; align-items: center; gap: 6px; min-inline-size: 0; block-size: 1.25rem; } .rowc .l > .i { color: var(--iv-text-3); flex: none; }
  .rowc .name { color: inherit; text-decoration: none; font: 500 .8125rem/1.25rem var(--iv-font); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .rowc .name::after { content: ""; position: absolute; inset: 0; border-radius: var(--iv-r3); }
  .rowc .name:focus-visible { outline: none; } .rowc .name:focus-visible::after { outline: 2px solid var(--iv-focus); outline-offset: -2px; }
  .rowc .name bdi { display: block; overflow: hidden; text-overflow: ellipsis; text-align: -webkit-match-parent; text-align: match-parent; }
  .rowc.unread .name { font-weight: 700; } .rowc.unread :is(.by, .pre) { color: var(--iv-text); }
  .tabs .dot { margin-inline-start: 4px; }
  :is(.rowc, .tabs) .dot { inline-size: 8px; block-size: 8px; border-radius: 50%; background: var(--iv-text); flex: none; }
  .rowc .dot { margin-inline-start: auto; }
  .rowc time { margin-inline-start: auto; font: var(--iv-t12); color: var(--iv-text-3); flex: none; }
  .rowc :is(.by, .pre) { font: var(--iv-t13); color: var(--iv-text-2); overflow: hidden; text-overflow: ellipsis; white-space: pre; }
  .rowc .by { flex: none; max-inline-size: 40%; margin-inline-end: -6px; }
  .rowc .pre { flex: 0 1 auto; min-inline-size: 0; white-space: nowrap; }
  .rowc .tail { flex: 1; min-inline-size: 0; display: flex; justify-content: flex-end; align-items: center; overflow: hidden; } .rowc .tail .pre { flex: none; overflow: visible; } .rowc .tail .caret { flex: none; block-size: .9em; margin-inline-end: auto; }
  .rowc .pick, .rowc .menu-of { position: absolute; z-index: 1; opacity: 0; }
  .rowc .pick { inset-block: 0; inset-inline-start: 0; inline-size: 48px; display: grid; place-items: start center; padding-block-start: calc(var(--top) + 7px); cursor: pointer; } .mi > .label { inline-size: 16px; flex: none; } .pick input { inline-size: 18px; block-size: 18px; margin: 0; accent-color: var(--iv-you-solid); }
  .rowc .menu-of { inset-block-start: 6px; inset-inline-end: 4px; } .more { --iv-hit: 28px; background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line); }
  .rowc:hover > :is(.pick, .menu-of), .rowc:has(:focus-visible) > :is(.pick, .menu-of), .rowc:has([aria-expanded="true"]) > .menu-of, .picking .pick, .picked .pick { opacity: 1; }
  .rowc:is(:hover, :has(:focus-visible)) > .mark, .picking .rowc > .mark { opacity: 0; } @media (hover: hover) { .rowc:is(:hover, :has(:focus-visible)) time { visibility: hidden; } }
  .rowc.picked { background: var(--iv-you-tint); } .who.bad { color: var(--iv-bad-ink); }
  @media (hover: none) { .rowc:not(:has([aria-expanded="true"])) > .menu-of { display: none; } .rows:not(.picking) .pick { display: none; } .rows:not(.picking) .rowc > .mark { opacity: 1; } .picking .pick { inline-size: 100%; justify-items: start; padding-inline-start: 15px; } }
  .menu[popover] { position: fixed; margin: 0; border: 0; color: var(--iv-text); max-block-size: calc(100dvh - 16px); overflow: hidden auto; }
  .labels { display: flex; gap: var(--iv-s3); margin-inline-start: auto; min-inline-size: 0; } .label { display: inline-flex; align-items: center; gap: 3px; min-inline-size: 0; font: var(--iv-t12); color: var(--iv-text-2); } .label bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .draft { color: var(--iv-bad-ink); font-weight: 500; }
  .rowc .who { flex: none; max-inline-size: 60%; font: 500 .75rem/1rem var(--iv-font); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .who.bot { color: var(--iv-bot-ink); } .who.wait { color: var(--iv-wait-ink); } .who.you { color: var(--iv-you-ink); } .who.other { color: var(--iv-other-ink); } .who.closed { color: var(--iv-text-3); }
  @media (max-width: 1199px) { .tabs a { font-size: .75rem; } }
  @media (max-width: 719px) {
    .list { border: 0; }
    .rowc { --high: max(84px, 5.25rem); }
  }
  @media (forced-colors: active) {
    .tabs [aria-current]::after { background: Highlight; forced-color-adjust: none; }
    .rowc.picked { outline: 2px solid Highlight; outline-offset: -2px; } .chip { border: 1px solid CanvasText; }
  }
`;
