/** The server's HTTP, as the desk asks it. Each call throws an `Error` with a sentence for people. */

import { NoToken } from "@intervene/client";
import type { Me } from "./core/dock.ts";
import { tokenOf } from "./core/token.ts";
import { Turns } from "./core/turns.ts";
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

/** The server reads its log for four requests of a person at once: two windows ask no more than that. */
const AT_ONCE = 2;

export interface Condition {
  /** Refused with `version_changed` where the row has another by now (R110). */
  readonly version?: number;
  /** The same key with the same body is done once, however often it is sent (R109). */
  readonly key?: string;
  /** Sent also where the page ends before the answer is there. */
  readonly isLast?: boolean;
}

/** What a person asks of the server, with their token. */
export class Api {
  readonly #token: () => string | null;
  readonly #turns = new Turns(AT_ONCE);

  readonly #renewed: (former: string) => Promise<string | null>;

  /** `renewed`: the token that takes the place of one that is good no more, once there is one; null where none comes. */
  constructor(token: () => string | null, renewed: (former: string) => Promise<string | null> = async () => null) {
    this.#token = token;
    this.#renewed = renewed;
  }

  /** `path` from `/v1` on. Rejects with `Answered`, or with another error where no answer came. */
  get<T>(path: string): Promise<T> {
    return this.#ask("GET", path) as Promise<T>;
  }

  /** Null is what an answer without a body becomes. */
  send<T = null>(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    condition: Condition = {},
  ): Promise<T> {
    return this.#ask(method, path, body, condition) as Promise<T>;
  }

  /** A page of text, and the path of the next one: "" where there is none. */
  async text(path: string): Promise<readonly [text: string, next: string]> {
    const asks = () => fetch(path, { headers: this.#headers, redirect: "error", cache: "no-store" });
    const answer = await this.#turns.take(asks);
    if (!answer.ok) throw new Answered(answer.status, await answer.json().catch(() => ({})), path);
    const [, next = ""] = /<([^>]+)>; *rel="next"/.exec(answer.headers.get("Link") ?? "") ?? [];
    return [await answer.text(), next];
  }

  get #headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.#token() ?? ""}` };
  }

  /** A token that ended, or was ended, is not the person's fault: what it was refused for is asked once more with the next. */
  async #ask(method: string, path: string, body?: unknown, condition: Condition = {}): Promise<unknown> {
    const former = this.#token() ?? "";
    try {
      return await this.#askOnce(method, path, body, condition);
    } catch (problem) {
      const isOutdated = problem instanceof Answered && problem.code === "bad_token";
      if (!isOutdated || (await this.#renewed(former)) === null) throw problem;
      return this.#askOnce(method, path, body, condition);
    }
  }

  #askOnce(method: string, path: string, body: unknown, { version, key, isLast }: Condition): Promise<unknown> {
    const headers = this.#headers;
    if (version !== undefined) headers["If-Match"] = `"${version}"`;
    if (key !== undefined) headers["Idempotency-Key"] = key;
    if (body === undefined) return this.#turns.take(() => ask(path, { method, headers }));
    headers["Content-Type"] = "application/json";
    const how = { method, headers, body: JSON.stringify(body), ...(isLast && { keepalive: true }) };
    return this.#turns.take(() => ask(path, how));
  }
}

/** For `Idempotency-Key`: a repeat with the same key is the same request. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** An answer that is no success: `code` and `facts` of its problem, and a message for people. */
export class Answered extends Error {
  readonly status: number;
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Readonly<Record<string, unknown>>, path: string) {
    super(String(problem.detail ?? problem.title ?? `${path} answered ${status}`));
    this.status = status;
    this.code = String(problem.code ?? "");
    this.facts = problem;
  }
}

/** Proxies answer with pages of theirs while the server restarts: only JSON is the server's. */
export async function ask(path: string, how: RequestInit = {}): Promise<unknown> {
  const answer = await fetch(path, { ...how, redirect: "error", cache: "no-store" });
  if (answer.status === 204) return null;
  const body = (await answer.json().catch(() => null)) as Readonly<Record<string, unknown>> | null;
  if (answer.ok && body !== null) return body;
  throw new Answered(answer.status, body ?? {}, path);
}
