/** The looks of the wall. Values are tokens; sides are logical; plots read from left to right, as their numbers do. */

import { css } from "lit";

export const wallStyles = css`
  :host { min-block-size: 0; min-inline-size: 0; block-size: 100%; background: var(--iv-bg); display: flex; flex-direction: column; }
  .bar { display: flex; align-items: center; gap: var(--iv-s4); min-block-size: 56px; padding-inline: var(--iv-s7); border-block-end: 1px solid var(--iv-line); flex: none; }
  .bar h1 { font: var(--iv-t16); }
  h2 { font: 600 .8125rem/1.25rem var(--iv-font); }
  .seg { display: inline-flex; padding: 2px; border-radius: var(--iv-r2); background: var(--iv-sunken); flex: none; }
  .seg button { padding: 2px var(--iv-s4); border-radius: var(--iv-r1); font: 500 .75rem/1.25rem var(--iv-font); color: var(--iv-text-2); min-block-size: max(28px, calc(var(--iv-hit) - 4px)); }
  .seg [aria-pressed="true"] { background: var(--iv-surface); color: var(--iv-text); box-shadow: var(--iv-shadow-1), 0 0 0 1px var(--iv-line); }
  .wall { flex: 1; min-block-size: 0; display: grid; grid-template-columns: minmax(0, 1fr) 420px; }
  .wall, .wall > * { position: relative; }
  .wall > * { padding: var(--iv-s5) var(--iv-s7) var(--iv-s7); overflow: hidden auto; min-block-size: 0; min-inline-size: 0; scrollbar-width: thin; }
  .work { display: flex; flex-direction: column; }
  .work > .banner { border-radius: var(--iv-r3); margin-block-end: var(--iv-s4); flex: none; }
  .sums { display: flex; flex-wrap: wrap; gap: var(--iv-s3) var(--iv-s8); padding-block-end: var(--iv-s5); }
  .sums li { display: flex; gap: var(--iv-s3); align-items: center; }
  .sums b { font: 600 1.25rem/1.75rem var(--iv-font); font-variant-numeric: tabular-nums; }
  .sums span:not(.mark) { color: var(--iv-text-2); }
  .above { display: flex; flex-wrap: wrap; align-items: center; gap: 0 var(--iv-s3); min-block-size: 24px; margin-block-end: var(--iv-s4); }
  .tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(264px, 100%), 1fr)); gap: var(--iv-s4); }
  .more { align-self: center; margin-block: var(--iv-s4); }

  .tile { position: relative; display: grid; gap: var(--iv-s3); grid-template-rows: auto 1fr auto; min-block-size: 144px; min-inline-size: 0; padding: var(--iv-s4); border-radius: var(--iv-r3); background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line); }
  .tile:has(.why) { box-shadow: 0 0 0 1px var(--iv-wait-line); }
  .tile:is(:hover, :focus-within) { box-shadow: 0 0 0 2px var(--iv-focus); }
  .head { display: flex; gap: var(--iv-s3); align-items: center; }
  .name { display: block; font: 500 .8125rem/1.25rem var(--iv-font); color: var(--iv-text); text-decoration: none; border-radius: var(--iv-r1); }
  .name::after { content: ""; position: absolute; inset: 0; border-radius: var(--iv-r3); }
  .name:focus-visible { outline: none; } .name:focus-visible::after { outline: 2px solid var(--iv-focus); }
  .head small { display: flex; gap: 4px; align-items: center; min-inline-size: 0; font: var(--iv-t12); color: var(--iv-text-3); }
  .tile p { align-self: start; max-block-size: 2.5rem; overflow: hidden; overflow-wrap: anywhere; font: var(--iv-t13); color: var(--iv-text-2); display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
  .tile p.live { display: flex; flex-direction: column; justify-content: flex-end; }
  .tile p.live > span { flex: none; }
  .tile p.silent { color: var(--iv-text-3); }
  .foot { display: flex; align-items: center; gap: var(--iv-s3); min-block-size: max(32px, var(--iv-hit)); font: var(--iv-t12); color: var(--iv-text-3); }
  .foot > span:not(.dots, .num, .vh) { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .foot .num { margin-inline-start: auto; white-space: nowrap; flex: none; }
  .why { display: inline-flex; gap: 4px; align-items: center; color: var(--iv-wait-ink); font-weight: 500; font-variant-numeric: tabular-nums; }
  .foot .btn { position: relative; z-index: 1; margin-inline-start: auto; flex: none; }
  .foot .num ~ .btn { margin-inline-start: var(--iv-s3); }
  @media (hover: hover) { .tile:not(:hover, :focus-within) .foot .btn { opacity: 0; position: absolute; inset-inline-end: var(--iv-s4); pointer-events: none; } }
  .caret { display: inline-block; inline-size: 7px; block-size: 1em; margin-inline-start: 2px; vertical-align: -2px; background: var(--iv-bot-solid); border-radius: 1px; animation: caret var(--iv-blink) steps(2, jump-none) infinite; }
  @keyframes caret { from { opacity: 1; } to { opacity: .25; } }
  .dots { display: inline-flex; gap: 3px; align-items: center; color: var(--iv-bot-ink); }
  .dots i { inline-size: 4px; block-size: 4px; border-radius: 50%; background: currentColor; animation: dot 1.2s infinite; }
  .dots i:nth-child(2) { animation-delay: .15s; } .dots i:nth-child(3) { animation-delay: .3s; }
  @keyframes dot { 0%, 60%, 100% { opacity: .35; } 30% { opacity: 1; } }

  aside { border-inline-start: 1px solid var(--iv-line); background: var(--iv-surface); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--iv-s7); align-content: start; }
  .cap { font: var(--iv-t12); color: var(--iv-text-3); overflow-wrap: anywhere; }
  .plot > svg { display: block; inline-size: 100%; margin-block-start: var(--iv-s3); overflow: visible; }
  .plot text { font: 400 11px/1 var(--iv-font); fill: var(--iv-text-3); font-variant-numeric: tabular-nums; }
  .plot text.v { fill: var(--iv-text); font-weight: 600; }
  .col { fill: var(--iv-you-solid); } .rare { opacity: .55; }
  .axis { stroke: var(--iv-line); } .marker { stroke: var(--iv-text); stroke-dasharray: 2 2; }
  .range { stroke: var(--iv-you-line); stroke-width: 6; stroke-linecap: round; } .plot circle { fill: var(--iv-you-solid); }
  .end { stroke: var(--iv-you-ink); stroke-width: 2; stroke-linecap: round; }
  .ground { fill: var(--iv-sunken); } .part { fill: var(--iv-text-2); }
  .big { display: flex; flex-wrap: wrap; gap: var(--iv-s3) var(--iv-s5); margin-block: var(--iv-s3); }
  .big > div { display: grid; align-content: start; } .big > div:last-child { flex: 1 1 7rem; } .big dd { grid-row: 1; }
  .big dd { font: 600 1.5rem/2rem var(--iv-font); font-variant-numeric: tabular-nums; white-space: nowrap; } .big dt { font: var(--iv-t12); color: var(--iv-text-3); }
  .big .bad :is(dd, dt) { color: var(--iv-bad-ink); }
  .plot .banner { border-radius: var(--iv-r3); align-items: flex-start; } .plot .banner a { color: inherit; min-block-size: 24px; display: inline-block; }
  details { margin-block-start: var(--iv-s3); }
  summary { min-block-size: max(24px, var(--iv-hit)); display: list-item; align-content: center; font: var(--iv-t12); color: var(--iv-you-ink); cursor: pointer; border-radius: var(--iv-r1); }
  .table { inline-size: 100%; border-collapse: collapse; font: var(--iv-t13); }
  .table :is(th, td) { text-align: start; font-weight: 400; padding: 7px var(--iv-s3); border-block-end: 1px solid var(--iv-line); overflow-wrap: anywhere; }
  .table thead :is(th, td) { font: var(--iv-t11); color: var(--iv-text-3); }
  .table :is(th, td):first-child { padding-inline-start: 0; } .table :is(th, td):last-child { padding-inline-end: 0; }
  .table .n { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; } .table b { font-weight: 600; }
  .share { inline-size: 72px; } .share svg { display: block; inline-size: 100%; }

  @media (max-width: 1199px) { .wall { grid-template-columns: minmax(0, 1fr) 340px; } .big { column-gap: var(--iv-s4); } .big dd { font-size: 1.25rem; } .share { inline-size: 40px; } .wall > * { padding-inline: var(--iv-s5); } }
  @media (max-width: 899px) { .wall { display: block; overflow: hidden auto; } .wall > * { overflow: visible; } aside { border-inline-start: 0; border-block-start: 1px solid var(--iv-line); } }
  @media (max-width: 719px) { :host { --iv-hit: 44px; } .bar, .wall > * { padding-inline: var(--iv-s5); } .bar { gap: var(--iv-s3); } .bar .whole { display: none; } .bar .clip { max-inline-size: 88px; } }
  @media (forced-colors: active) {
    .tile { border: 1px solid CanvasText; } .tile:has(.why) { border-style: dashed; } .seg [aria-pressed="true"], .btn { border: 1px solid CanvasText; } .seg [aria-pressed="true"] { border-color: Highlight; }
    .caret, .dots i { background: CanvasText; forced-color-adjust: none; }
    .col, .plot circle, .part { fill: CanvasText; } .plot text, .plot text.v { fill: CanvasText; } .axis, .marker { stroke: CanvasText; } .range { stroke: GrayText; } .end { stroke: CanvasText; } .ground { fill: Canvas; stroke: CanvasText; }
  }
`;
