/** The token of a visitor: a customer without an account, whom this browser remembers. */

import { advice, inWords, isFinal, refusal } from "./core/answers.ts";
import { visitorsUrl } from "./drivers/address.ts";
import { defaultStore } from "./drivers/store.ts";
import { exclusively } from "./drivers/tabs.ts";
import { NoToken, TokenLater } from "./errors.ts";

/** What `getToken` is asked for. */
export interface TokenAsked {
  /** The last token that it gave will not do any more: give another. */
  readonly isNew: boolean;
}

/** A token and whose it is. */
export interface Token {
  /** As the server, or the program's backend, signed it. */
  readonly token: string;
  /** A stable id of the person: unsent messages are kept under it. */
  readonly principal: string;
  /** Of a visitor who has just signed in: the visitor's token. The server moves the visitor's conversation (R155). */
  readonly claim?: string;
}

/** What `new VisitorTokens` takes. */
export interface VisitorOptions {
  /** The server, as `createClient` takes it. */
  readonly url: string;
  /** The channel's id: `webchat` unless the server has others. */
  readonly channel?: string;
  /** What a new visitor is called. Agents see it. */
  readonly name?: string;
  /** Where the token is kept: by default `localStorage`; null: in memory. */
  readonly storage?: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
}

/** As the server gives it. */
interface Kept {
  readonly token: string;
  readonly visitor: string;
  /** Milliseconds since 1970, of the server's clock. */
  readonly expires: number;
}

const PATIENCE = 10_000;
const MARGIN = 60_000; // a token that is about to end is renewed before it is used

/**
 * Gets a visitor's token, keeps it, renews it, and forgets it: `createClient({ url, visitor: new VisitorTokens({ url }) })`.
 *
 * Nothing is asked for and nothing is stored before a client asks for the first token. All tabs of a site that name the
 * same server and channel are one visitor.
 */
export class VisitorTokens {
  readonly #url: string;
  readonly #key: string;
  readonly #name: string;
  readonly #storage: VisitorOptions["storage"];
  #memory: Kept | null = null;
  #given = "";
  #refused = "";
  #turn: Promise<unknown> = Promise.resolve();

  /** Throws `Misused` for a URL that can never be a server's. */
  constructor({ url, channel = "webchat", name = "", storage = defaultStorage() }: VisitorOptions) {
    this.#url = visitorsUrl(url, channel);
    this.#key = `intervene visitor ${this.#url}`;
    this.#name = name;
    this.#storage = storage;
  }

  /** The id of the visitor that is kept here, or null: there is none, or none yet. */
  get principal(): string | null {
    return this.#kept()?.visitor ?? null;
  }

  /** Whether the visitor outlives the page. */
  get isDurable(): boolean {
    return this.#storage !== null && this.#memory === null;
  }

  /** The kept token, a renewed one, or that of a new visitor. For the client. */
  getToken({ isNew }: TokenAsked): Promise<Token> {
    // Two tabs that are opened at once become one visitor, and one of them renews the token for all.
    const mine = this.#turn.then(() => exclusively(this.#key, 2 * PATIENCE, () => this.#next(isNew)));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  /** The server refuses `token`: if it is the one that is kept, the next is of a new visitor. For the client. */
  drop(token: string): void {
    if (token !== "") this.#refused = token;
  }

  /**
   * Forgets the visitor: the server refuses the token from then on, everywhere, and neither the token nor unsent messages
   * are kept here. Stop the client first. Rejects with `TokenLater` when the server cannot be asked; what is kept here is
   * removed all the same.
   */
  async forget(): Promise<void> {
    const kept = this.#kept();
    if (kept === null) return;
    this.#keep(null);
    await defaultStore().clear(kept.visitor);
    await this.#send(this.#own, "DELETE", kept.token);
  }

  async #next(isNew: boolean): Promise<Token> {
    const kept = this.#kept();
    let next = kept;
    if (kept === null || kept.token === this.#refused) next = await this.#ask(this.#url);
    else if (this.#isSpent(kept, isNew)) next = await this.#renew(kept);
    if (next !== kept) this.#keep(next);
    const { token, visitor } = next as Kept;
    this.#given = token;
    return { token, principal: visitor };
  }

  get #own(): string {
    return this.#url.replace(/(webchat\/)?visitors$/, "visitor");
  }

  #isSpent({ token, expires }: Kept, isNew: boolean): boolean {
    return (isNew && token === this.#given) || expires - Date.now() < MARGIN;
  }

  async #renew(kept: Kept): Promise<Kept> {
    try {
      return await this.#ask(this.#own, kept.token);
    } catch (problem) {
      if (problem instanceof NoToken && problem.refusal === "bad_token") this.#refused = kept.token;
      throw problem;
    }
  }

  async #ask(url: string, token?: string): Promise<Kept> {
    const answer = await this.#send(url, "POST", token);
    const { token: given, visitor, expires } = (await answer.json().catch(() => null)) ?? {};
    if (!given || !visitor) throw new TokenLater(inWords(answer.status, null));
    return { token: given, visitor, expires: Number(expires) || 0 };
  }

  async #send(url: string, method: string, token?: string): Promise<Response> {
    const headers = {
      ...(method === "POST" && { "Content-Type": "application/json" }),
      ...(token && { Authorization: `Bearer ${token}` }),
    };
    const body = method === "POST" ? JSON.stringify(this.#name ? { name: this.#name } : {}) : null;
    const signal = AbortSignal.timeout(PATIENCE);
    const { origin } = new URL(url);
    const answer = await fetch(url, {
      ...{ method, headers, body, signal },
      redirect: "error", // what redirects is not the server
      credentials: "omit",
      cache: "no-store",
      keepalive: method === "DELETE", // the page may go right behind it
    }).catch((problem) => {
      throw new TokenLater(`${origin} cannot be asked: ${problem}`);
    });
    if (answer.ok) return answer;
    const { status } = answer;
    const found = refusal(await answer.text().catch(() => ""));
    const told = `${origin} answered ${inWords(status, found)}`;
    if (found && isFinal(found)) throw new NoToken(told, found.code);
    throw new TokenLater(told, found?.retryAfter ?? advice(status, answer.headers.get("Retry-After"), Date.now()));
  }

  // -- what is kept ---------------------------------------------------------------------------------------------------

  #kept(): Kept | null {
    if (this.#memory !== null || !this.#storage) return this.#memory;
    try {
      const kept = JSON.parse(this.#storage.getItem(this.#key) ?? "null") as Kept | null;
      return kept?.token && kept.visitor ? kept : null;
    } catch {
      return null; // refused, or not ours
    }
  }

  #keep(kept: Kept | null): void {
    this.#memory = null;
    try {
      if (kept === null) this.#storage?.removeItem(this.#key);
      else if (this.#storage) this.#storage.setItem(this.#key, JSON.stringify(kept));
      else this.#memory = kept;
    } catch {
      this.#memory = kept; // private windows, full disks, sandboxed frames
    }
  }
}

function defaultStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null; // reading the property alone throws in some frames
  }
}
