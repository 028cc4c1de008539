/** What can be done with a conversation, for the menus of header and row, for bulk and for the palette. No I/O. */

import type { wire } from "@intervene/client";
import { icons } from "@intervene/ui";
import { words } from "../words.ts";
import type { Me } from "./dock.ts";
import type { Shortcut } from "./keys.ts";
import { type Colleague, inUse, type Snapshot } from "./settings.ts";

/** What is done, whole: it needs no more answers. */
export type Action =
  | { readonly kind: "assign_me" }
  /** `agent`: the id of a colleague. */
  | { readonly kind: "assign"; readonly agent: string }
  | { readonly kind: "queue"; readonly queue: string }
  /** `status`: "" for none. */
  | { readonly kind: "status"; readonly status: string }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  /** `reason`: what the bot is told of why; "" for nothing. */
  | { readonly kind: "send_bot"; readonly reason: string }
  | { readonly kind: "transcript" }
  /** `until`: milliseconds since 1970, 0 for good. `why` is for colleagues. */
  | { readonly kind: "block"; readonly until: number; readonly why: string }
  /** `reason`: "" for none. */
  | { readonly kind: "close"; readonly reason: string }
  | { readonly kind: "reopen" }
  | { readonly kind: "hand_back"; readonly reason: string }
  /** `reason`: what colleagues are told of why; "" for nothing. */
  | { readonly kind: "release"; readonly reason: string };

export type ActionKind = Action["kind"];

/** What decides about them: a row of a list and the state of the open conversation both have it. */
export type Subject = Pick<wire.Row, "channel" | "holder" | "is_open" | "queue" | "status" | "tags">;

/** One of several answers. */
export interface Choice {
  readonly label: string;
  readonly meaning: string;
  /** Of a status; "" for none. */
  readonly colour: string;
  /** It is so already. */
  readonly isCurrent: boolean;
  readonly action: Action;
}

/** An action that one may take now. */
export interface Offer {
  readonly kind: ActionKind;
  readonly label: string;
  readonly meaning: string;
  /** A path of `@intervene/ui`'s icons. */
  readonly icon: string;
  readonly shortcut: Shortcut | null;
  /** The whole action; null where something has to be chosen or written first. */
  readonly action: Action | null;
  /** What there is to choose from; empty where nothing is, where it is written, and where it is not set up yet. */
  readonly choices: readonly Choice[];
}

const ORDER: readonly ActionKind[] = [
  "assign_me",
  "assign",
  "queue",
  "status",
  "tags",
  "send_bot",
  "transcript",
  "block",
  "hand_back",
  "release",
  "close",
  "reopen",
];

/** Asked for also where there is nothing to choose from: it is written, or one is told why there is nothing. */
const ASKS_ALWAYS: ReadonlySet<ActionKind> = new Set(["tags", "block", "close", "hand_back", "send_bot"]);

const LOOKS: Readonly<Record<ActionKind, readonly [icon: string, shortcut: Shortcut | null]>> = {
  assign_me: [icons.take, "assign"],
  assign: [icons.people, null],
  queue: [icons.tray, "queue"],
  status: [icons.flag, "status"],
  tags: [icons.tag, null],
  send_bot: [icons.bot, "back"],
  transcript: [icons.download, null],
  block: [icons.block, null],
  hand_back: [icons.handback, "back"],
  release: [icons.pause, null],
  close: [icons.check, "close"],
  reopen: [icons.undo, null],
};

/** What one may do now, in the order of the menus. */
export function actionsFor(subject: Subject, me: Me, settings: Snapshot): readonly Offer[] {
  return ORDER.map((kind) => offerOf(kind, subject, me, settings)).filter((offer) => offer !== null);
}

/** Null where it cannot be done: `whyNot` says why. */
export function offerOf(kind: ActionKind, subject: Subject, me: Me, settings: Snapshot): Offer | null {
  if (whyNot(kind, subject, me, settings) !== "") return null;
  const choices = choicesOf(kind, subject, me, settings);
  const action = actionOf(kind, kind === "close" && needsReason(subject, settings));
  const isEmpty = action === null && choices.length === 0 && !ASKS_ALWAYS.has(kind);
  if (isEmpty) return null;
  const [icon, shortcut] = LOOKS[kind];
  return { kind, label: words(kind), meaning: words(`${kind}Means`), icon, shortcut, action, choices };
}

function actionOf(kind: ActionKind, isAsked: boolean): Action | null {
  switch (kind) {
    case "assign":
    case "queue":
    case "status":
    case "tags":
    case "block":
    case "hand_back":
    case "send_bot":
      return null;
    case "close":
      return isAsked ? null : { kind, reason: "" };
    case "release":
      return { kind, reason: "" };
    default:
      return { kind };
  }
}

/** Why it cannot be done, in the words of the dock; "" if it can, as far as is known here: the server decides. */
export function whyNot(kind: ActionKind, subject: Subject, me: Me, settings: Snapshot): string {
  const { holder, is_open } = subject;
  const isMine = holder.type === "agent" && holder.id === me.id;
  const leads = me.role !== "agent";
  const isOthers = holder.type === "agent" && !isMine;
  const name = holder.type === "nobody" ? "" : holder.name;
  const ofHolder = is_open && (isMine || leads) ? "" : notOpen(is_open) || words("notHolder");
  switch (kind) {
    case "assign_me":
      if (isMine) return words("notNew");
      return notOpen(is_open) || (isOthers && !leads ? words("notYours", { name }) : "");
    case "queue":
    case "status":
    case "tags":
      return isOthers && !leads ? words("notYours", { name }) : "";
    case "send_bot":
      return notOpen(is_open) || (holder.type === "nobody" ? noBot(subject, settings) : words("notWaiting", { name }));
    case "assign":
    case "close":
      return ofHolder;
    case "block":
      return isMine || leads ? "" : words("notHolder");
    case "hand_back":
      return isMine ? noBot(subject, settings) : notOpen(is_open) || words("notReplying");
    case "release":
      return isMine ? "" : notOpen(is_open) || words("notReplying");
    case "reopen":
      return is_open ? words("notClosed") : "";
    case "transcript":
      return "";
  }
}

function notOpen(isOpen: boolean): string {
  return isOpen ? "" : words("isClosed");
}

/** A channel may have none; that the organisation has none is the server's to say. */
function noBot({ channel }: Subject, { channels }: Snapshot): string {
  return channels.find(({ id }) => id === channel)?.bot === "none" ? words("noBot") : "";
}

function needsReason({ queue }: Pick<Subject, "queue">, { queues }: Snapshot): boolean {
  return queues.find(({ id }) => id === queue)?.needs_reason ?? false;
}

function choicesOf(kind: ActionKind, subject: Subject, me: Me, settings: Snapshot): readonly Choice[] {
  const { queue, status = "", holder } = subject;
  switch (kind) {
    case "assign":
      return settings.people
        .filter(
          (person) =>
            person.id !== me.id && serves(person, queue) && !(holder.type === "agent" && holder.id === person.id),
        )
        .map((person) => choice(person.name, { kind, agent: person.id }, { meaning: words(person.role) }));
    case "queue":
      return inUse(settings.queues).map(({ id, name }) =>
        choice(name, { kind, queue: id }, { isCurrent: id === queue }),
      );
    case "status": {
      const none = choice(words("noStatus"), { kind, status: "" }, { isCurrent: status === "" });
      const all = inUse(settings.statuses).map(({ id, name, colour }) =>
        choice(name, { kind, status: id }, { colour, isCurrent: id === status }),
      );
      return all.length === 0 ? [] : [...all, none];
    }
    case "close":
      if (!needsReason(subject, settings)) return [];
      return inUse(settings.reasons).map(({ id, name }) => choice(name, { kind, reason: id }));
    default:
      return [];
  }
}

function choice(label: string, action: Action, more: Partial<Choice> = {}): Choice {
  return { label, meaning: "", colour: "", isCurrent: false, action, ...more };
}

/** Whether somebody sees what waits in the queue, and so may be given it and be called to it. */
export function serves({ role, queues }: Colleague, queue: string): boolean {
  return role !== "agent" || queues.includes(queue);
}
