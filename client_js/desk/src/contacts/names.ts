/** What people, bots and channels are called in what is said of a contact. */

import type { wire } from "@intervene/client";
import type { Me } from "../core/dock.ts";
import { nameOf, type Snapshot } from "../core/settings.ts";
import { contactName, series, times, words } from "../words.ts";
import { said } from "./words.ts";

/** What is needed to name somebody. */
export interface Known {
  readonly me: Me;
  readonly settings: Snapshot;
  /** Names of bots, by their ids. */
  readonly bots: ReadonlyMap<string, string>;
}

type Author = wire.Event["author"] | wire.Nobody;

/** An author or a holder: "You", a name, "The system", "nobody". */
export function who(author: Author, { me }: Pick<Known, "me">): string {
  switch (author.type) {
    case "agent":
      return author.id === me.id ? said("you") : author.name;
    case "bot":
      return author.name;
    case "contact":
      return author.name === "" ? said("aVisitor") : author.name;
    case "nobody":
      return said("nobody");
    default:
      return said("system");
  }
}

/** The same, where it does not begin the sentence. */
export function whom(author: Author, known: Pick<Known, "me">): string {
  return author.type === "agent" && author.id === known.me.id ? said("toYou") : who(author, known);
}

/** Somebody of the staff, by their id: agents are not told the names of all colleagues. */
export function colleague(id: string, { me, settings }: Known): string {
  return id === me.id ? said("you") : nameOf(settings.people, id) || said("colleague");
}

export function channelNamed(id: string, { settings }: Pick<Known, "settings">): string {
  return nameOf(settings.channels, id) || (id === "webchat" ? words("webchat") : id);
}

/** "14:29" today, else the day and the time. */
export function moment(at: number): string {
  const day = times.day(at);
  return times.dayOf(at) === times.dayOf(times.now()) ? times.time(at) : series([day, times.time(at)]);
}

/** "March 2024" */
export function month(at: number): string {
  return new Intl.DateTimeFormat(times.locale, { month: "long", year: "numeric" }).format(at);
}

export function nameOfContact({ id, name }: { readonly id: string; readonly name: string }): string {
  return contactName({ id, name });
}
