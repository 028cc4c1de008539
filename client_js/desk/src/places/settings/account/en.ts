/** English: what the page of one's own account says. */

export const en = {
  heading: "Account",
  lead: "Who you are here, whether colleagues can reach you, and where you are signed in.",
  you: "You",
  name: "Name",
  nameHint: "As customers and colleagues see it.",
  email: "E-mail",
  emailHint: "You sign in with it.",
  role: "Role",
  roleHint: "Only another admin changes it.",
  agent: "Agent",
  supervisor: "Supervisor",
  admin: "Admin",
  savedName: "Saved. You are {name} now.",

  language: "Language",
  languageLead: "Of the desk, in this browser. The page loads anew; your drafts are kept.",
  system: "System",

  presence: "Presence",
  presenceLead:
    "Colleagues see it beside your name. After five minutes without a key or a pointer you are shown as away, until you are back.",
  available: "Available",
  availableMeans: "Colleagues give you conversations",
  busy: "Busy",
  busyMeans: "You keep what you hold, and take no more",
  awayNow: "You are shown as away at the moment.",

  password: "Password",
  passwordLead: "Another password signs you out everywhere else.",
  current: "Current password",
  next: "New password",
  rule: { one: "At least {n} character.", other: "At least {n} characters." },
  change: "Change the password",
  changed: "Changed. You are signed out everywhere else.",
  wrong: "This is not your current password.",

  devices: "Devices",
  devicesLead:
    "Browsers on which you are signed in. One that you sign out gets no further: what is open there ends within 15 minutes. Signing out everywhere acts at once.",
  device: "Device",
  since: "Signed in",
  used: "Last used",
  named: "{browser} on {system}",
  unknown: "A browser",
  here: "This one",
  signOut: "Sign out",
  signOutOf: "Sign out {device}",
  signedOut: "Signed out: {device}.",
  everywhere: "Sign out everywhere",
  everywhereAsk: "Sign out everywhere?",
  everywhereMeans:
    "All your browsers are signed out at once, this one too. Customers whom you are answering wait, and go back to their queue if you stay away.",
  everywhereDrafts: "Drafts in other browsers are kept there for you. Here they are forgotten.",

  elsewhere: "Signing in",
  elsewhereMeans:
    "You came without a password of this server, so there is none to change, and no device to sign out here.",
} as const;
