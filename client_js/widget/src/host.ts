/**
 * The border to the host page: what of its rules and tokens gets through, and what does not.
 *
 * Tokens are set on an element inside the shadow root, where no rule of the page reaches; of the page's custom properties
 * three are read, checked and passed on. `rem` is the page's and not ours: sizes are of the reader's own text size.
 */

import type { CSSResult } from "lit";
import { accentTokens, parse } from "./accent.ts";

/** A sheet of `@intervene/ui` with its tokens on `.root` and its sizes in the reader's text size. */
export function scoped({ cssText }: CSSResult): string {
  return cssText
    .replace(/:host\(((?:[^()]|\([^()]*\))*)\)/g, ".root$1")
    .replaceAll(":host", ".root")
    .replace(/([\d.]+)rem\b/g, "calc(var(--iv-rem) * $1)");
}

/** Constructed sheets: a Content-Security-Policy without `style-src` is enough. */
export function wear(root: ShadowRoot, sheets: readonly string[]): void {
  root.adoptedStyleSheets = sheets.map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
}

/** Puts the element above the page without a contest of `z-index`, where no transform of an ancestor moves it. */
export function toTopLayer(host: HTMLElement): void {
  try {
    if (host.matches(":popover-open")) return;
    host.popover = "manual";
    host.showPopover();
  } catch {
    // a browser before 2024: position and `z-index` have to do
  }
}

/** The reader's text size, of which the sizes of the sheets are multiples: `medium`, whatever the page has made of `rem`. */
export function measureText(root: HTMLElement): void {
  root.style.setProperty("font-size", "medium");
  const { fontSize } = getComputedStyle(root);
  root.style.removeProperty("font-size");
  root.style.setProperty("--iv-rem", fontSize);
}

const ACCENT = [
  "--iv-you-solid",
  "--iv-you-on",
  "--iv-you-hover",
  "--iv-you-press",
  "--iv-you-ink",
  "--iv-you-tint",
  "--iv-you-line",
  "--iv-focus",
];

/** Passes the page's accent and font on to `root`. False: the accent is refused, and ours stays. */
export function applyAccent(host: HTMLElement, root: HTMLElement): boolean {
  for (const token of ACCENT) root.style.removeProperty(token);
  const own = getComputedStyle(root);
  const given = getComputedStyle(host);
  const [solid, on, font] = ["--iv-you-solid", "--iv-you-on", "--iv-font"].map((name) =>
    given.getPropertyValue(name).trim(),
  ) as [string, string, string];
  if (font) root.style.setProperty("--iv-font", font);
  else root.style.removeProperty("--iv-font");
  if (!solid) return true;
  const text = on || own.getPropertyValue("--iv-you-on").trim();
  const tokens = accentTokens(solid, text, {
    solid: computed(root, solid),
    on: computed(root, text),
    surface: computed(root, own.getPropertyValue("--iv-surface").trim()),
  });
  for (const [name, value] of Object.entries(tokens ?? {})) root.style.setProperty(name, value);
  return tokens !== null;
}

/** What the browser makes of a colour: `color-mix` turns every notation into one. */
function computed(root: HTMLElement, colour: string) {
  const probe = document.createElement("i");
  probe.style.color = `color-mix(in srgb, ${colour}, ${colour})`;
  if (!probe.style.color) probe.style.color = colour;
  root.append(probe);
  const found = probe.style.color ? parse(getComputedStyle(probe).color) : null;
  probe.remove();
  return found;
}
