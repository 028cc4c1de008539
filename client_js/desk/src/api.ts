/** The server's HTTP, as the desk asks it. Each call throws an `Error` with a sentence for people. */

import { NoToken } from "@intervene/client";
import type { Me } from "./core/dock.ts";
import type { Found } from "./core/rows.ts";
import { tokenOf } from "./core/token.ts";
import { words } from "./words.ts";

/** How the desk gets in: with a name in development, else with a token from `token_url`. */
export interface WayIn {
  readonly development: boolean;
  readonly token_url: string;
}

/** Somebody of the demo organisation of a server in development. */
export interface DemoPerson extends Pick<Me, "name" | "role"> {
  readonly email: string;
  readonly about: string;
}

export interface Demo {
  readonly items: readonly DemoPerson[];
  readonly password: string;
}

export const NO_DEMO: Demo = { items: [], password: "" };

/** How long the host application may take for a token, in milliseconds. */
const HOST_PATIENCE = 10_000;

export async function getWayIn(): Promise<WayIn> {
  return (await ask("/v1/desk")) as WayIn;
}

/** Who may be chosen in development: nobody, unless the server has its demo organisation. */
export async function getDemo(): Promise<Demo> {
  return (await ask("/v1/development/people").catch(() => NO_DEMO)) as Demo;
}

/** In development a token is there for the asking. */
export async function developmentToken({ name, role }: Pick<Me, "name" | "role">): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ name, role });
  return ((await ask("/v1/development/agents", { method: "POST", headers, body })) as { token: string }).token;
}

/** A token of the host application, which knows its people by their cookies. Throws `NoToken` if it gives none. */
export async function hostToken(url: string): Promise<string> {
  const signal = AbortSignal.timeout(HOST_PATIENCE);
  const answer = await fetch(url, { credentials: "include", cache: "no-store", signal }).catch(() => {
    // The browser tells pages no more than that, whatever the reason is.
    if (signal.aborted) throw new Error(words("hostSlow", { url }));
    throw new Error(words("hostSilent", { url }));
  });
  if (answer.status >= 500 || answer.status === 429) {
    throw new Error(words("hostFailed", { url, status: String(answer.status) }));
  }
  const token = answer.ok ? tokenOf(await answer.text()) : "";
  if (token === "") throw new NoToken(words("hostRefused", { url, status: String(answer.status) }));
  return token;
}

export async function listConversations(token: string): Promise<Found> {
  return (await ask("/v1/conversations", { headers: { Authorization: `Bearer ${token}` } })) as Found;
}

/** Proxies answer with pages of theirs while the server restarts: only JSON is the server's. */
async function ask(path: string, how: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(path, { ...how, redirect: "error", cache: "no-store" });
  const body = (await answer.json().catch(() => null)) as { detail?: string; title?: string } | null;
  if (answer.ok && body !== null) return body;
  throw new Error(body?.detail ?? body?.title ?? `${path} answered ${answer.status}`);
}
