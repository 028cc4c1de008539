/** Where a server is: its socket, and what it answers over HTTP. */

import { Misused } from "../errors.ts";

const SOCKET: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" };

/** The URL of the server's sockets. Throws `Misused` for what can never be one. */
export function socketUrl(given: string): string {
  const url = parsed(given);
  const scheme = url && SOCKET[url.protocol];
  if (!url || !scheme || url.search || url.hash) {
    throw new Misused(`${given} is no server: write wss://host/socket or https://host, without a query.`);
  }
  if (scheme !== url.protocol) url.pathname = `${url.pathname.replace(/\/$/, "")}/socket`;
  url.protocol = scheme;
  return url.href;
}

function parsed(given: string): URL | null {
  try {
    return new URL(given);
  } catch {
    return null;
  }
}

/** What the server of a socket's URL serves at `path` over HTTP. */
export function httpUrl(socket: string, path: string): string {
  const url = new URL(socket);
  url.protocol = url.protocol === "wss:" ? "https:" : "http:";
  url.pathname = url.pathname.replace(/\/socket$/, "") + path;
  return url.href;
}

/** Where new visitors of a channel get their tokens. */
export function visitorsUrl(given: string, channel: string): string {
  return httpUrl(socketUrl(given), `/v1/webchat/${encodeURIComponent(channel)}/visitors`);
}
