/**
 * A link that is good once, as `/desk/link#link=...` has it: of an invitation, for another password, of the first admin.
 * Its secret is behind the `#`, which no request, no log and no Referer has, and leaves the address at once.
 */

import { Answered } from "./api.ts";
import { findLink, type LinkFound, redeem, rename, type SignedIn } from "./sign-in.ts";
import { reasonOf, words } from "./words.ts";

export const LINK_PATH = "/desk/link";
export const LEAST_PASSWORD = 10;

export type LinkState =
  | { readonly kind: "looking" }
  /** It is of no use: it was used, has ended, or is not whole. */
  | { readonly kind: "bad"; readonly reason: string }
  /** No answer: it can be tried again. */
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "found"; readonly found: LinkFound; readonly problem: string; readonly isBusy: boolean };

export interface LinkParts {
  readonly changed: (state: LinkState) => void;
  readonly signedIn: (signedIn: SignedIn) => void;
  readonly leave: () => void;
}

export class OneTimeLink {
  readonly #parts: LinkParts;
  #secret = "";

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /** Whether the address is that of a link; then it is looked up. */
  isOpened(): boolean {
    if (location.pathname !== LINK_PATH) return false;
    this.#secret = secretOf(location.hash) || this.#secret;
    history.replaceState(null, "", LINK_PATH);
    void this.look();
    return true;
  }

  async look(): Promise<void> {
    if (this.#secret === "") {
      this.#parts.changed({ kind: "bad", reason: words("linkNotWhole") });
      return;
    }
    this.#parts.changed({ kind: "looking" });
    try {
      const found = await findLink(this.#secret);
      this.#parts.changed({ kind: "found", found, problem: "", isBusy: false });
    } catch (problem) {
      this.#failed(problem);
    }
  }

  /** Sets the password, and goes in. `name`: as the person wants to be called. */
  async redeem(found: LinkFound, password: string, name: string): Promise<void> {
    this.#parts.changed({ kind: "found", found, problem: "", isBusy: true });
    try {
      const signedIn = await redeem(this.#secret, password);
      this.#secret = "";
      history.replaceState(null, "", "/desk");
      if (name !== "" && name !== found.name) await rename(signedIn.token, name).catch(() => undefined); // the account has it
      this.#parts.signedIn(signedIn);
    } catch (problem) {
      const isOver = problem instanceof Answered && problem.code === "bad_link";
      const reason = problem instanceof Answered ? reasonOf(problem) : words("signInFailed");
      if (isOver) this.#failed(problem);
      else this.#parts.changed({ kind: "found", found, problem: reason, isBusy: false });
    }
  }

  /** To the desk, or to its sign-in. */
  leave(): void {
    this.#secret = "";
    history.replaceState(null, "", "/desk");
    this.#parts.leave();
  }

  #failed(problem: unknown): void {
    if (problem instanceof Answered && (problem.code === "bad_link" || problem.status === 400)) {
      this.#parts.changed({ kind: "bad", reason: words("linkOver") });
    } else {
      const reason = problem instanceof Answered ? reasonOf(problem) : words("signInFailed");
      this.#parts.changed({ kind: "failed", reason });
    }
  }
}

/** Of the part of an address behind `#`; "" where it has none. */
export function secretOf(hash: string): string {
  return /^#link=([\w-]{1,64})$/.exec(hash)?.[1] ?? "";
}
