/** What a program gives a client: options, and listeners for its events. */

import type { Command } from "./core/outbox.ts";
import type { Pace } from "./core/pace.ts";
import type { LinkState } from "./core/states.ts";
import type { WebSocketClass } from "./drivers/socket.ts";
import type { Store } from "./drivers/store.ts";
import { type BeganAnew, type ClientError, Misused } from "./errors.ts";
import type { TokenOptions } from "./tokens.ts";
import type * as wire from "./wire.ts";

/** What `createClient` takes. */
export interface ClientOptions extends TokenOptions {
  /** The server, as `wss://host/socket`, or as the `https://host` that it is served from. */
  readonly url: string;
  /** For Node before 22: `WebSocket` of the package `ws`. */
  readonly WebSocket?: WebSocketClass;
  /** Where unsent messages are kept, instead of IndexedDB or memory. */
  readonly store?: Store;
  /** What the server's log calls this client. */
  readonly name?: string;
  /** How patient it is, where that is to differ. */
  readonly pace?: Partial<Pace>;
}

/** What is said of a customer, by name; null says no more. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** A connection's state as a program sees it; `retryAt` in the clock of `performance.now()`. */
export type ClientState = LinkState;

/** What `client.on` takes: each event with its listener. */
export interface ClientEvents {
  /** The connection's state has changed. */
  state: (state: ClientState) => void;
  /**
   * A message could not be sent and never will be, of this page or of one before it: show it with its text, to be sent
   * anew. The call that gave it, if it was of this page, rejects with the same problem.
   */
  unsent: (command: Command, problem: ClientError) => void;
  /**
   * A visitor's token was refused for good, and a new visitor begins (R14). Everything that was shown is another
   * visitor's: remove it. The conversations `end`, messages without an ack are `unsent`, and `open()` gives a new one.
   */
  anew: (problem: BeganAnew) => void;
  /** A frame that is of no conversation's log, as those of views and of presence; also `read`, which may be of both. */
  frame: (frame: wire.StaffOut | wire.ContactOut) => void;
}

/** The class that was given, or the one that is here. Throws `Misused` where there is none. */
export function webSocketOf(options: ClientOptions): WebSocketClass {
  const found = options.WebSocket ?? (globalThis.WebSocket as unknown as WebSocketClass | undefined);
  if (found === undefined) throw new Misused("No WebSocket here: pass that of the package ws.");
  return found;
}
