/** What the address bar names: a conversation, or none. */

const HOME = "/desk";
const PATH = /^\/desk\/c\/([^/]+)\/?$/;

/** The conversation of a path, or null. */
export function conversationOf(path: string): string | null {
  const found = PATH.exec(path)?.[1];
  if (found === undefined) return null;
  try {
    return decodeURIComponent(found);
  } catch {
    return null; // a path that the desk never makes
  }
}

export function pathOf(conversation: string | null): string {
  return conversation === null ? HOME : `${HOME}/c/${encodeURIComponent(conversation)}`;
}
