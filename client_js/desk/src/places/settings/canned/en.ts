/** English: what the page of canned replies says. */

export const en = {
  heading: "Canned replies",
  lead: "Texts that agents send again and again. They find one by typing / in the reply box, and see what they send before they send it.",
  create: "New canned reply",
  none: "No canned replies yet",
  noneMeans: "Agents find them by typing / in the reply box.",
  name: "Name",
  nameHint: "Agents find it by any part of its name.",
  text: "Text",
  textHint: "Placeholders are filled in for the agent.",
  insert: "Insert",
  insertContact: "The customer's name",
  insertAgent: "The agent's name",
  preview: "As an agent would send it to Maria",
  removal: "Agents do not find it any more. Messages that were sent with it stay.",
} as const;
