/** What the host page is told of new events in the conversation. */

import type { wire } from "@intervene/client";
import type { SharedWords } from "@intervene/ui";
import type { ChatEvents } from "./api.ts";
import { nameOf } from "./holder.ts";

type Told = { [K in keyof ChatEvents]: { readonly name: K; readonly details: ChatEvents[K] } }[keyof ChatEvents];

export function toldOf({ id, event }: wire.ContactEvent, words: SharedWords): readonly Told[] {
  if (event.kind === "message") {
    const { by, text } = event;
    const from = by.kind === "you" ? "you" : by.kind === "agent" ? "person" : "bot";
    const hasName = by.kind === "bot" || by.kind === "agent";
    return [{ name: "message", details: { id, from, name: hasName ? nameOf(by, words) : "", text } }];
  }
  if (event.kind === "control" && event.holder.kind === "agent") {
    return [{ name: "person-joined", details: { name: nameOf(event.holder, words) } }];
  }
  return [];
}
