/** Looks of pages of rows. */

import { css } from "lit";

export const rowsStyles = css`
  .editor { border: 0; padding-block-start: 0; }
  .opens { font-weight: 500; text-align: start; min-block-size: var(--iv-hit); border-radius: var(--iv-r1); overflow-wrap: anywhere; }
  .named { min-inline-size: 0; } .named > :not(.opens) { margin-inline-start: var(--iv-s2); }
  .opens:hover { text-decoration: underline; text-underline-offset: 2px; }
  .removed { margin-block-start: var(--iv-s7); color: var(--iv-text-2); } .removed summary { min-block-size: var(--iv-hit); cursor: pointer; align-content: center; }
  .removed .row { padding-block: var(--iv-s2); max-inline-size: 420px; overflow-wrap: anywhere; }
  .banner span { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; }
  .mark.queue { background: none; color: var(--iv-text-2); } .mark.queue > .i { inline-size: 16px; block-size: 16px; }
  .people { display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); max-block-size: 264px; overflow: hidden auto; margin: 0; padding: 0; list-style: none; }
  .people .choice { display: flex; align-items: center; margin: 0; font: var(--iv-t14); padding-block: var(--iv-s2); min-block-size: max(32px, var(--iv-hit)); overflow-wrap: anywhere; }
  .field .choice { display: flex; align-items: flex-start; margin: 0; font: var(--iv-t14); }
  .keep { white-space: nowrap; }
  @media (min-width: 1200px) { .table td:not(.more) { min-inline-size: 13ch; } }
  fieldset > .field { margin-block: var(--iv-s3); } fieldset > small { margin-block: 0 var(--iv-s3) !important; }
`;
