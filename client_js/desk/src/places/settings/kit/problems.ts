/** What a refused request means for a form: which field it is about, and a sentence for people. No I/O. */

import { Answered } from "../../../api.ts";
import { reasonOf } from "../../../words.ts";
import { words } from "../words.ts";

export interface Problem {
  /** Of the whole form; "" where a field has it. */
  readonly form: string;
  /** Sentences, by the name of the field in the request's body. */
  readonly fields: Readonly<Record<string, string>>;
  /** Another change came first: what is shown is out of date. */
  readonly isStale: boolean;
}

export const NO_PROBLEM: Problem = { form: "", fields: {}, isStale: false };

/** How sentences of the server begin that are about one member, and name none. */
const ABOUT = [
  ["The name is empty", "name"],
  ["An origin is not one", "origins"],
  ["There is no such time zone", "zone"],
  ["A date stands twice", "holidays"],
  ["There is no hours", "hours"],
  ["There is no queue", "queue"],
] as const;

/** `fields`: those that the form has. What is about another one is about the whole form. */
export function problemOf(error: unknown, fields: readonly string[]): Problem {
  if (!(error instanceof Answered)) return { ...NO_PROBLEM, form: words("noAnswer") };
  if (error.code === "version_changed") return { ...NO_PROBLEM, form: words("changedMeanwhile"), isStale: true };
  if (error.code === "forbidden" && error.status === 403) return { ...NO_PROBLEM, form: words("mayNot") };
  const [, said, field] =
    /^The (?:body|setting) does not fit: (.*?)(?: - at `\$\.(\w+)[^`]*`)?\.*$/.exec(error.message) ?? [];
  if (field !== undefined && fields.includes(field)) {
    return { ...NO_PROBLEM, fields: { [field]: plain(said ?? error.message) } };
  }
  const [, about] = ABOUT.find(([begins]) => error.message.startsWith(begins)) ?? [];
  if (about !== undefined && fields.includes(about)) {
    return { ...NO_PROBLEM, fields: { [about]: reasonOf(error) } };
  }
  return { ...NO_PROBLEM, form: reasonOf(error) };
}

/** What the server says of a value, without its type. */
function plain(said: string): string {
  const [, bound, count] = /of length (>=|<=) (\d+)/.exec(said) ?? [];
  if (count !== undefined) return words(bound === ">=" ? "tooShort" : "tooLong", { n: Number(count) });
  const [, side, limit] = /(?:`int`|`float`) (>=|<=) (-?[\d.]+)/.exec(said) ?? [];
  if (limit !== undefined) return words(side === ">=" ? "tooSmall" : "tooLarge", { n: Number(limit) });
  return words("wrongForm");
}
