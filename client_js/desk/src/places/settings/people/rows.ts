/** The people of an organisation, as the page lists them. No I/O. */

import type { wire } from "@intervene/client";

/** As `GET /v1/people` answers. `disabled`: since when, in milliseconds since 1970; 0 for not. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: wire.Role;
  readonly version: number;
  readonly disabled: number;
}

export interface Invitation {
  readonly person: Person;
  /** "" where it was shown before. */
  readonly link: string;
  readonly expires: number;
}

export const MOST_SHOWN = 200;

export const ROLES = ["agent", "supervisor", "admin"] as const satisfies readonly wire.Role[];

const COLLATOR = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });

/** Those that have all words of `sought` in name or address; disabled ones last. */
export function found(people: readonly Person[], sought: string): readonly Person[] {
  const parts = folded(sought)
    .split(/\s+/)
    .filter((part) => part !== "");
  return people
    .filter(({ name, email }) => parts.every((part) => folded(`${name} ${email}`).includes(part)))
    .sort(
      (one, other) => Number(one.disabled > 0) - Number(other.disabled > 0) || COLLATOR.compare(one.name, other.name),
    );
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** The names of the queues that a person serves: of an agent who was put into none, the default one's. */
export function queuesOf(
  person: Person,
  teams: readonly { readonly name: string; readonly members: readonly string[]; readonly isDefault: boolean }[],
): readonly string[] {
  const own = teams.filter(({ members }) => members.includes(person.id));
  return (own.length > 0 ? own : teams.filter(({ isDefault }) => isDefault)).map(({ name }) => name);
}

/** What one may do to a person: nobody takes their own role, so an admin is always left. */
export function offered(
  person: Person,
  me: string,
): { readonly roles: readonly wire.Role[]; readonly acts: readonly Act[] } {
  if (person.id === me) return { roles: [], acts: [] };
  if (person.disabled > 0) return { roles: [], acts: ["enable"] };
  const acts: readonly Act[] = [...(person.email === "" ? [] : (["resetLink"] as const)), "signOut", "disable"];
  return { roles: ROLES.filter((role) => role !== person.role), acts };
}

export type Act = "resetLink" | "signOut" | "disable" | "enable";
