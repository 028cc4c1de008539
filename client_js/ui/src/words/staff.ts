/** What the thread says to staff beyond `en`: who moved control, and a takeover's receipt. */

export const staff = {
  note: "Note, not shown to the contact",
  nothingMore: "Interrupted. Nothing more was sent",
  someone: "The system",

  tookOver: "{by} took over from {from}",
  pickedUp: "{by} picked up",
  replyIn: "Reply enabled in {duration}",
  handedBack: "{by} handed back to {to}",
  newRun: "A new run: it is told what happened here.",
  told: "It is told: {reason}",
  started: "{to} answers",
  letGo: "{by} let go",
  because: "Why: {reason}",
  assigned: "{by} assigned this to {to}",
  moved: "{by} moved this to {queue}",
  transferred: "{by} moved this to another queue",
  lapsed: "Taken back from {from}, who left it without an answer or is gone",
  nobodyAnswers: "Nobody answers at the moment.",
  askedForPerson: "{by} asked for a person",
  finished: "{from} has finished",
  failed: "{from} could not go on",
  closedBy: "{by} closed the conversation",
  wroteAgain: "{by} wrote again",
  reopenedBy: "{by} reopened the conversation",

  receipt: "What the takeover did",
  fenced: "fenced",
  seenBy: { one: "seen by {n} session", other: "seen by {n} sessions" },
  stopped: "bot stopped",
} as const;
