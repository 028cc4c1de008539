/** The desk's own looks: panes, the list, the dock, menus, the way in. Values are tokens; sides are logical. */

import { css } from "lit";

const controls = css`
  :host { display: block; color: var(--iv-text); font: var(--iv-t13); -webkit-font-smoothing: antialiased; }
  a { color: var(--iv-you-ink); }
  .muted { color: var(--iv-text-3); }
  .only-s { display: none; }
  .btn { display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-block-size: var(--iv-hit); padding-inline: var(--iv-s4); border-radius: var(--iv-r2); font: 500 .8125rem/1.25rem var(--iv-font); color: var(--iv-text); background: var(--iv-surface); box-shadow: inset 0 0 0 1px var(--iv-line), var(--iv-shadow-1); white-space: nowrap; transition: background var(--iv-fast); text-decoration: none; }
  .btn:hover { background: var(--iv-sunken); }
  .btn.quiet { background: none; box-shadow: none; color: var(--iv-text-2); }
  .btn.quiet:hover { background: var(--iv-sunken); }
  .btn.main { background: var(--iv-you-solid); color: var(--iv-you-on); box-shadow: none; }
  .btn.main:hover { background: var(--iv-you-hover); }
  .btn.small { --iv-hit: 24px; padding-inline: var(--iv-s3); font: 500 .75rem/1rem var(--iv-font); }
  .btn[aria-disabled="true"] { color: var(--iv-text-3); background: var(--iv-sunken); box-shadow: none; cursor: default; }
  .keys { display: inline-flex; gap: 2px; }
  kbd { font: 500 .6875rem/1 var(--iv-font); min-inline-size: 18px; block-size: 18px; padding-inline: 4px; display: inline-grid; place-items: center; border-radius: var(--iv-r1); background: var(--iv-sunken); color: var(--iv-text-2); box-shadow: inset 0 0 0 1px var(--iv-line); }
  .logo path { stroke: var(--iv-text); } .logo circle { fill: var(--iv-you-solid); }
  .mark.shut { background: var(--iv-sunken); color: var(--iv-text-3); }
  .nothing { margin: auto; padding: var(--iv-s8); max-inline-size: 360px; text-align: center; display: grid; gap: var(--iv-s3); justify-items: center; color: var(--iv-text-2); }
  .nothing h2 { font: var(--iv-t16); color: var(--iv-text); }
  .nothing .btn { margin-block-start: var(--iv-s4); }
  .menu-of { position: relative; flex: none; }
  .menu { position: absolute; z-index: 6; inset-block-start: calc(100% + 4px); inset-inline-end: 0; inline-size: 288px; max-inline-size: calc(100vw - 16px); padding: var(--iv-s2); border-radius: var(--iv-r3); background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-2); font: var(--iv-t13); animation: enter var(--iv-enter) var(--iv-ease); }
  .mi { display: flex; align-items: center; gap: var(--iv-s3); inline-size: 100%; min-block-size: max(40px, var(--iv-hit)); padding: 4px var(--iv-s3); border-radius: var(--iv-r2); text-align: start; }
  .mi > .i { color: var(--iv-text-2); }
  .mi:hover, .mi:focus-visible { background: var(--iv-sunken); }
  .mi small { display: block; font: var(--iv-t12); color: var(--iv-text-3); }
  @keyframes enter { from { opacity: 0; translate: 0 4px; } }
`;

const panes = css`
  .shell { display: grid; grid-template-columns: var(--iv-rail) var(--iv-list) minmax(320px, 1fr); block-size: 100vh; block-size: 100dvh; overflow: hidden; background: var(--iv-bg); }
  .rail { display: flex; flex-direction: column; align-items: center; gap: var(--iv-s2); padding-block: var(--iv-s4); border-inline-end: 1px solid var(--iv-line); min-block-size: 0; }
  .rail .logo { margin-block-end: var(--iv-s4); }
  .rail a { inline-size: 40px; block-size: 40px; display: grid; place-items: center; border-radius: var(--iv-r3); color: var(--iv-text-3); }
  .rail a:hover { color: var(--iv-text); background: var(--iv-sunken); }
  .rail a[aria-current] { color: var(--iv-text); background: var(--iv-pressed); }
  .rail .end { margin-block-start: auto; }
  .rail .menu { inset-block: auto 0; inset-inline: calc(100% + 8px) auto; }
  .me { --iv-hit: 40px; border-radius: 50%; }

  .list { display: flex; flex-direction: column; border-inline-end: 1px solid var(--iv-line); min-block-size: 0; min-inline-size: 0; background: var(--iv-bg); }
  .list-top { display: flex; align-items: center; justify-content: space-between; min-block-size: 56px; padding-inline: var(--iv-s5) var(--iv-s4); }
  .list-top h2 { font: var(--iv-t16); }
  .list-sub { display: flex; align-items: center; justify-content: space-between; min-block-size: 28px; padding: 0 var(--iv-s5) var(--iv-s2); font: var(--iv-t12); color: var(--iv-text-3); }
  .list-problem { display: flex; gap: var(--iv-s3); align-items: center; margin: 0 var(--iv-s4) var(--iv-s3); padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r2); background: var(--iv-wait-tint); }
  .list-problem .i { color: var(--iv-wait-ink); }
  .list-wait { padding: var(--iv-s5); color: var(--iv-text-3); }
  .rows { overflow: hidden auto; padding: 0 var(--iv-s3) var(--iv-s3); flex: 1; scrollbar-width: thin; outline: none; }
  .rowc { position: relative; display: grid; grid-template-columns: 32px minmax(0, 1fr); align-items: center; column-gap: var(--iv-s4); block-size: max(80px, 5rem); padding: 0 var(--iv-s3); border-radius: var(--iv-r3); }
  .rowc + .rowc::before { content: ""; position: absolute; inset-block-start: 0; inset-inline: 52px var(--iv-s3); border-block-start: 1px solid var(--iv-line); }
  .rowc:hover { background: var(--iv-sunken); }
  .rowc.cur { background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-1); }
  .rowc.cur::before, .rowc.cur + .rowc::before { border-color: transparent; }
  .rowc .l { display: flex; align-items: center; gap: 6px; min-inline-size: 0; block-size: 1.25rem; }
  .rowc .name { color: inherit; text-decoration: none; font: 500 .8125rem/1.25rem var(--iv-font); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .rowc .name::after { content: ""; position: absolute; inset: 0; border-radius: var(--iv-r3); }
  .rowc .name:focus-visible { outline: none; } .rowc .name:focus-visible::after { outline: 2px solid var(--iv-focus); outline-offset: -2px; }
  .rowc.unread .name { font-weight: 700; }
  .rowc .dot { inline-size: 8px; block-size: 8px; border-radius: 50%; background: var(--iv-text); flex: none; }
  .rowc time { margin-inline-start: auto; font: var(--iv-t12); color: var(--iv-text-3); flex: none; }
  .rowc .pre { font: var(--iv-t13); color: var(--iv-text-2); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .rowc .tail { justify-content: flex-end; overflow: hidden; } .rowc .tail .pre { overflow: visible; }
  .draft { color: var(--iv-bad-ink); font-weight: 500; }
  .rowc .who { font: 500 .75rem/1rem var(--iv-font); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .who.bot { color: var(--iv-bot-ink); } .who.wait { color: var(--iv-wait-ink); } .who.you { color: var(--iv-you-ink); } .who.other { color: var(--iv-other-ink); } .who.closed { color: var(--iv-text-3); }

  .pane { display: flex; flex-direction: column; min-inline-size: 0; min-block-size: 0; overflow: hidden auto; background: var(--iv-surface); position: relative; }
  .bar { display: flex; align-items: center; gap: var(--iv-s3); min-block-size: 56px; padding-inline: var(--iv-s7) var(--iv-s4); border-block-end: 1px solid var(--iv-line); flex: none; }
  .bar h1 { font: var(--iv-t16); outline-offset: 0; }
  .bar .sub { font: var(--iv-t12); color: var(--iv-text-3); display: flex; gap: 6px; align-items: center; min-inline-size: 0; white-space: nowrap; overflow: hidden; }
  .presence { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; }
  .presence i { display: inline-block; inline-size: 7px; block-size: 7px; margin-inline-end: 5px; border-radius: 50%; border: 1.5px solid var(--iv-text-3); vertical-align: 1px; } .presence.here i { background: var(--iv-good-solid); border-color: var(--iv-good-solid); }
  .holder { display: inline-flex; align-items: center; gap: 6px; block-size: 28px; padding-inline: 5px 10px; border-radius: var(--iv-r2); font: 500 .75rem/1rem var(--iv-font); white-space: nowrap; min-inline-size: 0; max-inline-size: 45%; }
  .holder.bot { background: var(--iv-bot-tint); color: var(--iv-bot-ink); } .holder.you { background: var(--iv-you-tint); color: var(--iv-you-ink); }
  .holder.wait { background: var(--iv-wait-tint); color: var(--iv-wait-ink); } .holder.other { background: var(--iv-other-tint); color: var(--iv-other-ink); }
  .holder.closed { background: var(--iv-sunken); color: var(--iv-text-2); }
  .watch { display: inline-flex; align-items: center; gap: 4px; font: var(--iv-t12); color: var(--iv-text-3); position: relative; }
  .log-of { position: relative; flex: 1 0 auto; block-size: min(9rem, 40dvh); display: flex; flex-direction: column; }
`;

const docks = css`
  .dock { flex: none; padding: 0 var(--iv-s5) max(var(--iv-s5), env(safe-area-inset-bottom)); display: grid; gap: var(--iv-s3); position: relative; background: var(--iv-surface); }
  .dock::before { content: ""; position: absolute; inset-block: 0 48px; inset-inline-end: 35px; inline-size: 2px; background: var(--line, none); pointer-events: none; }
  .dock[data-look="bot"] { --line: repeating-linear-gradient(var(--iv-bot-solid) 0 3px, transparent 3px 7px); } .dock[data-look="wait"] { --line: repeating-linear-gradient(var(--iv-wait-solid) 0 8px, transparent 8px 14px); }
  .dock[data-look="you"] { --line: var(--iv-you-solid); } .dock[data-look="other"] { --line: var(--iv-other-solid); }
  .dock > * { position: relative; }
  .dock-tabs { display: flex; align-items: center; gap: var(--iv-s4); min-block-size: 32px; padding-inline-end: 48px; }
  .dock[data-state="you"] .dock-tabs { padding-inline-end: 0; }
  .seg { display: inline-flex; padding: 2px; border-radius: var(--iv-r2); background: var(--iv-sunken); flex: none; }
  .seg button { padding: 2px var(--iv-s4); border-radius: var(--iv-r1); font: 500 .75rem/1.25rem var(--iv-font); color: var(--iv-text-2); min-block-size: max(24px, calc(var(--iv-hit) - 8px)); display: inline-flex; gap: 5px; align-items: center; }
  .seg [aria-selected="true"] { background: var(--iv-surface); color: var(--iv-text); box-shadow: var(--iv-shadow-1), 0 0 0 1px var(--iv-line); }
  .held { flex: 1; min-inline-size: 0; } .held b { font-weight: 600; } .held span { color: var(--iv-text-3); }
  .frame { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: var(--iv-s4); align-items: center; min-block-size: 88px; padding: var(--iv-s4); border: 1px dashed var(--iv-edge); border-radius: var(--iv-r3); background: var(--iv-bg); }
  .frame h2 { font: 600 .875rem/1.25rem var(--iv-font); font-variant-numeric: tabular-nums; overflow-wrap: anywhere; } .frame p { font: var(--iv-t13); color: var(--iv-text-2); }
  .take { display: inline-flex; align-items: center; justify-content: center; gap: var(--iv-s3); min-block-size: 48px; padding-inline: var(--iv-s5) var(--iv-s4); border-radius: var(--iv-r3); background: var(--iv-you-solid); color: var(--iv-you-on); font: 600 1rem/1.5rem var(--iv-font); transition: background var(--iv-fast); }
  .take:hover { background: var(--iv-you-hover); } .take:active { background: var(--iv-you-press); }
  .take[aria-disabled="true"] { background: var(--iv-sunken); color: var(--iv-text-2); cursor: default; }
  .take kbd { background: none; color: inherit; box-shadow: inset 0 0 0 1px currentColor; } .take .keys { margin-inline-start: var(--iv-s2); }
  .dock .compose { animation: opens var(--iv-move) var(--iv-ease); }
  @keyframes opens { from { border-color: transparent; } }
  .dock .banner, .told { border-radius: var(--iv-r3); }
  .dock .banner b { font-weight: 600; }
  .told { display: flex; gap: var(--iv-s3); align-items: flex-start; padding: var(--iv-s3) var(--iv-s4); margin-inline-end: 48px; background: var(--iv-sunken); color: var(--iv-text-2); }
  .told > .i { margin-block-start: 2px; color: var(--iv-text-3); } .told b { color: var(--iv-text); font-weight: 600; } .told .btn { margin-block: -3px; }
  .held, .told, .banner { overflow-wrap: anywhere; }
`;

const ways = css`
  .entry { min-block-size: 100dvh; display: grid; place-items: center; padding: var(--iv-s5); background: var(--iv-bg); }
  .card { inline-size: min(400px, 100%); display: grid; gap: var(--iv-s5); padding: var(--iv-s8); border-radius: var(--iv-r4); background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-1); }
  .card h1 { font: var(--iv-t24); }
  .card form { display: grid; gap: var(--iv-s5); }
  .card .btn { min-block-size: 44px; font-size: .875rem; }
  .lead { color: var(--iv-text-2); font: var(--iv-t14); }
  .field > span, legend { display: block; font: 500 .8125rem/1.25rem var(--iv-font); margin-block-end: var(--iv-s2); padding: 0; }
  .input { inline-size: 100%; min-block-size: 44px; padding: 7px var(--iv-s4); border: 1px solid var(--iv-edge); border-radius: var(--iv-r2); background: var(--iv-surface); font: var(--iv-t15); }
  fieldset { border: 0; margin: 0; padding: 0; min-inline-size: 0; }
  .choice { display: flex; gap: var(--iv-s4); align-items: flex-start; padding-block: var(--iv-s3); min-block-size: 44px; font: var(--iv-t14); }
  .choice small { display: block; font: var(--iv-t12); color: var(--iv-text-3); }
  .choice input { inline-size: 18px; block-size: 18px; margin-block-start: 1px; accent-color: var(--iv-you-solid); flex: none; }
  .people { display: grid; gap: 1px; margin-inline: calc(-1 * var(--iv-s4)); }
  .person { display: flex; align-items: center; gap: var(--iv-s4); inline-size: 100%; min-block-size: 56px; padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r2); text-align: start; font: var(--iv-t14); overflow-wrap: anywhere; }
  .person:hover { background: var(--iv-sunken); }
  .person b { font-weight: 600; } .person .role { color: var(--iv-text-2); margin-inline-start: var(--iv-s2); }
  .person small { display: block; font: var(--iv-t12); color: var(--iv-text-3); }
  .fine { font: var(--iv-t12); color: var(--iv-text-3); } .fine code { font-family: var(--iv-mono); white-space: nowrap; color: var(--iv-text-2); margin-inline-end: var(--iv-s2); }
  summary { min-block-size: var(--iv-hit); display: list-item; align-content: center; font: var(--iv-t14); color: var(--iv-you-ink); cursor: pointer; border-radius: var(--iv-r1); }
  details[open] > summary { margin-block-end: var(--iv-s4); }
  .problem { color: var(--iv-bad-ink); }
  pre { margin: 0; padding: var(--iv-s4); border-radius: var(--iv-r2); background: var(--iv-sunken); font: .75rem/1.25rem var(--iv-mono); white-space: pre-wrap; overflow-wrap: anywhere; }
  dialog { border: 0; padding: var(--iv-s7); border-radius: var(--iv-r4); inline-size: min(400px, calc(100vw - 32px)); background: var(--iv-surface); color: inherit; box-shadow: var(--iv-shadow-3); }
  dialog::backdrop { background: var(--iv-scrim); }
  dialog h2 { font: var(--iv-t16); margin-block-end: var(--iv-s4); }
  .help dl { display: grid; gap: var(--iv-s3); margin-block-end: var(--iv-s6); } .help dl > div { display: grid; grid-template-columns: 96px 1fr; align-items: center; }
`;

const narrow = css`
  @media (max-width: 1199px) { .shell { --iv-list: 304px; } }
  @media (max-width: 719px) {
    :host { --iv-hit: 44px; }
    .shell { grid-template-columns: minmax(0, 1fr); }
    .rail { display: none; }
    .shell[data-pane="thread"] > .list, .shell[data-pane="list"] > .pane { display: none; }
    .only-s { display: grid; } .not-s { display: none; }
    .list { border: 0; }
    .rowc { block-size: max(84px, 5.25rem); }
    .bar { padding-inline: var(--iv-s2); gap: var(--iv-s2); flex-wrap: wrap; }
    .bar > .grow { flex: 1 1 8rem; } .bar > .holder { margin-inline-start: auto; }
    .watch > .mark, .watch > .i, .watch > .num { display: none; }
    .log.desk .item { padding-inline: var(--iv-s4) 44px; }
    .desk .item::before, .desk .item.handover::after { inset-inline-end: 19px; }
    .desk .msg { max-inline-size: 92%; } .desk .msg > .mark { --s: 20px; inset-inline-end: -34px; }
    .desk .turn { margin-inline-end: -34px; } .desk .turn::after { display: none; }
    .dock { padding-inline: var(--iv-s4); padding-block-end: max(var(--iv-s4), env(safe-area-inset-bottom)); }
    .dock::before { inset-inline-end: 19px; inset-block-end: auto; block-size: 40px; }
    .dock-tabs { flex-wrap: wrap; padding-inline-end: 32px; }
    .dock-tabs .held { order: 3; flex: 1 0 100%; }
    .dock-tabs .btn { margin-inline-start: auto; }
    .told { margin-inline-end: 0; flex-wrap: wrap; } .dock .banner { flex-wrap: wrap; gap: var(--iv-s3); } .dock .banner p { flex: 1 0 calc(100% - 40px); } .dock .banner .btn { margin-inline-start: auto; }
    .frame { grid-template-columns: auto minmax(0, 1fr); } .frame .take, .frame .btn { grid-column: 1 / -1; }
    .keys { display: none; } .help .keys { display: inline-flex; }
    .menu { inline-size: min(288px, calc(100vw - 16px)); }
    .compose textarea { font-size: 1rem; }
  }
  @media (forced-colors: active) {
    .btn, .take, .seg [aria-selected="true"], .menu, .holder, .card, .told, .frame, .rowc.cur { border: 1px solid CanvasText; }
    .rowc .dot, .presence.here i { background: CanvasText; forced-color-adjust: none; }
    .dock::before { forced-color-adjust: none; }
    .take { border-color: Highlight; } .take[aria-disabled="true"] { border-color: GrayText; color: GrayText; }
    .logo path { stroke: CanvasText; } .logo circle { fill: Highlight; }
  }
`;

export const deskStyles = [controls, panes, docks, ways, narrow];
