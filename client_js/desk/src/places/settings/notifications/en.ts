/** English: what the page of notifications says. */

export const en = {
  heading: "Notifications",
  lead: "What calls you while you look elsewhere. It holds for you in this browser. Of several windows, the one that you used last calls.",
  what: "What calls you",
  waiting: "Somebody begins to wait",
  waitingHint: "In your queues. If you serve none, in all that you see.",
  messages: "Customers write to you",
  messagesHint: "Where you are replying.",
  how: "How",
  sound: "Sound",
  soundHint: "Not for what is written in the conversation that you look at.",
  play: "Play the sound",
  notPlayed: "This browser played nothing. Allow sound for this page in its settings.",
  played: "Played.",
  desktop: "Notifications of the browser",
  desktopHint: "With the customer's name and message, while this window is behind others.",
  default: "The browser has not been asked yet.",
  turnOn: "Allow in the browser",
  granted: "The browser allows them.",
  denied: "The browser blocks them for this page.",
  deniedMeans:
    "Open the sign beside the address, set notifications to “Allow”, and load the page again. If that changes nothing, look into the notifications of your system.",
  none: "This browser has none for this page: it may need an address that begins with https.",
  saved: "Saved.",
} as const;
