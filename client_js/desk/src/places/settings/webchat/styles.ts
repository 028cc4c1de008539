/** Looks of the channel's lines, and of the small chat beside its colours. */

import { css } from "lit";

export const lookStyles = css`
  .lines { display: block; padding: var(--iv-s4); border-radius: var(--iv-r2); background: var(--iv-sunken); font: .8125rem/1.25rem var(--iv-mono); white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
  .look { display: grid; grid-template-columns: minmax(0, 1fr) 280px; gap: var(--iv-s6); align-items: start; }
  .look .picks { display: grid; gap: var(--iv-s5); }
  .look input[type="color"] { inline-size: 64px; block-size: max(36px, var(--iv-hit)); padding: 2px; border: 1px solid var(--iv-edge); border-radius: var(--iv-r2); background: var(--iv-surface); cursor: pointer; }
  .chat { border-radius: var(--iv-r5); background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-2); overflow: hidden; font: var(--iv-t14); }
  .chat header { display: flex; align-items: center; gap: var(--iv-s3); padding: var(--iv-s4); border-block-end: 1px solid var(--iv-line); }
  .chat .said { display: grid; gap: var(--iv-s3); padding: var(--iv-s4); }
  .chat p { padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r4); max-inline-size: 85%; overflow-wrap: anywhere; justify-self: start; background: var(--iv-sunken); }
  .chat .own { justify-self: end; background: var(--iv-you-solid); color: var(--iv-you-on); }
  .launch { inline-size: 56px; block-size: 56px; border-radius: 50%; display: grid; place-items: center; margin-block-start: var(--iv-s4); margin-inline-start: auto; background: var(--iv-you-solid); color: var(--iv-you-on); box-shadow: var(--iv-shadow-2); }
  @media (max-width: 1023px) { .look { grid-template-columns: minmax(0, 1fr); } }
`;
