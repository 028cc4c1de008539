/**
 * The border to the host page: its attributes and calls, and what of its rules and tokens gets through.
 *
 * Tokens are set on an element inside the shadow root, where no rule of the page reaches; of the page's custom properties
 * three are read, checked and passed on. `rem` is the page's and not ours: sizes are of the reader's own text size.
 */

import { accentTokens, parseColour } from "@intervene/ui";
import type { CSSResult } from "lit";
import type { Call, UserToken } from "./api.ts";
import type { Said } from "./said.ts";
import type { SessionOptions } from "./session.ts";

/** What the page's attributes say of the session. */
export function optionsOf(host: HTMLElement & { said: Said }, user: UserToken | undefined): SessionOptions {
  return {
    server: host.getAttribute("server") || location.origin,
    channel: host.getAttribute("channel") || "webchat",
    name: host.getAttribute("name") ?? "",
    said: host.said,
    ...(user !== undefined && { user }),
  };
}

/** What the page had asked of the loader before the element was there: given once. */
export function earlyCalls(host: HTMLElement & { calls?: readonly Call[] }): readonly Call[] {
  const { calls = [] } = host;
  delete host.calls;
  return calls;
}

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

/**
 * Dresses `root` anew: sizes are multiples of the reader's text size, which is `medium` whatever the page has made of
 * `rem`, and the page's accent and font are passed on. False: the accent is refused, and ours stays.
 */
export function dress(host: HTMLElement, root: HTMLElement): boolean {
  const { style } = root;
  style.cssText = "font-size: medium";
  const own = getComputedStyle(root);
  const tokenOf = (name: string, of = own) => of.getPropertyValue(name).trim();
  const rem = own.fontSize;
  style.cssText = "";
  style.setProperty("--iv-rem", rem);
  const given = getComputedStyle(host);
  const font = tokenOf("--iv-font", given);
  if (font) style.setProperty("--iv-font", font);
  const solid = tokenOf("--iv-you-solid", given);
  if (!solid) return true;
  const on = tokenOf("--iv-you-on", given) || tokenOf("--iv-you-on");
  const tokens = accentTokens(solid, on, {
    solid: computed(root, solid),
    on: computed(root, on),
    surface: computed(root, tokenOf("--iv-surface")),
  });
  for (const [name, value] of Object.entries(tokens ?? {})) style.setProperty(name, value);
  return tokens !== null;
}

/** What the browser makes of a colour: `color-mix` turns every notation into one. */
function computed(root: HTMLElement, colour: string) {
  const probe = document.createElement("i");
  probe.style.color = `color-mix(in srgb, ${colour}, ${colour})`;
  if (!probe.style.color) probe.style.color = colour;
  root.append(probe);
  const found = probe.style.color ? parseColour(getComputedStyle(probe).color) : null;
  probe.remove();
  return found;
}
