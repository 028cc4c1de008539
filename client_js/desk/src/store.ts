/** The desk: how one gets in, and then a session. Whoever draws reads `state` and is called after each change. */

import { NoToken } from "@intervene/client";
import type { Drafts } from "@intervene/ui";
import { type Demo, developmentToken, getDemo, getWayIn, hostToken, NO_DEMO, type WayIn } from "./api.ts";
import type { Me } from "./core/dock.ts";
import { principalOf } from "./core/token.ts";
import { Session, type SessionState } from "./session.ts";
import { sentence, words } from "./words.ts";

export type Phase =
  | { readonly kind: "opening" }
  /** Something failed on the way in: it can be tried again. */
  | { readonly kind: "failed"; readonly title: string; readonly reason: string }
  /** In development: who is it? */
  | { readonly kind: "name"; readonly problem: string; readonly demo: Demo }
  /** Nobody has said where tokens come from. */
  | { readonly kind: "unset" }
  | { readonly kind: "out" }
  | { readonly kind: "in" };

export interface DeskState {
  readonly phase: Phase;
  readonly session: SessionState | null;
}

type Person = Pick<Me, "name" | "role">;

const REMEMBERED = "intervene.desk.person"; // a name and a role of development; a token is never stored
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

export class Store {
  readonly #changed: () => void;
  readonly #drafts: Pick<Drafts, "get" | "set" | "forget">;
  #phase: Phase = { kind: "opening" };
  #session: Session | null = null;
  #wayIn: WayIn | null = null;
  #demo: Demo = NO_DEMO;
  #principal = "";

  constructor(drafts: Pick<Drafts, "get" | "set" | "forget">, changed: () => void) {
    this.#drafts = drafts;
    this.#changed = changed;
  }

  get state(): DeskState {
    return { phase: this.#phase, session: this.#session?.state ?? null };
  }

  /** Whose drafts and reading positions these are. */
  get principal(): string {
    return this.#principal;
  }

  get session(): Session | null {
    return this.#session;
  }

  /** Finds the way in, and goes in if nothing has to be asked. Waits for a server that is not there yet. */
  async begin(): Promise<void> {
    this.#become({ kind: "opening" });
    for (let wait = FIRST_WAIT; this.#wayIn === null; wait = Math.min(LONGEST_WAIT, wait * 2)) {
      try {
        this.#wayIn = await getWayIn();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    const { development, token_url: url } = this.#wayIn;
    if (development) this.#demo = await getDemo();
    const person = development ? remembered() : null;
    if (person !== null) await this.enterAs(person);
    else if (development) this.#askName();
    else if (url !== "") await this.#enter(() => hostToken(url));
    else this.#become({ kind: "unset" });
  }

  /** In development. */
  async enterAs(person: Person): Promise<void> {
    remember(person);
    await this.#enter(() => developmentToken(person));
  }

  async #enter(ask: () => Promise<string>): Promise<void> {
    this.#become({ kind: "opening" });
    try {
      let first: string | null = await ask();
      const principal = principalOf(first);
      // All tokens of a session are of one person: with another one's, the client ends it and sends nothing.
      const getToken = async () => {
        const token = await ask();
        return { token, principal: principalOf(token) };
      };
      const options = {
        url: location.origin,
        principal,
        name: "intervene-desk",
        getToken: ({ isNew }: { isNew: boolean }) => {
          const token = isNew ? null : first;
          first = null;
          return token ?? getToken();
        },
      };
      this.#principal = principal;
      this.#session = new Session(options, {
        changed: () => this.#changed(),
        drafts: {
          get: (conversation, slot) => this.#drafts.get(principal, conversation, slot),
          set: (conversation, slot, text) => this.#drafts.set(text, principal, conversation, slot),
        },
      });
      this.#become({ kind: "in" });
    } catch (problem) {
      this.#refused(problem as Error);
    }
  }

  #refused(problem: Error): void {
    const reason = problem.message;
    if (this.#wayIn?.development) this.#askName(reason);
    else if (problem instanceof NoToken) {
      this.#become({
        kind: "failed",
        title: words("refused"),
        reason: words("refusedMeans", { reason: sentence(reason) }),
      });
    } else this.#become({ kind: "failed", title: words("failed"), reason });
  }

  /** With another token: the server has ended the session, or the person signed out. */
  async enterAgain(): Promise<void> {
    this.#session?.stop();
    this.#session = null;
    await this.begin();
  }

  /** Forgets who it was: the token, the name, and everything that was kept for them here. */
  signOut(): void {
    this.#session?.forget();
    this.#session = null;
    this.#drafts.forget(this.#principal);
    remember(null);
    if (this.#wayIn?.development) this.#askName();
    else this.#become({ kind: "out" });
  }

  #askName(problem = ""): void {
    this.#become({ kind: "name", problem, demo: this.#demo });
  }

  #become(phase: Phase): void {
    this.#phase = phase;
    this.#changed();
  }
}

function remembered(): Person | null {
  try {
    const { name, role } = JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "{}") as Partial<Person>;
    return name ? { name, role: role === "supervisor" || role === "admin" ? role : "agent" } : null;
  } catch {
    return null; // refused by the browser, or not ours
  }
}

function remember(person: Person | null): void {
  try {
    if (person === null) sessionStorage.removeItem(REMEMBERED);
    else sessionStorage.setItem(REMEMBERED, JSON.stringify(person));
  } catch {
    // It is asked for again.
  }
}
