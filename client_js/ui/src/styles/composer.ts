/** The field that one writes in. It grows to a third of the screen and then scrolls. */

import { css } from "lit";

export const composerStyles = css`
  .compose { position: relative; display: grid; border: 1px solid var(--iv-edge); border-radius: var(--iv-r3); background: var(--iv-surface); color: var(--iv-text); transition: border-color var(--iv-move) var(--iv-ease), background var(--iv-move) var(--iv-ease); }
  .compose:focus-within { outline: 2px solid var(--iv-focus); outline-offset: -1px; }
  .compose textarea { inline-size: 100%; min-block-size: 64px; max-block-size: min(33dvh, 260px); padding: var(--iv-s4); border: 0; outline: none; background: none; resize: none; field-sizing: content; font: var(--iv-t14); scrollbar-width: thin; overflow-wrap: anywhere; }
  .compose textarea::placeholder { color: var(--iv-text-3); opacity: 1; }
  .compose footer { display: flex; align-items: center; justify-content: flex-end; gap: var(--iv-s4); padding: 0 var(--iv-s3) var(--iv-s3); font: var(--iv-t12); color: var(--iv-text-3); }
  .compose .go { display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-block-size: max(32px, var(--iv-hit)); min-inline-size: max(32px, var(--iv-hit)); padding-inline: var(--iv-s4); border-radius: var(--iv-r2); font: 500 .8125rem/1.25rem var(--iv-font); background: var(--iv-you-solid); color: var(--iv-you-on); transition: background var(--iv-fast); }
  .compose .go:hover { background: var(--iv-you-hover); }
  .compose .go[disabled] { background: var(--iv-sunken); color: var(--iv-text-3); }
  .too-long { padding: 0 var(--iv-s4) var(--iv-s3); font: var(--iv-t12); color: var(--iv-bad-ink); }
  @media (forced-colors: active) { .compose .go { border: 1px solid ButtonText; } .compose .go[disabled] { border-color: GrayText; } }
`;

/** One pill with a round button, as in the widget. 16 px at least: smaller fields make phones zoom in. */
export const pillComposerStyles = css`
  .compose:not(.wide) { grid-template-columns: minmax(0, 1fr) auto; align-items: end; border-radius: 24px; padding: 3px; }
  .compose:not(.wide) textarea { min-block-size: 40px; padding: 9px var(--iv-s4); font: var(--iv-t15); }
  .compose:not(.wide) footer { padding: 0; }
  .compose:not(.wide) .go { inline-size: 40px; min-inline-size: 40px; min-block-size: 40px; block-size: 40px; padding: 0; border-radius: 50%; }
  .compose:not(.wide) .too-long { grid-column: 1 / -1; }
  @media (pointer: coarse) { .compose:not(.wide) textarea { font-size: 1rem; } }
`;
