/** Placeholders of canned replies. */

/**
 * The text of a canned reply for the composer, with `{contact.name}` and `{agent.name}` filled in, so that the agent sees
 * what is sent. A name that is not known is empty; whatever else stands in braces stays.
 */
export function fillIn(text: string, names: { readonly contact: string; readonly agent: string }): string {
  return text.replace(/\{(contact|agent)\.name\}/g, (_, who: "contact" | "agent") => names[who]);
}
