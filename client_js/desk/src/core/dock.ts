/** The dock: what stands at the foot of the thread, as a function of what is known. No I/O. */

import type { ClientState, wire } from "@intervene/client";
import { clock, contactName, sentence, times, words } from "../words.ts";
import { type Attempt, PATIENCE } from "./attempt.ts";
import { type Look, lookOf } from "./rows.ts";

/** What a button of the dock does. */
export type Act = "hand_back" | "reopen" | "take" | "retry" | "enter";

export interface Me {
  readonly id: string;
  readonly name: string;
  readonly role: wire.Role;
}

/** The last change of holder, as far as it is among the events shown. */
export interface Change {
  readonly at: number;
  readonly by: string;
  readonly move: wire.Move;
  /** Who held control before; null if that is not known. */
  readonly before: wire.StaffState["holder"] | null;
}

export interface Known {
  readonly me: Me;
  readonly state: wire.StaffState | null;
  readonly isLive: boolean;
  readonly link: ClientState;
  readonly attempt: Attempt;
  readonly change: Change | null;
  /** Whether what is sent without a connection outlives the page. */
  readonly keepsUnsent: boolean;
  /** Of the page's clock, which `attempt` and `link` go by, and of the server's, which events go by. */
  readonly now: number;
  readonly serverNow: number;
}

export type DockState =
  | "loading"
  | "bot"
  | "taking"
  | "late"
  | "waiting"
  | "you"
  | "other"
  | "lost"
  | "closed"
  | "offline"
  | "ended";

export interface Button {
  readonly act: Act;
  readonly label: string;
  /** It is under way: shown, and not pressable. */
  readonly isBusy: boolean;
}

export interface Dock {
  readonly state: DockState;
  readonly look: Look;
  /** Whose mark is shown. */
  readonly name: string;
  readonly title: string;
  /** The title in whole minutes, for those who are read to. */
  readonly spoken: string;
  readonly reason: string;
  /** The one solid accent shape. */
  readonly main: Button | null;
  readonly quiet: Button | null;
  /** The reply box is open: only while the server's log says that I hold control (P2). */
  readonly isOpen: boolean;
}

const MINUTE = 60_000;

export function dockOf(known: Known): Dock {
  const { state, link, attempt } = known;
  if (link.kind === "stopped") return ended(known, link.reason);
  if (link.kind === "waiting") return offline(known);
  if (state === null) return shut("loading", "closed", "", words("loading"));
  if (link.kind !== "live" || !known.isLive) return offline(known);
  const look = lookOf(state.holder, state.is_open, known.me.id);
  if (look === "you") return yours(known, state);
  if (attempt.kind === "lost" && attempt.epoch === state.epoch) return lost(known, attempt);
  const dock = held(known, look, state);
  return attempt.kind === "taking" ? taking(dock, known.now - attempt.since) : dock;
}

function held(known: Known, look: Look, state: wire.StaffState): Dock {
  const name = nameOf(state.holder);
  switch (look) {
    case "bot": {
      const dock = shut("bot", look, name, words("botHolds", { name }), words("botHoldsMeans"));
      return { ...dock, main: button("take", words("intervene")) };
    }
    case "wait":
      return { ...waiting(known, contactName(state.contact)), main: button("take", words("pickUp")) };
    case "closed":
      return closed(known, contactName(state.contact));
    default: {
      const dock = shut("other", look, name, words("otherHolds", { name }), words("otherHoldsMeans"));
      return { ...dock, quiet: takeFrom(known, name) };
    }
  }
}

function waiting({ change, serverNow, me }: Known, name: string): Dock {
  const wasMine = change?.before?.type === "agent" && change.before.id === me.id;
  const reason = words(change?.move === "lapse" && wasMine ? "lapsedMeans" : "waitingMeans", { name });
  if (change === null) return shut("waiting", "wait", "", words("hasWaitedSome", { name }), reason);
  const waited = serverNow - change.at;
  const title = words("hasWaited", { name, time: clock(waited) });
  const isLong = waited >= MINUTE;
  const spoken = isLong ? words("hasWaited", { name, time: times.minutes(waited) }) : words("hasWaitedSome", { name });
  return { ...shut("waiting", "wait", "", title, reason), spoken };
}

function closed({ change, attempt }: Known, name: string): Dock {
  const by = change?.by ?? "";
  const title = by === "" ? words("isClosed") : words("closedBy", { name: by });
  const reason = change
    ? words("closedAtMeans", { time: times.time(change.at), name })
    : words("closedMeans", { name });
  const quiet = button("reopen", words("reopen"), attempt.kind === "moving");
  return { ...shut("closed", "closed", "", title, reason), quiet };
}

function taking(dock: Dock, waited: number): Dock {
  const isLate = waited > PATIENCE;
  const label = (button: Button | null) => button && { ...button, label: words("taking"), isBusy: true };
  if (!isLate) return { ...dock, state: "taking", main: label(dock.main), quiet: label(dock.quiet) };
  const reason = dock.name === "" ? words("lateWaiting") : words("lateMeans", { name: dock.name });
  return { ...dock, state: "late", title: words("late"), spoken: words("late"), reason };
}

function lost(known: Known, { by, ahead }: Extract<Attempt, { kind: "lost" }>): Dock {
  const { name } = by;
  const title = ahead === null ? words("lostJust", { name }) : words("lost", { name, time: times.duration(ahead) });
  const dock = shut("lost", "other", name, title, words("lostMeans", { name }));
  return { ...dock, quiet: takeFrom(known, name) };
}

function yours({ change, attempt }: Known, state: wire.StaffState): Dock {
  const before = change?.before;
  const reason = before?.type === "bot" ? words("stopped", { name: before.name }) : "";
  return {
    ...shut("you", "you", nameOf(state.holder), words("youHold"), reason),
    quiet: button("hand_back", words("hand_back"), attempt.kind === "moving"),
    isOpen: true,
  };
}

/** Without a connection, who held control may write on: what is sent waits, and is refused if that has changed. */
function offline(known: Known): Dock {
  const { state, link, me, now } = known;
  const look = state === null ? "closed" : lookOf(state.holder, state.is_open, me.id);
  const name = state === null ? "" : nameOf(state.holder);
  const isOpen = look === "you";
  const isTrying = link.kind !== "waiting";
  if (link.kind === "live") return { ...shut("offline", look, name, words("catchingUp")), isOpen };
  const left = isTrying ? 0 : Math.ceil((link.retryAt - now) / 1000);
  const title = left > 0 && Number.isFinite(left) ? words("offlineFor", { n: left }) : words("offline");
  const dock = shut("offline", look, name, title, offlineMeans(known, isOpen));
  return { ...dock, spoken: words("offline"), quiet: button("retry", words("tryNow"), isTrying), isOpen };
}

function offlineMeans({ link, keepsUnsent }: Known, isOpen: boolean): string {
  if (link.kind === "waiting" && link.trouble.kind === "blocked") return words("blocked");
  if (!isOpen) return words("offlineMeans");
  return keepsUnsent ? words("offlineReply") : words("offlineLoose");
}

function ended({ state, me }: Known, reason: string): Dock {
  const look = state === null ? "closed" : lookOf(state.holder, state.is_open, me.id);
  const dock = shut("ended", look, "", words("endedHere"), words("endedHereMeans", { reason: sentence(reason) }));
  return { ...dock, quiet: button("enter", words("signIn")) };
}

function takeFrom({ me }: Known, name: string): Button | null {
  return me.role === "agent" ? null : button("take", words("takeFrom", { name }));
}

function shut(state: DockState, look: Look, name: string, title: string, reason = ""): Dock {
  return { state, look, name, title, spoken: title, reason, main: null, quiet: null, isOpen: false };
}

function button(act: Act, label: string, isBusy = false): Button {
  return { act, label, isBusy };
}

function nameOf(holder: wire.StaffState["holder"]): string {
  return holder.type === "nobody" ? "" : holder.name;
}
