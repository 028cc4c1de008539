/** Both drafts of a conversation as the one text that the server keeps, and which of two browsers' drafts counts. No I/O. */

export interface Both {
  readonly reply: string;
  readonly note: string;
}

/** "" where both are. A reply alone is the text itself, for programs that read it. */
export function packed({ reply, note }: Both): string {
  return note === "" && !reply.startsWith("{") ? reply : JSON.stringify({ reply, note });
}

/** What is not of a desk is a reply. */
export function unpacked(text: string): Both {
  try {
    const { reply, note } = JSON.parse(text) as Partial<Both>;
    if (typeof reply === "string" && typeof note === "string") return { reply, note };
  } catch {
    // It is no JSON.
  }
  return { reply: text, note: "" };
}

/**
 * For each slot, what stays: what changed since both were the same (`base`; null: never). Of two that have both changed
 * and have both something, both stay: none is lost.
 */
export function chosen(mine: Both, theirs: Both, base: Both | null): Both {
  const of = (slot: keyof Both): string => {
    const [here, there] = [mine[slot], theirs[slot]];
    if (there === base?.[slot]) return here;
    if (here === base?.[slot] || here.trim() === "") return there;
    return there.trim() === "" || here.includes(there) ? here : there.includes(here) ? there : `${there}\n\n${here}`;
  };
  return { reply: of("reply"), note: of("note") };
}
