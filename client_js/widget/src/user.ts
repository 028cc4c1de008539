/** A signed-in user, as the host application's token says: only for telling principals apart, never for trust. */

/**
 * Whose messages these are: of the key and the subject of a JSON Web Token. Undefined for what is none: then nothing of
 * this user outlives the page.
 */
export function principalOf(token: string): string | undefined {
  const [head, body] = token.split(".", 2).map(decoded);
  const { kid } = head ?? {};
  const { sub } = body ?? {};
  return typeof kid === "string" && typeof sub === "string" ? `user ${JSON.stringify([kid, sub])}` : undefined;
}

function decoded(part: string): Record<string, unknown> | null {
  try {
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
