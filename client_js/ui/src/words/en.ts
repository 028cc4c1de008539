/**
 * English, and with it the keys and fields of every catalogue. What contacts read, and what the desk shares with them.
 * Names before roles, verbs before nouns, no exclamation marks, no blame.
 */

export const en = {
  // Who speaks. "Bot" stands beside every bot's name, always.
  bot: "Bot",
  person: "Person",
  nobody: "Nobody",
  inQueue: "Queue",
  you: "You",
  agent: "Agent",
  contact: "Visitor",
  saidBy: "{name}:",

  // The thread
  messages: "Messages",
  isWriting: "{name} is writing",
  stoppedHere: "The bot stopped here",
  edited: "Edited",
  deleted: "This message was deleted",
  newHere: { one: "{n} new message", other: "{n} new messages" },
  toNewest: { one: "{n} new", other: "{n} new" },
  toEnd: "To the newest message",

  // Control changes hands
  joined: "{name} has joined",
  joinedMore: "You are talking with a person now.",
  left: "{name} has left",
  botAnswers: "{name} answers",
  botAnswersMore: "You are talking with a bot now.",
  leftToBot: "{name} has left, {bot} answers again",
  botStopped: "{name} has stopped",
  waitsMore: "A person will answer here. You can close this window; the answer waits here for you.",
  nextInLine: "You are next in line",
  before: { one: "{n} person before you", other: "{n} people before you" },
  closedNow: "Closed now. You keep your place.",
  closed: "This conversation was closed",
  closedMore: "Write again and it goes on.",
  reopened: "This conversation goes on",

  // Sending
  kept: "Kept here, sent once you are back",
  sending: "Sending",
  sent: "Sent",
  read: "Read",
  notSent: "Not sent: {reason}",
  tryAgain: "Try again",
  remove: "Remove",
  edit: "Edit",
  tooOld: "older than a day",
  tooLong: "longer than a message can be",
  tooMany: "too many messages are waiting",
  tooFast: "too many messages in a short time",
  notHere: "not possible in this conversation",
  notVisible: "it has no visible text",
  otherAccount: "written before you signed in again",
  refused: "the server did not take it",

  // Writing
  message: "Message",
  write: "Write a message",
  send: "Send",
  isTooLong: {
    one: "Too long by {n} byte. Shorten it, or send it in parts.",
    other: "Too long by {n} bytes. Shorten it, or send it in parts.",
  },

  // Connection
  connecting: "Connecting",
  offline: "You are offline. What you write is kept here.",
  offlineRetry: "You are offline. Trying again in {duration}.",
  noAnswer: "No answer from the server yet. What you write is kept here.",
  noAnswerRetry: "No answer from the server. Trying again in {duration}.",
  blocked: "Something between you and the server does not let live connections through. What you write is kept here.",
  tryNow: "Try now",
  back: "You are connected again.",
  ended: "This chat has ended. Reload the page to start again.",
  notKept: "This browser does not let us keep unsent messages. They are lost if you close this page.",

  // The widget
  chat: "Chat",
  open: "Open the chat",
  openUnread: { one: "Open the chat, {n} new message", other: "Open the chat, {n} new messages" },
  close: "Close the chat",
  more: "More",
  dismiss: "Dismiss",
  answersAtOnce: "Answers at once",
  isAnswering: "Is answering",
  waitingFor: "Waiting for a person",
  ratherPerson: "Rather talk to a person?",
  askForOne: "Ask for one",
  asking: "Asking",
  asked: "A person has been asked.",
  welcome: "Write to us. A bot answers at once, and a person can step in.",
} as const;
