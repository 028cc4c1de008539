/** What the command palette offers for what was typed: this conversation first, then places, conversations, people. No I/O. */

import type { Offer } from "./actions.ts";
import { type Found, found } from "./finding.ts";
import type { Shortcut } from "./keys.ts";

export interface Entry {
  readonly label: string;
  /** Beside it, at the end; "" for nothing. */
  readonly meaning: string;
  /** A path of `@intervene/ui`'s icons. */
  readonly icon: string;
  readonly shortcut: Shortcut | null;
  readonly act: () => void;
}

export interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
  /** Only for what was typed: without that there would be too many. */
  readonly isFoundOnly?: boolean;
  /** The server has found these: they need not have what was typed in their names. */
  readonly isFound?: boolean;
}

export interface ShownGroup {
  readonly title: string;
  readonly entries: readonly Found<Entry>[];
}

const MOST = 8; // of a group, once something was typed

/** The groups that have something, each with what fits. */
export function shownGroups(groups: readonly Group[], typed: string): readonly ShownGroup[] {
  const isTyped = typed.trim() !== "";
  return groups.flatMap(({ title, entries, isFoundOnly = false, isFound = false }) => {
    if (isFoundOnly && !isTyped) return [];
    const fitting = found(entries, ({ label }) => label, isFound ? "" : typed);
    const shown = isTyped ? fitting.slice(0, MOST) : fitting;
    return shown.length === 0 ? [] : [{ title, entries: shown }];
  });
}

/** What one may do, and each of its choices: those are found by their own names. */
export function entriesOf(offers: readonly Offer[], take: (offer: Offer) => void): readonly Entry[] {
  return offers.map((offer) => ({
    label: offer.action === null ? `${offer.label}…` : offer.label,
    meaning: "",
    icon: offer.icon,
    shortcut: offer.shortcut,
    act: () => take(offer),
  }));
}

export function choicesOf(offers: readonly Offer[], take: (offer: Offer) => void): readonly Entry[] {
  return offers.flatMap((offer) =>
    offer.choices
      .filter(({ isCurrent }) => !isCurrent)
      .map(({ label, action }) => ({
        label: `${offer.label}: ${label}`,
        meaning: "",
        icon: offer.icon,
        shortcut: null,
        act: () => take({ ...offer, action, choices: [] }),
      })),
  );
}
