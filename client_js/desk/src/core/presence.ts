/** Who of the staff can be reached, as the server says it bit by bit. No I/O. */

import type { wire } from "@intervene/client";

/** By the id of the person. Whoever is not there is offline, or one of more than the server names. */
export type Present = ReadonlyMap<string, wire.Availability>;

export const NOBODY_KNOWN: Present = new Map();

export function seen(before: Present, { people, reset = false }: wire.StaffPresence): Present {
  const after = new Map(reset ? [] : before);
  for (const { person, presence } of people) {
    if (presence === "offline") after.delete(person.id);
    else after.set(person.id, presence);
  }
  return after;
}
