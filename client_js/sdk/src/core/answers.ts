/**
 * HTTP answers on the way to a session: whether the server itself refuses, or something else answers. No I/O.
 *
 * While a server restarts, a proxy or a captive portal answers in its place: with any status, with a page. Only a
 * refusal with one of the server's own final codes ends a client (R3).
 */

/** What the server itself said: a problem of RFC 9457, with a `code` of its own. */
export interface Refusal {
  readonly code: string;
  /** A sentence for people. */
  readonly detail: string;
  /** Milliseconds; absent when it gives none. */
  readonly retryAfter?: number;
}

/** What is wrong is in the client itself and not on the way. */
const FINAL = ["bad_token", "origin", "subprotocol"];

export function isFinal({ code }: Refusal): boolean {
  return FINAL.includes(code);
}

/** The coded refusal in the body of an answer, or null: it is not of our server. */
export function refusal(body: string): Refusal | null {
  try {
    const { code, detail = "", title = "", retry_after: seconds } = JSON.parse(body);
    if (typeof code !== "string") return null;
    const told = { code, detail: String(detail || title) };
    return typeof seconds === "number" ? { ...told, retryAfter: seconds * 1000 } : told;
  } catch {
    return null;
  }
}

/** For people. */
export function inWords(status: number, found: Refusal | null): string {
  return `HTTP ${status}, ${found ? `${found.code}: ${found.detail}` : "not of this server"}`;
}

/** The milliseconds of a `Retry-After`, which is a number or a date; undefined: none that can be followed. */
export function advice(status: number, header: string | null | undefined, now: number): number | undefined {
  if (!header || (status !== 429 && status !== 503)) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
