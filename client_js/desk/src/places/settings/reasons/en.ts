/** English: what the page of reasons says. */

export const en = {
  heading: "Reasons to close",
  lead: "Why a conversation was closed. Queues can ask for one of them at each close.",
  create: "New reason",
  none: "No reasons yet",
  noneMeans: "A queue that asks for a reason needs at least one.",
  name: "Reason",
  position: "Order",
  removal: "Nobody can choose it any more. Conversations that were closed with it keep it.",
  removalNeeded:
    "It is the last one, and these queues need one at each close: {queues}. Without it no person can close there.",
} as const;
