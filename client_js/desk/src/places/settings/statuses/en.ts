/** English: what the page of statuses says. */

export const en = {
  heading: "Statuses",
  lead: "Your own labels for where a matter stands. They are separate from open and closed. The word is always shown; the colour only helps.",
  create: "New status",
  none: "No statuses yet",
  noneMeans: "Agents and bots choose one for a conversation, and lists show it.",
  name: "Status",
  colour: "Colour",
  position: "Order",
  bot: "Teal",
  wait: "Amber",
  bad: "Red",
  other: "Plum",
  you: "Blue",
  note: "Yellow",
  good: "Green",
  plain: "None",
  removal: "Nobody can choose it any more. Conversations that have it keep it, and go on to show it.",
} as const;
