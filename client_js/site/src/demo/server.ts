/** What the page asks of the server over HTTP, beside the SDK. */

import { NoToken, TokenLater, type wire } from "@intervene/client";

/** A line of the list of conversations. */
export interface Summary {
  readonly id: string;
  readonly contact: wire.Contact;
  readonly holder: wire.Bot | wire.Agent | wire.Nobody;
  readonly is_open: boolean;
  readonly last_at: number;
}

/** A token for an agent of any name: only a server in development gives one. */
export async function agentToken(agent: { name: string; role: string }): Promise<string> {
  const answer = await fetch("/v1/development/agents", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(agent),
    redirect: "error",
  });
  const given = await answer.json().catch(() => null); // a proxy answers with pages while the server restarts
  if (given?.token) return given.token;
  if (answer.status === 400) throw new NoToken(given?.detail ?? "The server gives no token.");
  throw new TokenLater("The server gives no token now.");
}

export async function conversations(bearer: string): Promise<readonly Summary[] | null> {
  const headers = { Authorization: `Bearer ${bearer}` };
  const answer = await fetch("/v1/conversations", { headers, redirect: "error" }).catch(() => null);
  return answer?.ok ? (await answer.json()).items : null;
}
