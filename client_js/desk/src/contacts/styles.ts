/** The looks of what is said of contacts. Values are tokens; sides are logical. */

import { css } from "lit";

export const contactStyles = css`
  section { padding: var(--iv-s4) var(--iv-s5); border-block-end: 1px solid var(--iv-line); }
  section:last-child { border: 0; }
  h3 { font: 600 .8125rem/1.5rem var(--iv-font); margin-block-end: var(--iv-s3); }
  .head { display: flex; align-items: flex-start; justify-content: space-between; }
  .head .icon, .v .icon { --iv-hit: 24px; margin-block: -2px; }
  small { font: var(--iv-t12); color: var(--iv-text-3); }
  .muted + .btn, .more, .acts + .btn, .past + .btn { margin-block-start: var(--iv-s3); }
  .more { display: inline-block; }
  a { border-radius: var(--iv-r1); }
  .person { display: flex; gap: var(--iv-s4); align-items: center; }
  .person h1, .person h2 { font: var(--iv-t16); }
  .chids { display: grid; gap: var(--iv-s3); }
  .chid { display: flex; flex-wrap: wrap; gap: 2px var(--iv-s3); align-items: center; min-inline-size: 0; }
  .chid > .i { color: var(--iv-text-3); }
  .chid > bdi { flex: 1 1 8rem; min-inline-size: 0; }
  .chid > small { margin-inline-start: auto; }
  .chid > .blocked { flex: 1 0 100%; padding-inline-start: 24px; overflow-wrap: anywhere; }
  .kind.bad { background: var(--iv-bad-tint); color: var(--iv-bad-ink); }
  .kv { display: grid; grid-template-columns: minmax(64px, 104px) minmax(0, 1fr); gap: var(--iv-s3); }
  .kv dt { color: var(--iv-text-3); overflow-wrap: anywhere; }
  .kv dd { min-inline-size: 0; }
  .v { display: flex; gap: 6px; align-items: flex-start; }
  .v > .label { block-size: 1.25rem; }
  .text { flex: 1; text-align: -webkit-match-parent; text-align: match-parent; overflow-wrap: anywhere; min-inline-size: 0; overflow: clip; font-variant-numeric: tabular-nums; }
  .v .icon { margin-inline-start: auto; color: var(--iv-text-3); }
  .kv small { display: block; overflow-wrap: anywhere; }
  .past, .acts, .chids { grid-template-columns: minmax(0, 1fr); }
  .past { display: grid; gap: var(--iv-s3); }
  .past li { display: flex; gap: var(--iv-s3); align-items: flex-start; }
  .past a { display: block; color: inherit; text-decoration: none; text-align: -webkit-match-parent; text-align: match-parent; }
  .past a:hover { text-decoration: underline; }
  .past small { display: block; overflow: hidden; text-overflow: ellipsis; }
  time { font: var(--iv-t12); color: var(--iv-text-3); flex: none; line-height: 20px; }
  .acts { display: grid; }
  .acts li { display: grid; grid-template-columns: 20px minmax(0, 1fr) auto; gap: var(--iv-s3); padding-block: 5px; align-items: start; position: relative; }
  .acts li + li::before { content: ""; position: absolute; inset-inline-start: 9.5px; inset-block-start: -5px; block-size: 9px; inline-size: 1px; background: var(--iv-line); }
  .handed summary { inline-size: fit-content; min-block-size: var(--iv-hit); font: var(--iv-t12); color: var(--iv-text-3); cursor: pointer; }
  .handed dl { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2px; margin: 0; padding-block: var(--iv-s2); overflow-wrap: anywhere; } .handed dt { font: var(--iv-t12); color: var(--iv-text-3); } .handed dd { margin: 0; }
  .acts .m { inline-size: 20px; block-size: 20px; display: grid; place-items: center; color: var(--iv-text-3); }
  .deed { overflow-wrap: anywhere; overflow: clip; } .deed bdi { font-weight: 500; }
  .deed small { display: block; }
  .edit { display: grid; gap: var(--iv-s4); margin-block-start: var(--iv-s4); }
  .edit label > span:not(.vh) { display: block; font: 500 .75rem/1rem var(--iv-font); margin-block-end: 2px; }
  .input::-webkit-search-cancel-button { appearance: none; inline-size: 16px; block-size: 16px; background: currentColor; opacity: .7; cursor: pointer; clip-path: polygon(12% 20%, 20% 12%, 50% 42%, 80% 12%, 88% 20%, 58% 50%, 88% 80%, 80% 88%, 50% 58%, 20% 88%, 12% 80%, 42% 50%); }
  .input { inline-size: 100%; min-inline-size: 0; min-block-size: max(32px, var(--iv-hit)); padding: 4px var(--iv-s3); border: 1px solid var(--iv-edge); border-radius: var(--iv-r2); background: var(--iv-surface); font: var(--iv-t13); color: inherit; }
  .problem { color: var(--iv-bad-ink); overflow-wrap: anywhere; }
  .does { display: flex; flex-wrap: wrap; gap: var(--iv-s3); }
  @media (max-width: 719px) { .input { font-size: 1rem; } .btn.small { --iv-hit: 44px; } .head .icon, .v .icon { --iv-hit: 44px; margin-block: -12px; } .past a { min-block-size: 24px; } }
  @media (forced-colors: active) { .btn, .kind.bad { border: 1px solid CanvasText; } }
`;

export const panelStyles = css`
  .panel { min-block-size: 100%; overflow-wrap: anywhere; }
  .person { min-block-size: 56px; }
  .person a { font: var(--iv-t12); }
  .shut-panel { align-self: flex-start; }
  @media (min-width: 1200px) { .shut-panel { display: none; } }
`;
