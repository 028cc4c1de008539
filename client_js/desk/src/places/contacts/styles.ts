/** The looks of the place Contacts. Values are tokens; sides are logical. */

import { css } from "lit";

export const placeStyles = css`
  :host { min-block-size: 0; min-inline-size: 0; block-size: 100%; }
  .only-s { display: none; }
  .contacts { display: grid; grid-template-columns: var(--iv-list) minmax(0, 1fr); block-size: 100%; }
  .find { display: flex; flex-direction: column; padding: 0; border-block-end: 0; border-inline-end: 1px solid var(--iv-line); background: var(--iv-bg); min-block-size: 0; }
  .list-top { display: flex; align-items: center; min-block-size: 56px; padding-inline: var(--iv-s5); }
  .list-top h1, .list-top h2, .none h1 { font: var(--iv-t16); margin: 0; }
  h2 { font: 600 .8125rem/1.5rem var(--iv-font); margin-block-end: var(--iv-s3); }
  .q { position: relative; padding: 0 var(--iv-s4) var(--iv-s4); }
  .q > .i { position: absolute; inset-inline-start: calc(var(--iv-s4) + 10px); inset-block-start: 12px; color: var(--iv-text-3); pointer-events: none; }
  .q .input { min-block-size: max(40px, var(--iv-hit)); padding-inline-start: 34px; }
  .results { overflow: hidden auto; flex: 1; padding: 0 var(--iv-s3) var(--iv-s4); display: flex; flex-direction: column; scrollbar-width: thin; }
  .results > h3 { margin: 0; padding-inline: var(--iv-s3); font: var(--iv-t12); color: var(--iv-text-3); }
  .results > .btn { align-self: center; margin-block-start: var(--iv-s3); }
  .results hr { inline-size: calc(100% - 2 * var(--iv-s3)); border: 0; border-block-start: 1px solid var(--iv-line); }
  .results .nothing { margin-block-start: 0; }
  .waits { padding: var(--iv-s3); display: grid; gap: var(--iv-s3); justify-items: start; }
  .line { display: flex; align-items: center; gap: var(--iv-s4); min-block-size: max(44px, var(--iv-hit)); padding: 4px var(--iv-s3); border-radius: var(--iv-r3); color: inherit; text-decoration: none; min-inline-size: 0; }
  .line:hover { background: var(--iv-sunken); }
  .line[aria-current] { background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-1); }
  .one { overflow: hidden auto; display: flex; flex-direction: column; min-block-size: 0; }
  .top { display: flex; align-items: center; gap: var(--iv-s4); padding: var(--iv-s4) var(--iv-s7); border-block-end: 1px solid var(--iv-line); min-block-size: 72px; }
  .top h1 { font: var(--iv-t20); } .top .v { align-items: center; } .top .v .icon { margin-inline-start: 0; }
  .top .edit { max-inline-size: 360px; }
  .none { margin: auto; padding: var(--iv-s8); max-inline-size: 360px; text-align: center; color: var(--iv-text-2); display: grid; gap: var(--iv-s3); }
  .none h1 { color: var(--iv-text); }
  .cols { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); max-inline-size: 1120px; flex: 1; align-content: start; }
  @media (min-width: 1200px) { .cols { align-content: stretch; } }
  .cols section { padding-inline: var(--iv-s7); border: 0; }
  .cols > div > section + section { border-block-start: 1px solid var(--iv-line); }
  .cols > section { border-inline-start: 1px solid var(--iv-line); }
  .cols .kv { grid-template-columns: minmax(64px, 160px) minmax(0, 1fr); }
  .chids li { display: grid; gap: var(--iv-s2); padding-block-end: var(--iv-s3); }
  .chids li > .does { padding-inline-start: 24px; }
  form.act { margin-inline-start: 24px; padding: var(--iv-s4); border-radius: var(--iv-r2); background: var(--iv-sunken); overflow-wrap: anywhere; }
  .past li { padding-block: 4px; }
  @media (max-width: 1199px) { .cols { grid-template-columns: minmax(0, 1fr); } .cols > section { border-inline: 0; border-block-start: 1px solid var(--iv-line); } }
  @media (max-width: 719px) {
    .contacts { grid-template-columns: minmax(0, 1fr); }
    .contacts[data-pane="one"] > .find, .contacts[data-pane="list"] > .one { display: none; }
    .find { border: 0; }
    .only-s { display: grid; }
    .top { padding-inline: var(--iv-s2) var(--iv-s4); gap: var(--iv-s3); } .cols section { padding-inline: var(--iv-s5); }
    .chids li > .does { padding-inline-start: 0; } form.act { margin-inline-start: 0; }
    .past li { position: relative; align-items: center; min-block-size: 44px; } .past a::after { content: ""; position: absolute; inset: 0; }
  }
  @media (forced-colors: active) { .line[aria-current], form.act { border: 1px solid CanvasText; } }
`;
