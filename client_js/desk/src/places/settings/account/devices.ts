/** The browsers on which a person is signed in: what to call them, from what they say of themselves. No I/O. */

export interface Device {
  readonly id: string;
  /** The browser's User-Agent. */
  readonly label: string;
  readonly created_at: number;
  readonly used_at: number;
}

export interface Named {
  readonly browser: string;
  readonly system: string;
}

/** The first that fits: many browsers name others too. */
const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\b/, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
] as const;

const SYSTEMS = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
] as const;

/** "" for what is not known. */
export function nameOf(label: string): Named {
  const first = (of: readonly (readonly [RegExp, string])[]) => of.find(([pattern]) => pattern.test(label))?.[1] ?? "";
  return { browser: first(BROWSERS), system: first(SYSTEMS) };
}
