/** What a connection is at a moment, what it asks of its driver, and what it is told of tokens: types alone. */

import type * as wire from "../wire.ts";

/** How the server greets: who one is, until when, and what the server can do. */
export type Welcome = wire.StaffWelcome | wire.ContactWelcome;
/** What a server sends. */
export type Frame = wire.StaffOut | wire.ContactOut;

export type Hello = wire.Hello;

/** Why there is no connection, for people and for programs. */
export interface Trouble {
  /**
   * `offline`: the browser says that there is no network. `unreachable`: no answer. `blocked`: the server answers HTTP
   * and websockets do not get through, as with some proxies. `token`: no token could be had. `server`: the server
   * ended the connection.
   */
  readonly kind: "offline" | "unreachable" | "blocked" | "token" | "server";
  /** The close code or the HTTP status; 1006 without either, 0 where there was no token. */
  readonly code: number;
  /** A sentence, for developers. */
  readonly reason: string;
}

/** What a connection is at a moment; `kind` tells them apart. */
export type LinkState =
  /** Before the first attempt. */
  | { readonly kind: "idle" }
  /** `trouble`: why the last connection ended, or could not be made. */
  | { readonly kind: "connecting"; readonly trouble: Trouble | null }
  | { readonly kind: "live"; readonly welcome: Welcome }
  /** Comes back by itself. `retryAt` in the clock of the inputs; infinite while the page sleeps or is offline. */
  | { readonly kind: "waiting"; readonly retryAt: number; readonly trouble: Trouble }
  /** For good: another token or another page is needed. */
  | { readonly kind: "stopped"; readonly code: number; readonly reason: string };

export type LinkEffect =
  /** Call `getToken`, then `token` or `noToken`. With `isNew` the last one will not do any more. */
  | { readonly do: "token"; readonly isNew: boolean }
  /** Open a socket, then call `opened`, `received` and, once, `closed`. */
  | { readonly do: "connect" }
  | { readonly do: "send"; readonly frame: Hello | wire.Refresh | wire.Ping }
  /** Close the socket. `closed` is not called for it. */
  | { readonly do: "hangUp" }
  /** Ask the server over HTTP whether it is there, then call `probed`. */
  | { readonly do: "probe" }
  /** A visitor's `token` is refused for good, and we go on as a new visitor (R14): end all that was the former one's. */
  | { readonly do: "anew"; readonly token: string; readonly reason: string }
  | { readonly do: "state"; readonly state: LinkState }
  /** A frame that is not about the connection. */
  | { readonly do: "frame"; readonly frame: Frame };

/** `isFinal`: asking again does not help. `refusal`: the server's code, if it refused. `retryAfter` in milliseconds. */
export interface NoTokenFacts {
  readonly isFinal?: boolean;
  readonly refusal?: string;
  readonly retryAfter?: number | undefined;
}
