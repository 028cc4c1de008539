/** The server's HTTP, as the desk asks it. Each call throws an `Error` with a sentence for people. */

import { NoToken } from "@intervene/client";
import type { Me } from "./core/dock.ts";
import type { Summary } from "./core/rows.ts";
import { tokenOf } from "./core/token.ts";

/** How the desk gets in: with a name in development, else with a token from `token_url`. */
export interface WayIn {
  readonly development: boolean;
  readonly token_url: string;
}

export async function getWayIn(): Promise<WayIn> {
  return (await ask("/v1/desk")) as WayIn;
}

/** In development a token is there for the asking. */
export async function developmentToken({ name, role }: Pick<Me, "name" | "role">): Promise<string> {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ name, role });
  return ((await ask("/v1/development/agents", { method: "POST", headers, body })) as { token: string }).token;
}

/** A token of the host application, which knows its people by their cookies. Throws `NoToken` if it gives none. */
export async function hostToken(url: string): Promise<string> {
  const answer = await fetch(url, { credentials: "include", cache: "no-store" });
  if (answer.status >= 500 || answer.status === 429) throw new Error(`${url} answered ${answer.status}`);
  const token = answer.ok ? tokenOf(await answer.text()) : "";
  if (token === "") throw new NoToken(`${url} gave no token (HTTP ${answer.status})`);
  return token;
}

export async function listConversations(token: string): Promise<readonly Summary[]> {
  const answer = await ask("/v1/conversations", { headers: { Authorization: `Bearer ${token}` } });
  return (answer as { conversations: readonly Summary[] }).conversations;
}

/** Proxies answer with pages of theirs while the server restarts: only JSON is the server's. */
async function ask(path: string, how: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(path, { ...how, redirect: "error", cache: "no-store" });
  const body = (await answer.json().catch(() => null)) as { detail?: string; title?: string } | null;
  if (answer.ok && body !== null) return body;
  throw new Error(body?.detail ?? body?.title ?? `${path} answered ${answer.status}`);
}
