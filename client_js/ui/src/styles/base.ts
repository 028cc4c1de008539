/** What every screen shares: boxes, the focus ring, marks, icons, buttons, banners. Only logical sides. */

import { css } from "lit";

export const base = css`
  *, *::before, *::after { box-sizing: border-box; }
  h1, h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  button, input, textarea, select { font: inherit; color: inherit; margin: 0; }
  button { border: 0; background: none; padding: 0; cursor: pointer; }
  button[disabled] { cursor: default; }
  [hidden] { display: none !important; }
  bdi { unicode-bidi: isolate; }
  :placeholder-shown[dir="auto"] { direction: inherit; }
  time { font-variant-numeric: tabular-nums !important; }
  .vh { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .grow { flex: 1; min-inline-size: 0; }
  :focus-visible { outline: 2px solid var(--iv-focus); outline-offset: 2px; }

  .i { flex: none; display: block; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
  .i .solid { fill: currentColor; stroke: none; }
  :dir(rtl) > .flip { transform: scaleX(-1); }

  .mark { --s: 24px; inline-size: var(--s); block-size: var(--s); flex: none; display: inline-grid; place-items: center; overflow: hidden; font: 600 calc(var(--s) * .4)/1 var(--iv-font); border-radius: 50%; user-select: none; }
  .mark svg { inline-size: 100%; block-size: 100%; }
  .mark .i { inline-size: 58%; block-size: 58%; }
  .s28 { --s: 28px; } .s32 { --s: 32px; } .s40 { --s: 40px; }
  .mark.bot { border-radius: 28%; background: var(--iv-bot-solid); color: var(--iv-bot-on); }
  .mark.other { background: var(--iv-other-tint); color: var(--iv-other-ink); border: 1.5px solid var(--iv-other-solid); }
  .mark.wait { color: var(--iv-wait-solid); }
  .mark.closed { background: var(--iv-sunken); color: var(--iv-text-3); }
  .mark.bot.live path { animation: blink 3.2s infinite; transform-origin: 50% 50%; }
  @keyframes blink { 0%, 92%, 100% { transform: scaleY(1); } 96% { transform: scaleY(.15); } }

  .kind { font: 600 .6875rem/1rem var(--iv-font); padding-inline: 6px; border-radius: var(--iv-r1); white-space: nowrap; background: var(--iv-sunken); color: var(--iv-text-2); }
  .kind.bot { background: var(--iv-bot-tint); color: var(--iv-bot-ink); }
  .kind.other { background: var(--iv-other-tint); color: var(--iv-other-ink); }
  .kind.wait { background: var(--iv-wait-tint); color: var(--iv-wait-ink); }
  .icon { inline-size: var(--iv-hit); block-size: var(--iv-hit); display: inline-grid; place-items: center; border-radius: var(--iv-r2); color: var(--iv-text-2); flex: none; }
  .icon:hover { background: var(--iv-pressed); color: var(--iv-text); }
  .link { font-weight: 600; color: var(--iv-you-ink); text-decoration: underline; text-underline-offset: 2px; white-space: nowrap; border-radius: var(--iv-r1); }
  .link:hover { text-decoration-thickness: 2px; }

  .banner { display: flex; gap: var(--iv-s4); align-items: center; padding: var(--iv-s3) var(--iv-s5); font: var(--iv-t13); background: var(--iv-wait-tint); color: var(--iv-text); }
  .banner > .i { color: var(--iv-wait-ink); }
  .banner .link { color: inherit; min-block-size: 24px; }

  @media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
  @media (forced-colors: active) {
    .mark { border: 1px solid CanvasText; }
    .mark.wait { border: 0; }
    .kind, .banner { border: 1px solid CanvasText; }
    :focus-visible { outline-color: Highlight; }
  }
`;
