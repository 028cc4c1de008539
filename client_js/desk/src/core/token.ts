/** What a host token says about whose it is. The server alone checks it; here it only names a shelf for drafts. */

/** A stable name of the person, or "" if this is no token that can be read. */
export function principalOf(token: string): string {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0));
    const { org, sub } = JSON.parse(new TextDecoder().decode(bytes)) as { org?: unknown; sub?: unknown };
    return typeof org === "string" && typeof sub === "string" ? `${org} ${sub}` : "";
  } catch {
    return "";
  }
}

/** The token of an answer: `{"token": "..."}`, or the text itself. "" if there is none. */
export function tokenOf(text: string): string {
  const body = text.trim();
  if (!body.startsWith("{")) return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(body) ? body : "";
  try {
    const { token } = JSON.parse(body) as { token?: unknown };
    return typeof token === "string" ? token : "";
  } catch {
    return "";
  }
}
