/** The desk's own looks: panes, the list, the dock, menus, the way in. Values are tokens; sides are logical. */

import { base, composerStyles, deskBase, deskThreadStyles, threadStyles, tokens } from "@intervene/ui";
import { css } from "lit";
import { listStyles, statusColours } from "./views/list-styles.ts";

/** What places use too. */
export const controls = css`
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
  @media (pointer: coarse), (max-width: 719px) { .btn.small { --iv-hit: 44px; } }
  .btn[aria-disabled="true"] { color: var(--iv-text-3); background: var(--iv-sunken); box-shadow: none; cursor: default; }
  .keys { display: inline-flex; gap: 2px; } .keys:dir(rtl) { flex-direction: row-reverse; justify-content: flex-end; }
  :is(dd, small)[dir="auto"] { text-align: -webkit-match-parent; text-align: match-parent; }
  kbd { font: 500 .6875rem/1 var(--iv-font); min-inline-size: 18px; block-size: 18px; padding-inline: 4px; display: inline-grid; place-items: center; border-radius: var(--iv-r1); background: var(--iv-sunken); color: var(--iv-text-2); box-shadow: inset 0 0 0 1px var(--iv-line); }
  .logo path { stroke: var(--iv-text); } .logo circle { fill: var(--iv-you-solid); }
  .seen { --d: 10px; display: inline-block; flex: none; inline-size: var(--d); block-size: var(--d); border-radius: 50%; border: 2px solid var(--iv-text-3); background: var(--iv-surface); }
  .mi > .i > .seen { display: block; margin: 3px; } .mi > span.i { inline-size: 16px; }
  .seen.available { border-color: var(--iv-good-solid); background: var(--iv-good-solid); }
  .seen.busy { border-color: var(--iv-wait-solid); background: linear-gradient(var(--iv-surface), var(--iv-surface)) center / 100% 2px no-repeat var(--iv-wait-solid); }
  .nothing { margin: auto; padding: var(--iv-s8); max-inline-size: 360px; text-align: center; display: grid; gap: var(--iv-s3); justify-items: center; color: var(--iv-text-2); }
  .nothing h2 { font: var(--iv-t16); color: var(--iv-text); }
  .nothing .btn { margin-block-start: var(--iv-s4); }
  .menu-of { position: relative; flex: none; }
  .menu { position: absolute; z-index: 6; inset-block-start: calc(100% + 4px); inset-inline-end: 0; inline-size: 288px; max-inline-size: calc(100vw - 16px); padding: var(--iv-s2); border-radius: var(--iv-r3); background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-2); font: var(--iv-t13); animation: enter var(--iv-enter) var(--iv-ease); }
  .mi { display: flex; align-items: center; gap: var(--iv-s3); inline-size: 100%; min-block-size: max(40px, var(--iv-hit)); padding: 4px var(--iv-s3); border-radius: var(--iv-r2); text-align: start; }
  .mi > .i { color: var(--iv-text-2); }
  .mi.grave, .mi.grave > .i { color: var(--iv-bad-ink); }
  .mi:hover, .mi:focus-visible { background: var(--iv-sunken); }
  .mi[aria-disabled="true"] { color: var(--iv-text-3); background: none; cursor: default; }
  .mi small { display: block; font: var(--iv-t12); color: var(--iv-text-3); }
  .menu [role="separator"] { block-size: 1px; margin: var(--iv-s2) var(--iv-s3); background: var(--iv-line); }
  @keyframes enter { from { opacity: 0; translate: 0 4px; } }
`;

const panes = css`
  .vh:is([role="status"], [role="alert"]) { inset-block-start: 0; }
  .shell { display: grid; grid-template-columns: var(--iv-rail) var(--iv-list) minmax(320px, 1fr); block-size: 100vh; block-size: 100dvh; overflow: hidden; background: var(--iv-bg); }
  .rail { display: flex; flex-direction: column; align-items: center; gap: var(--iv-s2); padding-block: var(--iv-s4); border-inline-end: 1px solid var(--iv-line); min-block-size: 0; }
  .rail .logo { margin-block-end: var(--iv-s4); }
  .rail a { inline-size: 40px; block-size: 40px; display: grid; place-items: center; border-radius: var(--iv-r3); color: var(--iv-text-3); }
  .rail a:hover { color: var(--iv-text); background: var(--iv-sunken); }
  .rail a[aria-current] { color: var(--iv-text); background: var(--iv-pressed); }
  .rail .end { margin-block-start: auto; }
  .rail .menu { inset-block: auto 0; inset-inline: calc(100% + 8px) auto; }
  .me { --iv-hit: 40px; border-radius: 50%; position: relative; } .me .seen { position: absolute; inset-block-end: 3px; inset-inline-end: 3px; outline: 2px solid var(--iv-bg); }

  .pane { display: flex; flex-direction: column; min-inline-size: 0; min-block-size: 0; overflow: hidden auto; background: var(--iv-surface); position: relative; }
  .bar { display: flex; align-items: center; gap: var(--iv-s3); min-block-size: 56px; padding-inline: var(--iv-s7) var(--iv-s4); border-block-end: 1px solid var(--iv-line); flex: none; }
  .bar h1 { font: var(--iv-t16); }
  .bar .sub { font: var(--iv-t12); color: var(--iv-text-3); display: flex; gap: 6px; align-items: center; min-inline-size: 0; white-space: nowrap; overflow: hidden; }
  .status { display: inline-flex; align-items: center; gap: 4px; min-inline-size: 0; color: var(--iv-text-2); }
  .presence { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; }
  .presence i { display: inline-block; inline-size: 7px; block-size: 7px; margin-inline-end: 5px; border-radius: 50%; border: 1.5px solid var(--iv-text-3); vertical-align: 1px; } .presence.here i { background: var(--iv-good-solid); border-color: var(--iv-good-solid); }
  .holder { display: inline-flex; align-items: center; gap: 6px; block-size: 28px; padding-inline: 5px 10px; border-radius: var(--iv-r2); font: 500 .75rem/1rem var(--iv-font); white-space: nowrap; min-inline-size: 0; max-inline-size: 45%; }
  .holder.bot { background: var(--iv-bot-tint); color: var(--iv-bot-ink); } .holder.you { background: var(--iv-you-tint); color: var(--iv-you-ink); }
  .holder.wait { background: var(--iv-wait-tint); color: var(--iv-wait-ink); } .holder.other { background: var(--iv-other-tint); color: var(--iv-other-ink); }
  .holder.closed { background: var(--iv-sunken); color: var(--iv-text-2); }
  .watch { display: inline-flex; align-items: center; gap: 4px; font: var(--iv-t12); color: var(--iv-text-3); position: relative; }
  .shell > .scrim { display: none; position: fixed; inset: 0; background: var(--iv-scrim); z-index: 7; }
  .context { border-inline-start: 1px solid var(--iv-line); background: var(--iv-bg); overflow: hidden auto; min-block-size: 0; scrollbar-width: thin; }
  .place { grid-column: 2 / -1; min-inline-size: 0; min-block-size: 0; overflow: hidden; display: grid; background: var(--iv-surface); }
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
  .signin { min-block-size: 100dvh; display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); background: var(--iv-surface); }
  .way { align-self: center; justify-self: center; inline-size: min(344px, calc(100% - 48px)); display: grid; gap: var(--iv-s5); padding-block: var(--iv-s8); overflow-wrap: anywhere; }
  .way h1 { font: var(--iv-t24); } .brand { display: flex; align-items: center; gap: 10px; font: var(--iv-t16); } .brand b { font-weight: 600; }
  .way form { display: grid; gap: var(--iv-s5); } .way details form { padding-block-start: var(--iv-s3); }
  .way .btn { min-block-size: 44px; font-size: .875rem; }
  .notice { display: flex; gap: var(--iv-s3); padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r3); background: var(--iv-wait-tint); font: var(--iv-t13); } .notice .i { margin-block-start: 2px; color: var(--iv-wait-ink); }
  .signin > figure { display: grid; place-items: center; background: var(--iv-bg); border-inline-start: 1px solid var(--iv-line); overflow: hidden; } .signin > figure:dir(rtl) svg { transform: scaleX(-1); }
  figure .b { stroke: var(--iv-bot-solid); } figure .y { stroke: var(--iv-you-solid); } figure .l { stroke: var(--iv-line); } figure .be { stroke: var(--iv-bot-on); }
  figure .c { fill: var(--iv-pressed); } figure .bt { fill: var(--iv-bot-line); } figure .bs { fill: var(--iv-bot-solid); } figure .yt { fill: var(--iv-you-line); } figure .ys { fill: var(--iv-you-solid); } figure .p { fill: var(--iv-bg); }
  .lead { color: var(--iv-text-2); font: var(--iv-t14); }
  .people { display: grid; gap: 1px; margin-inline: calc(-1 * var(--iv-s4)); }
  .person { display: flex; align-items: center; gap: var(--iv-s4); inline-size: 100%; min-block-size: 56px; padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r2); text-align: start; font: var(--iv-t14); overflow-wrap: anywhere; }
  .person:hover { background: var(--iv-sunken); }
  .person b { font-weight: 600; } .person .role { color: var(--iv-text-2); margin-inline-start: var(--iv-s2); }
  .person small { display: block; font: var(--iv-t12); color: var(--iv-text-3); }
  .fine { font: var(--iv-t12); color: var(--iv-text-3); } .fine code { font-family: var(--iv-mono); white-space: nowrap; color: var(--iv-text-2); margin-inline-end: var(--iv-s2); }
  summary { min-block-size: var(--iv-hit); display: list-item; align-content: center; font: var(--iv-t14); color: var(--iv-you-ink); cursor: pointer; border-radius: var(--iv-r1); }
  details[open] > summary { margin-block-end: var(--iv-s4); }
  pre { margin: 0; padding: var(--iv-s4); border-radius: var(--iv-r2); background: var(--iv-sunken); font: .75rem/1.25rem var(--iv-mono); white-space: pre-wrap; overflow-wrap: anywhere; }
  .help dl { display: grid; gap: var(--iv-s3); margin-block-end: var(--iv-s6); } .help dl > div { display: grid; grid-template-columns: 96px 1fr; align-items: center; }
`;

/** Fields and dialogs, which places use too. */
export const forms = css`
  .field :is(label, .label), .field > span:first-child, legend { display: block; font: 500 .8125rem/1.25rem var(--iv-font); margin-block-end: var(--iv-s2); padding: 0; }
  .field small { display: block; font: var(--iv-t12); color: var(--iv-text-3); margin-block-start: var(--iv-s2); }
  .input { inline-size: 100%; min-block-size: 44px; padding: 7px var(--iv-s4); border: 1px solid var(--iv-edge); border-radius: var(--iv-r2); background: var(--iv-surface); font: var(--iv-t15); }
  .input[aria-invalid] { border-color: var(--iv-bad-solid); } .input[readonly] { background: var(--iv-sunken); }
  .secret { position: relative; display: block; } .secret .input { padding-inline-end: 44px; } .secret .icon { position: absolute; inset-block: 0; inset-inline-end: 0; block-size: 100%; inline-size: 44px; }
  .secret .icon[aria-pressed="true"] { color: var(--iv-you-ink); }
  fieldset { border: 0; margin: 0; padding: 0; min-inline-size: 0; }
  .choice { display: flex; gap: var(--iv-s4); align-items: flex-start; padding-block: var(--iv-s3); min-block-size: 44px; font: var(--iv-t14); }
  .choice small { display: block; font: var(--iv-t12); color: var(--iv-text-3); }
  .choice input { inline-size: 18px; block-size: 18px; margin-block-start: 1px; accent-color: var(--iv-you-solid); flex: none; }
  .problem { color: var(--iv-bad-ink); display: flex; gap: var(--iv-s2); align-items: flex-start; overflow-wrap: anywhere; } .field .problem { font: var(--iv-t12); margin-block-start: var(--iv-s2); }
  dialog { border: 0; padding: var(--iv-s7); border-radius: var(--iv-r4); inline-size: min(400px, calc(100vw - 32px)); background: var(--iv-surface); color: inherit; box-shadow: var(--iv-shadow-3); }
  dialog::backdrop { background: var(--iv-scrim); }
  dialog h2 { font: var(--iv-t16); margin-block-end: var(--iv-s4); }
`;

const narrow = css`
  @media (min-width: 1200px) { .shell[data-context="open"] { grid-template-columns: var(--iv-rail) var(--iv-list) minmax(320px, 1fr) var(--iv-context); } }
  @media (max-width: 1199px) {
    .shell { --iv-list: 304px; }
    .shell > .scrim { display: block; }
    .context { position: fixed; inset-block: 0; inset-inline-end: 0; inline-size: min(var(--iv-context), 100vw); z-index: 8; box-shadow: var(--iv-shadow-3); animation: slide var(--iv-move) var(--iv-ease); }
    @keyframes slide { from { opacity: 0; } }
  }
  @media (max-width: 719px) {
    :host { --iv-hit: 44px; }
    .shell { grid-template: minmax(0, 1fr) auto / minmax(0, 1fr); }
    .shell > :not(.rail) { grid-area: 1 / 1; }
    .rail { grid-row: 2; flex-direction: row; justify-content: space-around; gap: 0; padding-block: 0 env(safe-area-inset-bottom); border-inline-end: 0; border-block-start: 1px solid var(--iv-line); background: var(--iv-surface); }
    .rail > .logo, .rail > .end, .shell[data-pane="thread"] > .rail { display: none; }
    .rail a { inline-size: auto; flex: 1; min-inline-size: 64px; block-size: 56px; align-content: center; gap: 2px; border-radius: 0; font: var(--iv-t11); text-decoration: none; } .rail a[aria-current] { background: none; } .rail a[aria-current] .i { color: var(--iv-you-ink); }
    .shell[data-pane="thread"] > .list, .shell[data-pane="list"] > .pane { display: none; }
    .context { inline-size: 100vw; border: 0; }
    .signin { grid-template-columns: minmax(0, 1fr); } .signin > figure { display: none; }
    .only-s { display: grid; } .not-s { display: none; }
    .bar { padding-inline: var(--iv-s2); gap: var(--iv-s2); flex-wrap: wrap; }
    .bar > .grow { flex: 1 1 5rem; } .bar > .holder { margin-inline-start: auto; max-inline-size: 34%; }
    .bar .status { flex: 0 1 auto; } .bar .status + .presence { flex: none; } .bar .status + .presence > span { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
    .watch > .mark, .watch > .i, .watch > .num { display: none; }
    .log.desk .item { padding-inline: var(--iv-s4) 44px; }
    .desk .item::before, .desk .item.handover::after { inset-inline-end: 19px; }
    .desk .msg { max-inline-size: 92%; } .desk .msg > .mark { --s: 20px; inset-inline-end: -34px; }
    .desk .turn { margin-inline-end: -34px; } .desk .turn::after { display: none; }
    .dock { padding-inline: var(--iv-s4); padding-block-end: max(var(--iv-s4), env(safe-area-inset-bottom)); }
    .dock::before { inset-inline-end: 19px; inset-block-end: auto; block-size: 40px; }
    .dock-tabs { flex-wrap: wrap; padding-inline-end: 32px; }
    .dock-tabs .held { order: 3; flex: 1 0 100%; }
    .dock[data-state="you"] .held { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
    .dock-tabs .btn { margin-inline-start: auto; }
    .handoff { margin-inline-end: 0; } .told { margin-inline-end: 0; flex-wrap: wrap; } .dock .banner { flex-wrap: wrap; gap: var(--iv-s3); } .dock .banner p { flex: 1 0 calc(100% - 40px); } .dock .banner .btn { margin-inline-start: auto; }
    .frame { grid-template-columns: auto minmax(0, 1fr); } .frame .take, .frame .btn { grid-column: 1 / -1; }
    .keys { display: none; } .help .keys { display: inline-flex; }
    .menu { inline-size: min(288px, calc(100vw - 16px)); } .completions { inline-size: 100%; }
    .bar .menu { position: fixed; inset: auto 8px max(8px, env(safe-area-inset-bottom)); inline-size: auto; max-inline-size: none; max-block-size: 80dvh; overflow: hidden auto; }
    .compose textarea, .input { font-size: 1rem; }
  }
  @media (max-width: 719px) and (max-height: 599px) { .told, .handoff { display: none; } }
  @media (forced-colors: active) {
    .btn, .take, .seg [aria-selected="true"], .menu, .holder, .notice, .told, .frame, .rowc.cur { border: 1px solid CanvasText; }
    .rowc .dot, .presence.here i, .seen.available { background: CanvasText; forced-color-adjust: none; }
    .dock::before { forced-color-adjust: none; }
    .take { border-color: Highlight; } .take[aria-disabled="true"] { border-color: GrayText; color: GrayText; }
    .logo path { stroke: CanvasText; } .logo circle { fill: Highlight; }
  }
`;

const corners = css`
  .corner { position: fixed; z-index: 9; inset-block-end: max(16px, env(safe-area-inset-bottom)); inset-inline-start: calc(var(--iv-rail) + 12px); inline-size: 280px; display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--iv-s3); padding: var(--iv-s4); border-radius: var(--iv-r3); background: var(--iv-surface); box-shadow: 0 0 0 1px var(--iv-line), var(--iv-shadow-3); overflow-wrap: anywhere; animation: enter var(--iv-enter) var(--iv-ease); }
  .corner > .i { margin-block-start: 2px; color: var(--iv-text-2); } .corner p { color: var(--iv-text-2); } .corner b { display: block; font-weight: 600; color: var(--iv-text); }
  .corner .acts { grid-column: 2; display: flex; flex-wrap: wrap; gap: var(--iv-s3); margin-inline-start: calc(-1 * var(--iv-s2)); }
  @media (max-width: 719px) { .corner { inset-inline: 16px; inset-block: calc(64px + env(safe-area-inset-top)) auto; inline-size: auto; } .corner .btn { --iv-hit: 44px; } }
  .toast + .corner { inset-block-end: 96px; }
  @media (forced-colors: active) { .corner { border: 1px solid CanvasText; } }
`;

const asks = css`
  .choose { padding: var(--iv-s5); margin-block-start: min(14dvh, 120px); inline-size: min(440px, calc(100vw - 32px)); max-block-size: min(560px, 80dvh); overflow: visible; }
  .choose[open] { display: grid; gap: var(--iv-s4); }
  .choose h2 { margin: 0; } .choose > p { color: var(--iv-text-2); }
  .choose ul { max-block-size: min(320px, 44dvh); overflow: hidden auto; scrollbar-width: thin; margin-inline: calc(-1 * var(--iv-s2)); padding: 0; }
  .choose .mi { cursor: pointer; overflow-wrap: anywhere; }
  .choose .mi > .i { inline-size: 16px; flex: none; } .choose .mi > .label { inline-size: 16px; flex: none; }
  .choose [data-at] { background: var(--iv-sunken); box-shadow: inset 3px 0 0 var(--iv-focus); } .choose [data-at]:dir(rtl) { box-shadow: inset -3px 0 0 var(--iv-focus); }
  .choose .now { font: var(--iv-t12); color: var(--iv-text-3); flex: none; }
  .choose .acts { display: flex; justify-content: flex-end; gap: var(--iv-s3); }
  .hit { background: none; color: var(--iv-you-ink); font-weight: 600; }
  @media (max-width: 719px) { .choose { inset-block: auto 0; margin-block: auto 0; inline-size: 100%; max-inline-size: 100%; border-end-start-radius: 0; border-end-end-radius: 0; padding-block-end: max(var(--iv-s5), env(safe-area-inset-bottom)); } }
  @media (forced-colors: active) { .choose [data-at] { outline: 2px solid Highlight; outline-offset: -2px; } }
`;

const writes = css`
  .compose-of { position: relative; }
  .completions { inset-block: auto calc(100% + 6px); inset-inline: 0 auto; inline-size: min(440px, 100%); }
  .completions h3 { font: var(--iv-t11); color: var(--iv-text-3); padding: var(--iv-s3) var(--iv-s3) var(--iv-s2); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .completions ul { margin: 0; padding: 0; max-block-size: min(264px, 40dvh); overflow: hidden auto; scrollbar-width: thin; }
  .completions .mi { cursor: pointer; } .completions .mi > .grow { min-inline-size: 0; } .completions .mi bdi { overflow-wrap: anywhere; } .completions [data-at] { background: var(--iv-sunken); }
  .compose .begin { font: 600 .875rem/1 var(--iv-mono); color: var(--iv-text-2); margin-inline-end: auto; }
  .item > .menu-of { position: absolute; inset-block-start: 2px; inset-inline-end: 2px; opacity: 0; } .item:hover > .menu-of, .item > .menu-of:focus-within { opacity: 1; }
  .item > .menu-of > .icon { --iv-hit: 24px; } .item > .menu-of:has([aria-expanded="true"]) { opacity: 1; }
  @media (pointer: coarse), (max-width: 719px) { .item > .menu-of { inset: auto auto 4px 4px; opacity: 1; } .item > .menu-of > .icon { --iv-hit: 44px; } .item > .menu-of:dir(rtl) { inset: auto 4px 4px auto; } }
  .mention { font-weight: 600; color: var(--iv-note-ink); }
  .handoff { margin-inline-end: 48px; padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r3); background: var(--iv-sunken); font: var(--iv-t13); overflow-wrap: anywhere; }
  .handoff summary { min-block-size: max(24px, var(--iv-hit)); margin-block: min(0px, (24px - var(--iv-hit)) / 2); font: 500 .75rem/1rem var(--iv-font); color: var(--iv-text-2); } .handoff[open] > summary { margin-block-end: calc(var(--iv-s2) + min(0px, (24px - var(--iv-hit)) / 2)); }
  .handoff dl { display: grid; grid-template-columns: minmax(72px, max-content) minmax(0, 1fr); gap: 2px var(--iv-s4); max-block-size: 25dvh; overflow: auto; } .handoff dt { color: var(--iv-text-2); } .handoff dd b { font-weight: 600; }
  .toast { position: fixed; z-index: 20; inset-block-end: var(--iv-s5); inset-inline-start: calc(var(--iv-rail) + 12px); display: flex; align-items: center; gap: var(--iv-s3); max-inline-size: min(420px, calc(100vw - 32px)); padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r3); background: var(--iv-note-tint); box-shadow: 0 0 0 1px var(--iv-note-line), var(--iv-shadow-2); overflow-wrap: anywhere; } .toast > .i { color: var(--iv-note-ink); flex: none; }
  @media (max-width: 719px) { .toast { inset-inline: 16px; inset-block: calc(64px + env(safe-area-inset-top)) auto; max-inline-size: none; } .toast .btn { --iv-hit: 44px; } }
  @media (forced-colors: active) { .completions [data-at] { outline: 2px solid Highlight; outline-offset: -2px; } .handoff, .toast { border: 1px solid CanvasText; } }
`;

export const deskStyles = [
  tokens,
  base,
  deskBase,
  threadStyles,
  deskThreadStyles,
  composerStyles,
  controls,
  panes,
  docks,
  asks,
  writes,
  corners,
  ways,
  forms,
  narrow,
  statusColours,
  listStyles,
];
