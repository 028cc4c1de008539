/** The shortcuts. Alt keys go by the physical key, work inside fields, and swallow the character. */

export type Shortcut =
  | "take"
  | "back"
  | "note"
  | "reply"
  | "next"
  | "previous"
  | "waiting"
  | "assign"
  | "status"
  | "queue"
  | "close"
  | "help"
  | "palette"
  | "pane"
  | "context"
  | "mine"
  | "waits"
  | "bots"
  | "all";

const BY_CODE: Readonly<Record<string, Shortcut>> = {
  KeyI: "take",
  KeyB: "back",
  KeyN: "note",
  KeyR: "reply",
  KeyJ: "next",
  KeyK: "previous",
  KeyW: "waiting",
  KeyA: "assign",
  KeyS: "status",
  KeyQ: "queue",
  KeyE: "close",
  KeyC: "context",
  Digit1: "mine",
  Digit2: "waits",
  Digit3: "bots",
  Digit4: "all",
};

/** As the help shows them: the key beside Alt, in the order of use. */
export const SHORTCUTS = [
  ["I", "take"],
  ["B", "back"],
  ["R", "reply"],
  ["N", "note"],
  ["W", "waiting"],
  ["J", "next"],
  ["K", "previous"],
  ["A", "assign"],
  ["S", "status"],
  ["Q", "queue"],
  ["E", "close"],
  ["C", "context"],
] as const satisfies readonly (readonly [key: string, shortcut: Shortcut])[];

/** What of a `KeyboardEvent` counts. */
export interface Pressed {
  readonly code: string;
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly isComposing: boolean;
  getModifierState(name: string): boolean;
}

/** The shortcut that was pressed, or null. `isInField`: what is typed goes into a field. */
export function shortcutOf(pressed: Pressed, isInField: boolean): Shortcut | null {
  const { altKey, ctrlKey, metaKey, shiftKey, isComposing } = pressed;
  if (isComposing) return null;
  const isPalette = ctrlKey !== metaKey && !altKey && !shiftKey && pressed.key.toLowerCase() === "k";
  if (isPalette) return "palette";
  if (ctrlKey || metaKey || pressed.getModifierState("AltGraph")) return null;
  if (altKey) return shiftKey ? null : (BY_CODE[pressed.code] ?? null);
  if (pressed.code === "F6") return "pane";
  return pressed.key === "?" && !isInField ? "help" : null;
}
