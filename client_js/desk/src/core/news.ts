/** What comes by itself, and may wait for the next frame; what a person did is drawn at once. */

import type { SessionState } from "../session.ts";
import type { Open } from "./open.ts";

const NEWS = new Set<keyof SessionState>(["list", "present"]);
const NEWS_OF_OPEN = new Set<keyof Open>(["view", "isLive", "here", "typing", "takeovers", "contactRead", "isPaging"]);

/** Something has changed, and all of that came by itself. */
export function isOnlyNews(before: SessionState | null, now: SessionState | null): boolean {
  if (before === null || now === null) return false;
  const changed = differing(before, now);
  if (changed.length === 0) return false; // a time was over, or what was typed is kept
  return changed.every((key) => NEWS.has(key) || (key === "open" && isNewsOfOpen(before.open, now.open)));
}

function isNewsOfOpen(before: Open | null, now: Open | null): boolean {
  if (before === null || now === null || before.id !== now.id) return false;
  // What is drawn first is drawn at once: where the focus goes waits for it.
  return before.view.state !== null && differing(before, now).every((key) => NEWS_OF_OPEN.has(key));
}

function differing<T extends object>(before: T, now: T): (keyof T)[] {
  return (Object.keys(now) as (keyof T)[]).filter((key) => before[key] !== now[key]);
}
