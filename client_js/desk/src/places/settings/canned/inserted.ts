/** Placeholders of canned replies, as they are put into a text. No I/O. */

/** What `core/completing.ts` fills in. */
export const PLACEHOLDERS = ["{contact.name}", "{agent.name}"] as const;

/** The text with a placeholder in the place of what is selected, and where the caret is then. */
export function inserted(
  text: string,
  from: number,
  to: number,
  placeholder: string,
): readonly [text: string, caret: number] {
  return [text.slice(0, from) + placeholder + text.slice(to), from + placeholder.length];
}
