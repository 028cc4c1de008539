/** The host page's accent: whether text on it can be read, and what follows from it. Colours as browsers compute them. */

export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

/** WCAG 2.2, 1.4.3: what text takes; 1.4.11: what marks and controls take. */
export const TEXT = 4.5;
export const MARK = 3;

/** `rgb(…)` or `color(srgb …)`; null: anything else, or one that lets through what is behind it. */
export function parse(computed: string): Colour | null {
  const [, kind, inside = ""] = /^(rgba?|color)\((.+)\)$/.exec(computed.trim()) ?? [];
  const parts = inside.replace(/^srgb /, "").split(/[\s,/]+/);
  const numbers = parts.map(Number);
  if (numbers.length < 3 || numbers.some(Number.isNaN) || (numbers[3] ?? 1) < 1) return null;
  const scale = kind === "color" ? 1 : 255;
  const [red = 0, green = 0, blue = 0] = numbers.map((each) => each / scale);
  return { red, green, blue };
}

/** From 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance({ red, green, blue }: Colour): number {
  const [r, g, b] = [red, green, blue].map((each) => {
    const channel = Math.min(1, Math.max(0, each));
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * The tokens that replace the accent's, or null: refused. `solid` and `on` as the page wrote them, computed beside;
 * `surface` is what links and the focus ring stand on.
 */
export function accentTokens(
  solid: string,
  on: string,
  computed: { readonly solid: Colour | null; readonly on: Colour | null; readonly surface: Colour | null },
): Readonly<Record<string, string>> | null {
  if (!computed.solid || !computed.on || contrast(computed.solid, computed.on) < TEXT) return null;
  const beside = computed.surface ? contrast(computed.solid, computed.surface) : 1;
  const mixed = (share: number, other: string) => `color-mix(in srgb, ${solid} ${share}%, ${other})`;
  return {
    "--iv-you-solid": solid,
    "--iv-you-on": on,
    "--iv-you-hover": solid, // a darker or lighter one might not carry its text
    "--iv-you-ink": beside >= TEXT ? solid : "var(--iv-text)",
    "--iv-focus": beside >= MARK ? solid : "var(--iv-text)",
    "--iv-you-tint": mixed(10, "var(--iv-surface)"),
    "--iv-you-line": mixed(45, "var(--iv-surface)"),
  };
}
