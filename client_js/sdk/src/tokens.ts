/** Where a client's tokens come from: the program's own function, shared among tabs, or a visitor's. */

import type { NoTokenFacts } from "./core/states.ts";
import { SharedTokens } from "./drivers/share.ts";
import { Misused, NoToken, TokenLater } from "./errors.ts";
import type { Token, TokenAsked, VisitorTokens } from "./visitor.ts";

export interface TokenOptions {
  /**
   * Gives a token, now and before each expires, alone or with whose it is. Throw `NoToken` when asking again does not
   * help, `TokenLater` when it may after a while. All tokens of one client are of one person: another one stops it.
   * Where `principal` is given, one window asks for all that are open.
   */
  readonly getToken?: (asked: TokenAsked) => string | Token | Promise<string | Token>;
  /** Instead of `getToken`: the tokens of a visitor, who begins anew when the server refuses them (R14). */
  readonly visitor?: Pick<VisitorTokens, "getToken" | "drop" | "principal">;
  /**
   * Whose messages these are: a stable id of the signed-in person, unless it comes with the token. With it, messages
   * without an ack outlive the page, and only the same principal sends them. Without it they are kept in memory.
   */
  readonly principal?: string;
}

/** `none`: why there is no token. */
export type Given = Partial<Token> & { readonly none?: NoTokenFacts & { readonly reason: string } };

export class Tokens {
  readonly #options: TokenOptions;
  readonly #shared: SharedTokens | null;
  /** How many visitors there have been: what was asked for an earlier one is of no use. */
  #visitors = 0;

  /** `url`: of which server. `arrived`: another tab got a token. Throws `Misused` where nothing gives tokens. */
  constructor(options: TokenOptions, url: string, arrived: (token: string) => void) {
    if (typeof (options.visitor ?? options).getToken !== "function") {
      throw new Misused("Give getToken, a function, or visitor.");
    }
    this.#options = options;
    const { visitor, principal } = options;
    this.#shared = visitor || principal === undefined ? null : new SharedTokens(`${url} ${principal}`, arrived);
  }

  get isVisitor(): boolean {
    return this.#options.visitor !== undefined;
  }

  /** The page is there, or is there again. */
  wake(): void {
    this.#shared?.open();
  }

  sleep(): void {
    this.#shared?.close();
  }

  /** The next token; null: it is of no use any more, or has arrived from another tab. */
  async get(isNew: boolean): Promise<Given | null> {
    const visitors = this.#visitors;
    const { visitor, getToken } = this.#options;
    try {
      const ask = () => (visitor ? visitor.getToken({ isNew }) : getToken?.({ isNew }));
      const given = await (this.#shared && isNew ? this.#shared.get(ask, (it) => this.#forAll(it)) : ask());
      if (given === null || visitors !== this.#visitors) return null;
      const found = asToken(given);
      if (typeof found.token !== "string") throw new NoToken("getToken gave no token");
      return found;
    } catch (problem) {
      return visitors === this.#visitors ? { none: factsOf(problem) } : null;
    }
  }

  /** What the other tabs get: nothing, where it is another person's. */
  #forAll(given: string | Token | undefined): string | undefined {
    const { token, principal } = asToken(given);
    return principal === undefined || principal === this.#options.principal ? token : undefined;
  }

  /** A new visitor begins. The id of the former one, if it is known. */
  beginAnew(token: string): string | null {
    const { visitor } = this.#options;
    const former = visitor?.principal ?? null;
    this.#visitors += 1;
    visitor?.drop(token);
    return former;
  }
}

function asToken(given: string | Token | undefined): Partial<Token> {
  return typeof given === "object" ? given : { token: given as string };
}

function factsOf(problem: unknown): NoTokenFacts & { readonly reason: string } {
  const reason = problem instanceof Error ? problem.message : String(problem);
  if (problem instanceof NoToken) return { reason, isFinal: true, refusal: problem.refusal };
  return { reason, retryAfter: problem instanceof TokenLater ? problem.retryAfter : undefined };
}
