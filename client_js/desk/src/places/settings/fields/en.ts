/** English: what the page of custom fields says. */

export const en = {
  heading: "Fields",
  lead: "What you keep of a conversation beside its messages: a contract, an amount, a date. Agents and bots fill them in.",
  create: "New field",
  none: "No fields yet",
  noneMeans: "Agents and bots fill them in, and see them beside the conversation.",
  name: "Field",
  kind: "Kind",
  choices: "Choices",
  choicesHint: "One on a line.",
  choicesMissing: "Write at least one.",
  choicesTwice: "One of them stands twice.",
  position: "Order",
  text: "Text",
  number: "Number",
  date: "Date",
  checkbox: "Yes or no",
  choice: "One of a list",
  removal: "Nobody can fill it in any more. Conversations keep what it has.",
} as const;
