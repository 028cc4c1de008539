/** Looks of the settings: their frame, and what their pages are made of. */

import { css } from "lit";

export const frameStyles = css`
  :host { display: flex; flex-direction: column; min-block-size: 0; min-inline-size: 0; }
  .bar { display: flex; align-items: center; gap: var(--iv-s3); min-block-size: 56px; padding-inline: var(--iv-s7) var(--iv-s4); border-block-end: 1px solid var(--iv-line); flex: none; background: var(--iv-bg); }
  .title { font: var(--iv-t16); }
  .back { display: none; }
  .set { flex: 1; min-block-size: 0; display: grid; grid-template-columns: 216px minmax(0, 1fr); }
  nav { padding: var(--iv-s4); border-inline-end: 1px solid var(--iv-line); background: var(--iv-bg); overflow: hidden auto; }
  nav h2 { font: var(--iv-t11); color: var(--iv-text-3); padding: var(--iv-s4) var(--iv-s3) var(--iv-s2); }
  nav ul { display: grid; gap: 2px; }
  nav a { display: flex; gap: var(--iv-s3); align-items: center; min-block-size: max(32px, var(--iv-hit)); padding-inline: var(--iv-s3); border-radius: var(--iv-r2); color: var(--iv-text-2); text-decoration: none; }
  nav .kept { padding-inline: var(--iv-s2); border-radius: var(--iv-r1); background: var(--iv-wait-tint); color: var(--iv-wait-ink); font: var(--iv-t11); }
  nav a:hover { background: var(--iv-sunken); color: var(--iv-text); }
  nav a[aria-current] { background: var(--iv-pressed); color: var(--iv-text); font-weight: 500; }
  .content { position: relative; overflow: hidden auto; padding: var(--iv-s7) var(--iv-s8) var(--iv-s8); background: var(--iv-surface); min-inline-size: 0; }
  @media (max-width: 719px) {
    .bar { padding-inline: var(--iv-s5); } .bar:has(.back):has(+ .set[data-has="page"]) { padding-inline-start: var(--iv-s2); }
    .set { grid-template-columns: minmax(0, 1fr); }
    .set[data-has="none"] .content, .set[data-has="page"] nav { display: none; }
    .bar:has(+ .set[data-has="page"]) .back { display: inline-grid; }
    nav { border: 0; } nav a { padding-inline: var(--iv-s4); font: var(--iv-t14); } nav a[aria-current] { background: none; font-weight: 400; }
    .content { padding: var(--iv-s5) var(--iv-s5) var(--iv-s8); }
  }
  @media (forced-colors: active) { nav a[aria-current] { border: 1px solid Highlight; } }
`;

export const kitStyles = css`
  .head { display: flex; align-items: center; gap: var(--iv-s4); flex-wrap: wrap; min-block-size: 32px; }
  h1 { font: var(--iv-t20); margin-inline-end: auto; overflow-wrap: anywhere; }
  h2 { font: var(--iv-t16); }
  .lead { color: var(--iv-text-2); font: var(--iv-t13); max-inline-size: 64ch; margin-block: var(--iv-s2) var(--iv-s6); }
  section { display: grid; gap: var(--iv-s5); padding-block: var(--iv-s6); border-block-start: 1px solid var(--iv-line); max-inline-size: 720px; }
  section > .lead { margin-block: calc(-1 * var(--iv-s4)) 0; }
  .wide { max-inline-size: none; }
  form { display: grid; gap: var(--iv-s5); max-inline-size: 420px; }
  .input { min-block-size: max(36px, var(--iv-hit)); font: var(--iv-t14); }
  .btn.ink { background: var(--iv-text); color: var(--iv-inverse); box-shadow: none; } .btn.ink:hover { background: var(--iv-text-2); }
  .acts { display: flex; flex-wrap: wrap; gap: var(--iv-s3); align-items: center; }
  .find { max-inline-size: 344px; margin-block-end: var(--iv-s4); }
  .card-of { padding: var(--iv-s5); margin-block-end: var(--iv-s6); border: 0; border-radius: var(--iv-r3); background: var(--iv-you-tint); }
  .link-of { display: flex; gap: var(--iv-s3); } .link-of .input { font-family: var(--iv-mono); font-size: .8125rem; }
  .done { display: inline-flex; gap: var(--iv-s2); align-items: center; color: var(--iv-good-ink); }
  .row { display: flex; align-items: center; gap: var(--iv-s3); min-inline-size: 0; }
  .two { display: grid; grid-template-columns: 1fr 1fr; gap: var(--iv-s4); }
  .pill { display: inline-flex; align-items: center; gap: 5px; font: 500 .75rem/1rem var(--iv-font); padding: 2px 8px; border-radius: var(--iv-pill); background: var(--iv-sunken); color: var(--iv-text-2); white-space: nowrap; }
  .pill.good { background: var(--iv-good-tint); color: var(--iv-good-ink); } .pill.bad { background: var(--iv-bad-tint); color: var(--iv-bad-ink); }
  .table { inline-size: 100%; border-collapse: collapse; font: var(--iv-t13); }
  .table :is(th, td) { text-align: start; font-weight: 400; padding: 10px var(--iv-s3); border-block-end: 1px solid var(--iv-line); vertical-align: middle; overflow-wrap: anywhere; }
  :is(.table td > bdi, h2[dir="auto"]) { text-align: -webkit-match-parent; text-align: match-parent; }
  .table thead :is(th, td) { font: var(--iv-t11); color: var(--iv-text-3); padding: var(--iv-s3); white-space: nowrap; }
  .table b { font-weight: 500; } .table small { display: block; font: var(--iv-t12); color: var(--iv-text-3); }
  .table .n { text-align: end; font-variant-numeric: tabular-nums; } .table .more { text-align: end; inline-size: 48px; }
  .table .more .menu-of { display: inline-block; text-align: start; }
  .table tbody tr:hover :is(th, td) { background: var(--iv-sunken); }
  .table tr.off :is(th, td) { color: var(--iv-text-3); }
  .banner { border-radius: var(--iv-r3); margin-block-end: var(--iv-s4); }
  .ask p + p { margin-block-start: var(--iv-s3); } .ask .acts { justify-content: flex-end; margin-block-start: var(--iv-s6); } .ask p { color: var(--iv-text-2); font: var(--iv-t14); }
  @media (max-width: 719px) {
    .two { grid-template-columns: minmax(0, 1fr); } .input { font-size: 1rem; }
    .table, .table tbody { display: block; } .table thead { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
    .table tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; position: relative; padding-block: var(--iv-s3); border-block-end: 1px solid var(--iv-line); }
    .table tbody tr:hover :is(th, td) { background: none; }
    .table tbody :is(th, td) { display: block; padding: 2px 0; border: 0; inline-size: auto; } .table tbody :is(th, td, .n) { text-align: start; }
    .table tbody td:not(.more) { grid-column: 1 / -1; display: grid; grid-template-columns: 104px minmax(0, 1fr); gap: var(--iv-s3); align-items: baseline; } .table tbody td:not(.more)::before { content: attr(data-label); font: var(--iv-t12); color: var(--iv-text-3); }
    .table tbody td:not(.more) > .pill { justify-self: start; } .table tbody td.more { grid-column: 2; grid-row: 1; inline-size: auto; } .table tbody th { grid-column: 1; grid-row: 1; }
  }
  @media (forced-colors: active) { .pill, .btn, .menu, .card-of { border: 1px solid CanvasText; } }
`;
