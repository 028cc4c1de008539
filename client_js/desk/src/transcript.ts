/** The transcript of a conversation, as a file that the browser keeps: text for people, JSON for programs. */

import type { wire } from "@intervene/client";
import type { Api } from "./api.ts";
import { contactName, times } from "./words.ts";

const MOST_PAGES = 1000;

/** All of it, as the server writes it. */
export async function transcriptOf(api: Pick<Api, "text">, conversation: string): Promise<string> {
  const parts: string[] = [];
  let path = `/v1/conversations/${encodeURIComponent(conversation)}/transcript?format=text`;
  for (let n = 0; n < MOST_PAGES && path !== ""; n += 1) {
    const [text, next] = await api.text(path);
    parts.push(text);
    path = next;
  }
  return parts.join("");
}

/** The same as the server's lines, one object for each. */
export async function transcriptJson(api: Pick<Api, "get">, conversation: string): Promise<string> {
  const path = `/v1/conversations/${encodeURIComponent(conversation)}/transcript`;
  const lines: unknown[] = [];
  let cursor = "";
  for (let n = 0; n < MOST_PAGES; n += 1) {
    const page = await api.get<{ items: readonly unknown[]; next: string }>(`${path}${cursor}`);
    lines.push(...page.items);
    if (page.next === "") break;
    cursor = `?cursor=${encodeURIComponent(page.next)}`;
  }
  return JSON.stringify({ conversation, lines }, null, 2);
}

/** Letters and digits of the name alone: whatever else it has is not for a file's. */
export function fileNameOf(contact: Pick<wire.Contact, "name" | "id">, at: number, ending = "txt"): string {
  const letters = contactName(contact).replace(/[^\p{L}\p{M}\p{N}]+/gu, "-");
  const name = [...letters].slice(0, 60).join("");
  return `transcript-${name}-${times.dayOf(at)}.${ending}`.replace(/-{2,}/g, "-");
}

/** Hands a text to the browser as a file. */
export function download(text: string, name: string, kind = "text/plain"): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may read it after the click
}
