/**
 * The design's values: a component never writes a raw colour, size or duration. They are custom properties of `:host`
 * and `:root`, so the one sheet serves a shadow root and a document.
 *
 * Colour says who speaks: `you`, `bot`, `wait`, `other`, `note`, and the outcomes `bad` and `good`. Each has `solid`
 * with `on` (text on it), `ink`, `tint` and `line`. Contrast of all pairs is at least 4.5:1 for text and 3:1 for controls.
 */

import { type CSSResult, unsafeCSS } from "lit";

interface Colours {
  readonly [name: string]: readonly [light: string, dark: string];
}

/** Each colour, light and dark: written once. */
const CHAT_COLOURS: Colours = {
  surface: ["#ffffff", "#15181d"],
  sunken: ["#eff1f5", "#1d2128"],
  pressed: ["#e4e8ee", "#282d36"],
  edge: ["#7f8897", "#737d8c"],
  text: ["#14171c", "#eceef2"],
  "text-2": ["#464e5b", "#b6bdc9"],
  "text-3": ["#5f6875", "#959eac"],
  "you-solid": ["#2d4be0", "#435de6"],
  "you-hover": ["#2440c6", "#4f69ec"],
  "you-on": ["#ffffff", "#ffffff"],
  "you-ink": ["#2742c4", "#a6b5ff"],
  "you-tint": ["#ecf0ff", "#1c2444"],
  "you-line": ["#aebcf7", "#4256ad"],
  "bot-solid": ["#0c7768", "#3dbba5"],
  "bot-on": ["#ffffff", "#04221d"],
  "bot-ink": ["#0a6a5d", "#63d4c0"],
  "bot-tint": ["#e3f4f0", "#102a27"],
  "bot-line": ["#93cfc2", "#2b7467"],
  "wait-solid": ["#b04d08", "#ee9f55"],
  "wait-ink": ["#994208", "#f3b075"],
  "wait-tint": ["#fdf0e2", "#32210f"],
  "other-solid": ["#7d3f8d", "#c58ad6"],
  "other-ink": ["#733983", "#d7a8e4"],
  "other-tint": ["#f5ebf7", "#2b1b31"],
  "bad-solid": ["#bf262d", "#ff8080"],
  "bad-on": ["#ffffff", "#330506"],
  "bad-ink": ["#ad2027", "#ff9d9b"],
  "bad-tint": ["#fdecec", "#381a1b"],
  "bad-line": ["#eeaaac", "#8c3b3d"],
  focus: ["#2d4be0", "#8ea2ff"],
  "shade-2": ["rgb(18 22 30 / .12)", "rgb(0 0 0 / .48)"],
  "shade-3": ["rgb(18 22 30 / .2)", "rgb(0 0 0 / .6)"],
  rim: ["rgb(18 22 30 / .08)", "rgb(255 255 255 / .06)"],
};

/** Of the desk and the pages: notes, what went well, what is behind a menu, and what a chat has no use for. */
const MORE_COLOURS: Colours = {
  inverse: ["#ffffff", "#14171c"],
  "shade-1": ["rgb(18 22 30 / .06)", "rgb(0 0 0 / .4)"],
  bg: ["#f5f6f8", "#0e1013"],
  line: ["#e0e4ea", "#2a2f38"],
  "you-press": ["#1d35a8", "#3d57dc"],
  "wait-on": ["#ffffff", "#2a1502"],
  "wait-line": ["#ecba8b", "#875522"],
  "other-on": ["#ffffff", "#240a2b"],
  "other-line": ["#d0aad9", "#754689"],
  scrim: ["rgb(18 22 30 / .36)", "rgb(0 0 0 / .56)"],
  "note-solid": ["#7a5c00", "#e2c04c"],
  "note-on": ["#ffffff", "#241c00"],
  "note-ink": ["#664e00", "#e9cd6c"],
  "note-tint": ["#fff5cc", "#2a2511"],
  "note-line": ["#e6cd77", "#6b5b1f"],
  "good-solid": ["#1d7a3c", "#58c47a"],
  "good-on": ["#ffffff", "#04230f"],
  "good-ink": ["#1a6b35", "#78d394"],
  "good-tint": ["#e6f5ea", "#13291b"],
  "good-line": ["#a0d3b0", "#2f7446"],
};

const CHAT = `
  --iv-shadow-2: 0 8px 24px var(--iv-shade-2), 0 0 0 1px var(--iv-rim);
  --iv-shadow-3: 0 20px 56px var(--iv-shade-3), 0 0 0 1px var(--iv-rim);
  --iv-font: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  --iv-t11: 500 .6875rem/1rem var(--iv-font);
  --iv-t12: 400 .75rem/1rem var(--iv-font);
  --iv-t13: 400 .8125rem/1.25rem var(--iv-font);
  --iv-t14: 400 .875rem/1.25rem var(--iv-font);
  --iv-t15: 400 .9375rem/1.375rem var(--iv-font);
  --iv-t16: 600 1rem/1.5rem var(--iv-font);
  --iv-s2: 4px; --iv-s3: 8px; --iv-s4: 12px; --iv-s5: 16px;
  --iv-r1: 4px; --iv-r2: 6px; --iv-r3: 10px; --iv-r4: 14px; --iv-r5: 18px; --iv-pill: 999px;
  --iv-hit: 32px;
  --iv-fast: 90ms;
  --iv-enter: 160ms;
  --iv-move: 240ms;
  --iv-ease: cubic-bezier(.2, .8, .2, 1);
  --iv-blink: 1s;`;

const MORE = `
  --iv-mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace;
  --iv-t20: 600 1.25rem/1.75rem var(--iv-font);
  --iv-t24: 600 1.5rem/2rem var(--iv-font);
  --iv-t32: 640 2rem/2.5rem var(--iv-font);
  --iv-t48: 640 3rem/3.25rem var(--iv-font);
  --iv-medium: 500;
  --iv-strong: 600;
  --iv-hit-touch: 44px;
  --iv-rail: 56px;
  --iv-list: 344px;
  --iv-context: 312px;
  --iv-s1: 2px; --iv-s6: 20px; --iv-s7: 24px; --iv-s8: 32px; --iv-s9: 48px; --iv-s10: 64px;
  --iv-shadow-1: 0 1px 2px var(--iv-shade-1);`;

const LIGHT = ':host([data-theme="light"]), :root[data-theme="light"]';
const DARK = ':host([data-theme="dark"]), :root[data-theme="dark"]';

/**
 * The tokens. The system chooses light or dark, unless the element that has the sheet (a host, or the document's root)
 * has the attribute `data-theme="light"` or `"dark"`.
 */
export const tokens: CSSResult = /* @__PURE__ */ sheet([CHAT_COLOURS, MORE_COLOURS], CHAT + MORE);

/** Of these, what a chat needs: every byte of it is loaded by each visitor of a site. */
export const chatTokens: CSSResult = /* @__PURE__ */ sheet([CHAT_COLOURS], CHAT);

function sheet(colours: readonly Colours[], fixed: string): CSSResult {
  const declared = (side: (pair: readonly [string, string]) => string) =>
    colours
      .flatMap(Object.entries<readonly [string, string]>)
      .map(([name, pair]) => `--iv-${name}:${side(pair)};`)
      .join("");
  const light = `:host, :root { color-scheme: light;${declared(([light]) => light)}${fixed} }`;
  const dark = `color-scheme: dark;${declared(([, dark]) => dark)}`;
  return unsafeCSS(`${
    isNew()
      ? `:host, :root { color-scheme: light dark;${declared(([light, dark]) => `light-dark(${light}, ${dark})`)}${fixed} }
${LIGHT} { color-scheme: light; }
${DARK} { color-scheme: dark; }`
      : `${light}
@media (prefers-color-scheme: dark) { :host(:not([data-theme="light"])), :root:not([data-theme="light"]) { ${dark} } }
${DARK} { ${dark} }`
  }
@media (prefers-reduced-motion: reduce) { :host, :root { --iv-fast: 0s; --iv-enter: 0s; --iv-move: 0s; --iv-blink: 0s; } }
@media (pointer: coarse) { :host, :root { --iv-hit: 44px; } }`);
}

/** Browsers of before 2024 get the same values in two blocks. */
function isNew(): boolean {
  return typeof CSS === "undefined" || CSS.supports("color", "light-dark(#000, #fff)");
}
