/**
 * Signing in with e-mail and password. What signs this browser in is in a cookie that no script reads; the access tokens
 * that it is good for are in memory only. The windows of a browser share the cookie, and say to each other who came and
 * went.
 */

import { NoToken } from "@intervene/client";
import { Answered, Api, ask } from "./api.ts";
import type { Me } from "./core/dock.ts";
import { words } from "./words.ts";

/** As `/v1/session` answers. */
export interface SignedIn {
  readonly token: string;
  readonly person: Me & { readonly email: string };
  /** The id of this browser among the person's devices. */
  readonly device: string;
}

/** A link that is good once, as it was looked up: whose it is, and until when, in milliseconds since 1970. */
export interface LinkFound {
  readonly purpose: "invitation" | "reset" | "first_admin";
  readonly name: string;
  readonly email: string;
  readonly expires: number;
}

const PATH = "/v1/session";
const HINT = "intervene.desk.signed-in"; // whose drafts are here, and that a refresh may be worth asking for

export function signIn(email: string, password: string): Promise<SignedIn> {
  return post("", { email, password }) as Promise<SignedIn>;
}

/** Another access token for this browser. Throws `NoToken` where it is not signed in, or not any more. */
export async function refresh(): Promise<SignedIn> {
  try {
    return (await post("/refresh")) as SignedIn;
  } catch (problem) {
    if (problem instanceof Answered && problem.code === "signed_out") throw new NoToken(words("signedOutElsewhere"));
    throw problem;
  }
}

/** Signs this browser out, also if it was not signed in. */
export async function signOut(): Promise<void> {
  await ask(PATH, { method: "DELETE" });
}

export function findLink(link: string): Promise<LinkFound> {
  return post("/link", { link }) as Promise<LinkFound>;
}

/** Sets the password of the person whose link it is, and signs them in here. */
export function redeem(link: string, password: string): Promise<SignedIn> {
  return post("/redeem", { link, password }) as Promise<SignedIn>;
}

/** Of the person whose `token` it is, before there is a session. */
export async function rename(token: string, name: string): Promise<void> {
  await new Api(() => token).send("PATCH", "/v1/me", { name });
}

function post(path: string, body?: unknown): Promise<unknown> {
  if (body === undefined) return ask(PATH + path, { method: "POST" });
  const headers = { "Content-Type": "application/json" };
  return ask(PATH + path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** The principal who was signed in when this browser was used last; null for nobody, "" where that is not known. */
export function signedInAs(): string | null {
  try {
    return localStorage.getItem(HINT);
  } catch {
    return ""; // a refresh tells
  }
}

export function remember(principal: string | null): void {
  try {
    if (principal !== null) localStorage.setItem(HINT, principal);
    else localStorage.removeItem(HINT);
  } catch {
    // A refresh tells.
  }
}

export type WindowSays = { readonly kind: "in"; readonly principal: string } | { readonly kind: "out" };

/** The other windows of this browser. */
export class Windows {
  readonly #channel = new BroadcastChannel("intervene desk");

  constructor(said: (what: WindowSays) => void) {
    this.#channel.onmessage = ({ data }) => said(data as WindowSays);
  }

  say(what: WindowSays): void {
    this.#channel.postMessage(what);
  }
}
