/** The desk: how one gets in, and then a session. What draws it reads `state`, and is called after each change. */

import { Client, CloseCode, NoToken } from "@intervene/client";
import type { Drafts } from "@intervene/ui";
import type { Account } from "./account.ts";
import { Answered, type Demo, developmentToken, getDemo, getWayIn, hostToken, NO_DEMO, type WayIn } from "./api.ts";
import type { Me } from "./core/dock.ts";
import { principalOf } from "./core/token.ts";
import { type LinkState, OneTimeLink } from "./link.ts";
import { Session, type SessionState } from "./session.ts";
import { Shelf } from "./shelf.ts";
import { refresh, remember, type SignedIn, signedInAs, signIn, signOut, Windows } from "./sign-in.ts";
import { reasonOf, sentence, words } from "./words.ts";

export interface SignInState {
  /** Why one has to sign in again; "" for the first time. */
  readonly notice: string;
  readonly problem: string;
  /** Until then of the page's clock the server looks at no password; 0 for now. */
  readonly until: number;
  readonly isBusy: boolean;
}

export type Phase =
  | { readonly kind: "opening" }
  /** Something failed, and `again` tries it again. `orByEmail`: there is another way in. */
  | {
      readonly kind: "failed";
      readonly title: string;
      readonly reason: string;
      readonly again: () => void;
      readonly orByEmail?: boolean;
    }
  /** With e-mail and password; in development also as somebody of the demo organisation, or by a name. */
  | { readonly kind: "signIn"; readonly asked: SignInState; readonly development: boolean; readonly demo: Demo }
  /** A link that is good once was opened. */
  | { readonly kind: "link"; readonly link: LinkState }
  | { readonly kind: "out" }
  | { readonly kind: "in" };

export interface DeskState {
  readonly phase: Phase;
  readonly session: SessionState | null;
}

/** Where the tokens of a session come from: the cookie of this browser, a name of development, the host application. */
type Way = "cookie" | "name" | "host";
type Person = Pick<Me, "name" | "role">;

const NAMED = "intervene.desk.person"; // a name and a role of development; a token is never stored
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const NOTHING_ASKED: SignInState = { notice: "", problem: "", until: 0, isBusy: false };

export class Store {
  readonly #changed: () => void;
  readonly #drafts: Pick<Drafts, "get" | "set" | "forget">;
  readonly #windows = new Windows((said) => {
    if (said.kind === "out") this.#wentElsewhere(words("signedOutInWindow"));
    else this.#cameElsewhere(said.principal);
  });
  readonly link = new OneTimeLink({
    changed: (link) => this.#become({ kind: "link", link }),
    signedIn: (signedIn) => this.#entered(signedIn),
    leave: () => void this.begin(),
  });
  #phase: Phase = { kind: "opening" };
  #session: Session | null = null;
  #wayIn: WayIn | null = null;
  #demo: Demo = NO_DEMO;
  #way: Way = "cookie";
  #principal = "";
  /** The id of this browser among the person's devices. */
  #device = "";
  /** A change of password is under way: it ends what the cookie was good for, and makes another one. */
  #renewal: Promise<unknown> = Promise.resolve();
  /** The cookie is of another person by now. */
  #isAnother = false;

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

  // -- the way in -----------------------------------------------------------------------------------------------------

  /** Finds the way in, and goes in if nothing has to be asked. Waits for a server that is not there yet. */
  async begin(): Promise<void> {
    if (this.link.isOpened()) return;
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
    const person = development ? named() : null;
    if (person !== null) await this.enterAs(person);
    else if (signedInAs() !== null) await this.#enter("cookie", this.#cookieToken);
    else if (url !== "") await this.#enter("host", () => hostToken(url));
    else this.askToSignIn();
  }

  askToSignIn(notice = ""): void {
    this.#asks({ ...NOTHING_ASKED, notice });
  }

  /** With e-mail and password. False: it was refused, and `state` says why. */
  async signIn(email: string, password: string): Promise<boolean> {
    const { notice } = this.#asked;
    this.#asks({ ...NOTHING_ASKED, notice, isBusy: true });
    try {
      this.#entered(await signIn(email, password));
      return true;
    } catch (problem) {
      this.#asks({ ...NOTHING_ASKED, notice, ...refusalOf(problem) });
      return false;
    }
  }

  /** In development. */
  async enterAs(person: Person): Promise<void> {
    keepName(person);
    await this.#enter("name", () => developmentToken(person));
  }

  #entered({ token, device }: SignedIn): void {
    this.#device = device;
    keepName(null);
    remember(principalOf(token));
    this.#windows.say({ kind: "in", principal: principalOf(token) });
    void this.#enter("cookie", this.#cookieToken, token);
  }

  readonly #cookieToken = async (): Promise<string> => {
    await this.#renewal;
    const { token, device } = await refresh();
    this.#device = device;
    return token;
  };

  /** `first`: a token that there is already. */
  async #enter(way: Way, ask: () => Promise<string>, first?: string): Promise<void> {
    this.#way = way;
    this.#become({ kind: "opening" });
    try {
      this.#begins(first ?? (await ask()), ask);
    } catch (problem) {
      this.#refused(problem as Error);
    }
  }

  #begins(given: string, ask: () => Promise<string>): void {
    let first: string | null = given;
    const principal = principalOf(given);
    // All tokens of a session are of one person: with another one's, the client ends it and sends nothing.
    const getToken = async () => {
      const token = await ask();
      this.#isAnother = principalOf(token) !== principal;
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
    this.#isAnother = false;
    this.#session = new Session(options, {
      account: this.#account(),
      changed: () => this.#sessionChanged(),
      drafts: {
        get: (conversation, slot) => this.#drafts.get(principal, conversation, slot),
        set: (conversation, slot, text) => this.#drafts.set(text, principal, conversation, slot),
      },
    });
    this.#become({ kind: "in" });
  }

  #refused(problem: Error): void {
    const reason = reasonOf(problem);
    const isFinal = problem instanceof NoToken;
    if (this.#way === "cookie" && isFinal) this.#ended(reason);
    else if (this.#way === "name") {
      keepName(null);
      this.#asks({ ...NOTHING_ASKED, problem: reason });
    } else if (isFinal) {
      const said = words("refusedMeans", { reason });
      this.#fails(words("refused"), said, true);
    } else this.#fails(words("failed"), reason, this.#way === "host");
  }

  #account(): Account {
    return {
      hasPassword: this.#way === "cookie",
      device: () => this.#device,
      signOut: () => void this.signOut(),
      changePassword: async (email, current, next) => {
        const renewal = this.#changePassword(email, current, next);
        this.#renewal = renewal.catch(() => undefined);
        await renewal;
      },
    };
  }

  async #changePassword(email: string, current: string, next: string): Promise<void> {
    await this.#session?.api.send("PATCH", "/v1/me", { password: next, current });
    this.#device = (await signIn(email, next)).device;
  }

  // -- the way out ----------------------------------------------------------------------------------------------------

  /** With another token: the server has ended the session, or the person signed out. */
  async enterAgain(): Promise<void> {
    this.#leave();
    await this.begin();
  }

  /** On this device. Forgets who it was: the token, the name, and everything that was kept for them here. */
  async signOut(): Promise<void> {
    const isByCookie = this.#way === "cookie" && this.#session !== null;
    this.#session?.forget();
    this.#session = null;
    this.#drafts.forget(this.#principal);
    keepName(null);
    if (this.#wayIn?.development && !isByCookie) {
      this.askToSignIn();
      return;
    }
    if (isByCookie) {
      this.#windows.say({ kind: "out" });
      await this.#signOutHere();
    } else this.#become({ kind: "out" });
  }

  async #signOutHere(): Promise<void> {
    this.#become({ kind: "opening" });
    try {
      await signOut();
      remember(null);
      this.#become({ kind: "out" });
    } catch {
      this.#become({
        kind: "failed",
        title: words("notSignedOut"),
        reason: words("maybeSignedIn"),
        again: () => void this.#signOutHere(),
      });
    }
  }

  #sessionChanged(): void {
    const session = this.#session;
    const link = session?.state.link;
    this.#changed();
    if (this.#way !== "cookie" || link?.kind !== "stopped" || link.code !== CloseCode.BAD_TOKEN) return;
    queueMicrotask(() => {
      if (session !== this.#session) return;
      if (this.#isAnother) this.#anotherCame();
      else this.#ended(sentence(link.reason));
    });
  }

  /** The server lets this browser in no more: whoever has it now finds nothing here. The server has kept the drafts. */
  #ended(reason: string): void {
    const principal = this.#principal || (signedInAs() ?? "");
    if (this.#session !== null) this.#session.forget();
    else forgetUnconnected(principal);
    this.#session = null;
    this.#drafts.forget(principal);
    remember(null);
    this.askToSignIn(`${capital(reason)} ${words("draftsKept")}`);
  }

  /** Another window of this browser has signed it out. */
  #wentElsewhere(reason: string): void {
    if (this.#session === null || this.#way !== "cookie") return;
    this.#leave();
    this.askToSignIn(reason);
  }

  /** Another window has signed this browser in: as another person, or while this one asked for it. */
  #cameElsewhere(principal: string): void {
    if (this.#session !== null && this.#way === "cookie" && principal !== this.#principal) {
      this.#anotherCame();
    } else if (this.#phase.kind === "signIn" && !this.#asked.isBusy) {
      void this.#enter("cookie", this.#cookieToken);
    }
  }

  #anotherCame(): void {
    this.#leave();
    this.#fails(words("anotherPerson"), words("anotherPersonMeans"));
  }

  #leave(): void {
    this.#session?.stop();
    this.#session = null;
  }

  // -- state ----------------------------------------------------------------------------------------------------------

  get #asked(): SignInState {
    return this.#phase.kind === "signIn" ? this.#phase.asked : NOTHING_ASKED;
  }

  #asks(asked: SignInState): void {
    const development = this.#wayIn?.development ?? false;
    this.#become({ kind: "signIn", asked, development, demo: this.#demo });
  }

  #fails(title: string, reason: string, orByEmail = false): void {
    this.#become({ kind: "failed", title, reason, orByEmail, again: () => void this.enterAgain() });
  }

  #become(phase: Phase): void {
    this.#phase = phase;
    this.#changed();
  }
}

/** The same as `Session.forget`, for a person who has no token. */
function forgetUnconnected(principal: string): void {
  new Shelf(principal).forget();
  void new Client({ url: location.origin, principal, getToken: () => new Promise(() => undefined) }).forget();
}

/** The server's reasons begin in lower case. */
function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

function refusalOf(problem: unknown): Pick<SignInState, "problem" | "until"> {
  if (!(problem instanceof Answered)) return { problem: words("signInFailed"), until: 0 };
  const wait = Number(problem.facts.retry_after ?? 0);
  return { problem: reasonOf(problem), until: wait > 0 ? performance.now() + wait * 1000 : 0 };
}

function named(): Person | null {
  try {
    const { name, role } = JSON.parse(sessionStorage.getItem(NAMED) ?? "{}") as Partial<Person>;
    return name ? { name, role: role === "supervisor" || role === "admin" ? role : "agent" } : null;
  } catch {
    return null; // refused by the browser, or not ours
  }
}

function keepName(person: Person | null): void {
  try {
    if (person === null) sessionStorage.removeItem(NAMED);
    else sessionStorage.setItem(NAMED, JSON.stringify(person));
  } catch {
    // It is asked for again.
  }
}
