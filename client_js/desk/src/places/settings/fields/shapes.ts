/** A custom field as its form has it. No I/O. */

import type { FieldRow } from "../../../core/settings.ts";

export type FieldValues = Pick<FieldRow, "name" | "kind" | "choices" | "position">;

export const KINDS = ["text", "number", "date", "checkbox", "choice"] as const;

export function typed(entries: Readonly<Record<string, string>>, values: FieldValues): FieldValues {
  const { name, kind, choices } = entries;
  return {
    ...values,
    name: name ?? values.name,
    kind: KINDS.find((each) => each === kind) ?? values.kind,
    choices: choices === undefined ? values.choices : choices.split("\n"),
  };
}

/** Choices are of a field of that kind alone; without blanks. */
export function toSend(values: FieldValues): FieldValues {
  const choices = values.choices.map((each) => each.trim()).filter((each) => each !== "");
  return { ...values, choices: values.kind === "choice" ? choices : [] };
}

export function choicesProblem(values: FieldValues): "missing" | "twice" | null {
  const { kind, choices } = toSend(values);
  if (kind === "choice" && choices.length === 0) return "missing";
  return new Set(choices).size < choices.length ? "twice" : null;
}
