/** Who answers now, for the header and the launcher: in words, always. */

import type { Place, wire } from "@intervene/client";
import { englishWords, type Kind, type MarkKind, type SharedWords, type Speaker } from "@intervene/ui";
import type { Asking, CustomerView } from "./session.ts";

export interface Holder {
  readonly kind: MarkKind;
  /** The name, or a sentence where nobody holds control. */
  readonly title: string;
  /** "Bot", "Person", or what is so instead. It cannot be themed away. */
  readonly badge: string;
  readonly more: string;
}

export function kindOf(party: wire.Party): Kind {
  return party.kind === "bot" ? "bot" : party.kind === "agent" ? "other" : "wait";
}

/** The name of somebody of the business, also of one without. */
export function nameOf({ kind, name = "" }: wire.Party, words: SharedWords): string {
  return name.trim() || words(kind === "bot" ? "bot" : "agent");
}

export function speakerOf(party: wire.Party): Speaker {
  return { kind: kindOf(party), name: nameOf(party, englishWords()), id: "" };
}

/** `place`: in line, where that is shown. */
export function holderOf(view: CustomerView | null, words: SharedWords, place: Place | null = null): Holder {
  const state = view?.state ?? null;
  if (state === null) return { kind: "wait", title: words("chat"), badge: "", more: words("connecting") };
  if (!state.is_open) return { kind: "closed", title: words("closed"), badge: "", more: words("closedMore") };
  const { holder } = state;
  if (holder.kind === "bot") {
    return { kind: "bot", title: nameOf(holder, words), badge: words("bot"), more: words("answersAtOnce") };
  }
  if (holder.kind === "agent") {
    return { kind: "other", title: nameOf(holder, words), badge: words("person"), more: words("isAnswering") };
  }
  return { kind: "wait", title: words("waitingFor"), badge: words("inQueue"), more: lineOf(place, words) };
}

/** "" where nothing is shown. */
function lineOf(place: Place | null, words: SharedWords): string {
  if (place === null) return "";
  if (!place.isOpen) return words("closedNow");
  return place.ahead === 0 ? words("nextInLine") : words("before", { n: place.ahead });
}

/**
 * Whether the button for a person is shown, and how: there is one to ask for while a bot holds control, and before
 * anything is known. A bot that gave up control has asked already, and a move from nobody to nobody is the customer's own
 * asking; after an agent the header says that the conversation waits for a person.
 */
export function askingOf(view: CustomerView | null, asking: Asking): Asking | "hidden" {
  const state = view?.state ?? null;
  if (state?.holder.kind === "agent" || state?.is_open === false) return "hidden";
  if (asking !== "no" || state?.holder.kind !== "nobody") return asking;
  const moves = (view?.events ?? []).flatMap(({ event }) => (event.kind === "control" ? [event] : []));
  const [before, last] = moves.slice(-2);
  return before?.is_open && before.holder.kind !== "agent" && last?.holder.kind === "nobody" ? "asked" : "hidden";
}
