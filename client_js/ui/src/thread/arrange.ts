/** From items in their order to what a thread shows: groups of one author, days, and where the unread begins. No I/O. */

import type { Input, Item, MessageItem } from "./items.ts";

/** Messages of one author that begin within this time share a mark and a time. */
export const GROUP_MILLISECONDS = 5 * 60_000;

/** Leaves out replies without text, marks groups, and puts separators in. */
export function arranged(all: readonly Item[], input: Pick<Input<unknown, unknown>, "unreadAfter" | "times">): Item[] {
  const items = all.filter((item) => item.type !== "message" || item.text !== "" || item.amendment === "deleted");
  const newest = items.map(({ type }) => type).lastIndexOf("message");
  const grouped = items.map((item, index) => {
    if (item.type === "handover") return index > newest ? { ...item, isNewest: true } : item;
    return item;
  });
  markGroups(grouped);
  return separated(grouped, input);
}

function markGroups(items: Item[]): void {
  let began = 0;
  for (const [index, item] of items.entries()) {
    if (item.type !== "message") continue;
    const before = items[index - 1];
    const isFirst = !(before?.type === "message" && !before.isLast);
    if (isFirst) began = item.at;
    const after = items[index + 1];
    const isLast = !(after?.type === "message" && isOneGroup(item, after, began));
    const hasMeta =
      isLast || item.amendment === "edited" || (after?.type === "message" && after.sending !== item.sending);
    items[index] = { ...item, isFirst, isLast, hasMeta };
  }
}

function isOneGroup(item: MessageItem, next: MessageItem, began: number): boolean {
  const { by } = item;
  const isByOne = by.kind === next.by.kind && by.id === next.by.id && by.name === next.by.name;
  const isCut = item.form === "interrupted" || item.sending === "failed";
  return isByOne && !isCut && next.at - began <= GROUP_MILLISECONDS;
}

function separated(
  items: readonly Item[],
  { unreadAfter, times }: Pick<Input<unknown, unknown>, "unreadAfter" | "times">,
): Item[] {
  const list: Item[] = [];
  const isUnread = (item: Item) =>
    unreadAfter != null && item.type === "message" && item.by.kind !== "you" && item.n > unreadAfter;
  const count = unreadAfter == null ? 0 : items.filter(isUnread).length;
  let [day, isMarked] = ["", count === 0];
  for (const item of items) {
    const { n, at } = item;
    const line = item.type === "handover" ? item.above : item.line;
    const itsDay = times.dayOf(at);
    if (itsDay !== day) list.push({ type: "day", key: `day ${itsDay}`, n, at, line });
    day = itsDay;
    if (!isMarked && isUnread(item)) {
      list.push({ type: "unread", key: "unread", n, at, line, count });
      isMarked = true;
    }
    list.push(item);
  }
  return list;
}
