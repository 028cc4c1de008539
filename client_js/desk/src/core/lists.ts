/** The lists of the desk: tabs, what narrows them, their addresses, and how many each has. No I/O. */

import type { wire } from "@intervene/client";
import type { Me } from "./dock.ts";
import { inUse, type QueueRow, type Snapshot } from "./settings.ts";

export const TABS = ["mine", "waiting", "bot", "all", "closed"] as const;
export type Tab = (typeof TABS)[number];

/** What is listed. "" narrows nothing. */
export interface Filter {
  readonly tab: Tab;
  readonly queue: string;
  readonly status: string;
  readonly tag: string;
}

export const ALL: Filter = { tab: "all", queue: "", status: "", tag: "" };

/** What the desk never made lists all. */
export function filterOf(search: string): Filter {
  const said = new URLSearchParams(search);
  const tab = TABS.find((each) => each === said.get("tab")) ?? ALL.tab;
  return { tab, queue: said.get("queue") ?? "", status: said.get("status") ?? "", tag: said.get("tag") ?? "" };
}

/** With its question mark; "" for all. */
export function searchOf({ tab, queue, status, tag }: Filter): string {
  const said = Object.entries({ tab: tab === ALL.tab ? "" : tab, queue, status, tag }).filter(([, value]) => value);
  return said.length === 0 ? "" : `?${new URLSearchParams(said)}`;
}

export function isSameFilter(one: Filter, other: Filter): boolean {
  return searchOf(one) === searchOf(other);
}

/** As the server lists it. */
export function viewOf({ tab, queue, status, tag }: Filter): wire.View {
  return { list: tab, ...(queue && { queue }), ...(status && { status }), ...(tag && { tag }) };
}

/** How many a tab has; null where that is not known: the server counts by queue, and one's own in all queues. */
export function countOf(tab: Tab, { queue, status, tag }: Filter, counts: wire.Counts | null): number | null {
  if (counts === null || tab === "closed" || status !== "" || tag !== "") return null;
  if (tab === "mine") return queue === "" ? (counts.mine ?? 0) : null;
  const { waiting = 0, agent = 0, bot = 0 } = queue === "" ? counts : (counts.queues?.[queue] ?? {});
  return { waiting, bot, all: waiting + agent + bot }[tab];
}

/** The queues that a person sees: those that they serve, and of supervisors and admins all that are in use. */
export function queuesOf(me: Me, { queues, people }: Snapshot): readonly QueueRow[] {
  const served = people.find(({ id }) => id === me.id)?.queues;
  const used = inUse(queues);
  return me.role !== "agent" || served === undefined ? used : used.filter(({ id }) => served.includes(id));
}

const HUES = [
  ["bad", 0],
  ["wait", 30],
  ["note", 52],
  ["good", 130],
  ["bot", 175],
  ["you", 225],
  ["other", 290],
  ["bad", 360],
] as const;

/** One of the seven colours of tags, whichever an organisation has set: the nearest in hue. Their contrast is known. */
export function colourOf(hex: string): "bad" | "wait" | "note" | "good" | "bot" | "you" | "other" | "plain" {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex)?.slice(1);
  if (parts === undefined) return "plain";
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Number.parseInt(part, 16));
  const most = Math.max(red, green, blue);
  const range = most - Math.min(red, green, blue);
  if (range < 24) return "plain";
  const sixth =
    most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
  const hue = (sixth * 60 + 360) % 360;
  return HUES.reduce((best, each) => (Math.abs(each[1] - hue) < Math.abs(best[1] - hue) ? each : best))[0];
}
