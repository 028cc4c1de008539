/**
 * One client's connection through all its lives, without I/O: every input is a call, every output is in `take()`.
 *
 *     idle -> token -> connecting -> greeting -> live -> waiting -> token ...
 *                                                     -> stopped, for good
 *
 * Time is an argument, in milliseconds of a clock that never goes back; `wakeAt` says when `tick` is due.
 */

import type * as wire from "../wire.ts";
import { CloseCode } from "../wire.ts";
import { advised, delay, mayComeBack, type Pace } from "./pace.ts";

export type Welcome = wire.StaffWelcome | wire.ContactWelcome;
export type Frame = wire.StaffOut | wire.ContactOut;

/** Why there is no connection, for people and for programs. */
export interface Trouble {
  /**
   * `offline`: the browser says that there is no network. `unreachable`: no answer. `blocked`: the server answers HTTP
   * and websockets do not get through, as with some proxies. `token`: no token could be had. `server`: the server
   * ended the connection.
   */
  readonly kind: "offline" | "unreachable" | "blocked" | "token" | "server";
  readonly code: number;
  readonly reason: string;
}

export type LinkState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting" }
  | { readonly kind: "live"; readonly welcome: Welcome }
  /** Comes back by itself. `retryAt` in the clock of the inputs; infinite while the page sleeps or is offline. */
  | { readonly kind: "waiting"; readonly retryAt: number; readonly trouble: Trouble }
  /** For good: another token or another page is needed. */
  | { readonly kind: "stopped"; readonly code: number; readonly reason: string };

export type LinkEffect =
  /** Call `getToken`, then `token` or `noToken`. With `isNew` the last one is refused: another is needed. */
  | { readonly do: "token"; readonly isNew: boolean }
  /** Open a socket, then call `opened`, `received` and, once, `closed`. */
  | { readonly do: "connect" }
  | { readonly do: "send"; readonly frame: wire.Hello | wire.Refresh | wire.Ping }
  /** Close the socket. `closed` is not called for it. */
  | { readonly do: "hangUp"; readonly code: number }
  /** Ask the server over HTTP whether it is there, then call `probed`. */
  | { readonly do: "probe" }
  | { readonly do: "state"; readonly state: LinkState }
  /** A frame that is not about the connection. */
  | { readonly do: "frame"; readonly frame: Frame };

/** Told apart so that a reader sees what each timer is for. */
type Timer = "join" | "retry" | "silence" | "refresh";

const MARGIN = 0.8; // a token is replaced when this part of its life is over

export class Link {
  state: LinkState = { kind: "idle" };
  readonly #pace: Pace;
  readonly #random: () => number;
  readonly #name: string;
  #out: LinkEffect[] = [];
  #timers = new Map<Timer, number>();
  #token = "";
  #refused = "";
  #expiresAt = 0;
  #failures = 0;
  #liveSince = 0;
  #silence = 20_000;
  #hasPinged = false;
  #isOffline = false;
  #isAsleep = false;
  #isBlocked = false;

  /** `random` in [0, 1). `name` is what the server's log calls this client. */
  constructor(pace: Pace, random: () => number, name: string) {
    this.#pace = pace;
    this.#random = random;
    this.#name = name;
  }

  /** What is to be done since the last call, in order. */
  take(): readonly LinkEffect[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  get wakeAt(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#timers.values());
  }

  get isLive(): boolean {
    return this.state.kind === "live";
  }

  // -- a program's wishes ---------------------------------------------------------------------------------------------

  start(now: number): void {
    if (this.state.kind === "idle") this.#begin(now);
  }

  stop(): void {
    this.#hangUp(CloseCode.NORMAL);
    this.#stopped(CloseCode.NORMAL, "stopped by the program");
  }

  /** Connect now instead of at `retryAt`: a person asked for it, or the page is shown again. */
  hurry(now: number): void {
    if (this.state.kind === "waiting" && !this.#isAsleep) {
      this.#isOffline = false; // the browser may be wrong about it
      this.#begin(now);
    }
  }

  // -- tokens ---------------------------------------------------------------------------------------------------------

  token(token: string, now: number): void {
    if (token === "" || token === this.#refused) {
      this.#hangUp(CloseCode.NORMAL);
      this.#stopped(CloseCode.BAD_TOKEN, "getToken gave a token that the server has refused");
      return;
    }
    const isRefresh = this.isLive && token !== this.#token;
    this.#token = token;
    if (isRefresh) this.#out.push({ do: "send", frame: { type: "refresh", token } });
    else if (this.isLive) this.#timers.set("refresh", now + this.#pace.refresh);
    else if (this.state.kind === "connecting") this.#connect(now);
  }

  /** `isFinal`: asking again does not help. `retryAfter` in milliseconds, if it is known. */
  noToken(problem: string, isFinal: boolean, now: number, retryAfter?: number): void {
    if (this.isLive) {
      this.#timers.set("refresh", now + Math.max(this.#pace.refresh, retryAfter ?? 0)); // the old one is good for a while
    } else if (isFinal) {
      this.#stopped(CloseCode.BAD_TOKEN, problem);
    } else if (this.state.kind === "connecting") {
      this.#wait({ kind: "token", code: 0, reason: problem }, now, retryAfter);
    }
  }

  // -- the socket -----------------------------------------------------------------------------------------------------

  opened(now: number): void {
    if (this.state.kind !== "connecting") return;
    this.#timers.set("join", now + this.#pace.join);
    this.#out.push({ do: "send", frame: { type: "hello", token: this.#token, client: this.#name } });
  }

  received(frame: Frame, now: number): void {
    if (this.state.kind !== "connecting" && this.state.kind !== "live") return;
    this.#hasPinged = false;
    if (this.isLive) this.#timers.set("silence", now + this.#silence);
    switch (frame.type) {
      case "welcome":
        if (!this.isLive) this.#welcomed(frame, now);
        return;
      case "refreshed":
        this.#lives(frame.expires, now);
        return;
      case "pong":
        return;
      case "away":
        this.#hangUp(CloseCode.NORMAL);
        this.#wait({ kind: "server", code: CloseCode.GOING_AWAY, reason: "the server is going" }, now, frame.after_ms);
        return;
      default:
        if (this.isLive) this.#out.push({ do: "frame", frame });
    }
  }

  /** The socket has ended, or could not be opened: then `code` is 1006. */
  closed(code: number, reason: string, now: number): void {
    if (this.state.kind !== "connecting" && this.state.kind !== "live") return;
    const wasLive = this.isLive;
    if (code === CloseCode.TOKEN_EXPIRED || code === SIGNED_OUT) this.#refused = this.#token;
    if (!mayComeBack(code)) {
      this.#stopped(code, reason);
      return;
    }
    if (wasLive) {
      this.#wait({ kind: "server", code, reason }, now);
    } else {
      this.#out.push({ do: "probe" });
      this.#wait({ kind: this.#isBlocked ? "blocked" : "unreachable", code, reason }, now);
    }
  }

  /** Whether the server answers HTTP although its websocket could not be opened. */
  probed(answers: boolean): void {
    this.#isBlocked = answers;
    const { state } = this;
    if (state.kind === "waiting" && answers && state.trouble.kind === "unreachable") {
      const reason = "websockets do not get through: a proxy or filter on the way may not allow them";
      this.#become({ ...state, trouble: { ...state.trouble, kind: "blocked", reason } });
    }
  }

  // -- the page and its network ---------------------------------------------------------------------------------------

  /** The browser says that the network is gone. */
  offline(now: number): void {
    this.#isOffline = true;
    if (this.state.kind === "live" || this.state.kind === "connecting") {
      this.#hangUp(CloseCode.NORMAL);
      this.#wait({ kind: "offline", code: 1006, reason: "this device is offline" }, now);
    } else if (this.state.kind === "waiting") {
      this.#wait({ ...this.state.trouble, kind: "offline" }, now);
    }
  }

  online(now: number): void {
    this.#isOffline = false;
    if (this.state.kind === "waiting" && !this.#isAsleep) this.#begin(now);
  }

  /** The page is frozen, or kept for going back to: a socket would keep it from that, and could not be served. */
  sleep(): void {
    this.#isAsleep = true;
    if (this.state.kind === "idle" || this.state.kind === "stopped") return;
    this.#hangUp(CloseCode.GOING_AWAY);
    this.#timers.clear();
    const trouble: Trouble = { kind: "offline", code: CloseCode.GOING_AWAY, reason: "the page sleeps" };
    this.#become({ kind: "waiting", retryAt: Number.POSITIVE_INFINITY, trouble });
  }

  wake(now: number): void {
    this.#isAsleep = false;
    if (this.state.kind === "waiting" && !this.#isOffline) this.#begin(now);
  }

  // -- time -----------------------------------------------------------------------------------------------------------

  /** To be called at `wakeAt`, or later: a device that slept finds everything due. */
  tick(now: number): void {
    for (const [timer, at] of [...this.#timers]) {
      if (at > now || this.#timers.get(timer) !== at) continue;
      this.#timers.delete(timer);
      if (timer === "retry") this.#begin(now);
      else if (timer === "refresh") this.#out.push({ do: "token", isNew: true });
      else if (timer === "silence") this.#wasSilent(now);
      else this.#lost("no answer from the server", now);
    }
  }

  #wasSilent(now: number): void {
    if (this.#hasPinged) {
      this.#lost("the server has gone silent", now);
      return;
    }
    this.#hasPinged = true;
    this.#timers.set("silence", now + this.#silence);
    this.#out.push({ do: "send", frame: { type: "ping" } });
  }

  #lost(reason: string, now: number): void {
    this.#hangUp(CloseCode.NORMAL);
    this.closed(1006, reason, now);
  }

  // -- steps ----------------------------------------------------------------------------------------------------------

  #begin(now: number): void {
    this.#timers.clear();
    this.#become({ kind: "connecting" });
    if (this.#token !== "" && this.#token !== this.#refused && this.#expiresAt - now > this.#pace.refresh) {
      this.#connect(now);
    } else {
      this.#timers.set("join", now + this.#pace.join);
      this.#out.push({ do: "token", isNew: this.#token !== "" });
    }
  }

  #connect(now: number): void {
    this.#timers.set("join", now + this.#pace.join);
    this.#out.push({ do: "connect" });
  }

  #welcomed(welcome: Welcome, now: number): void {
    this.#timers.delete("join");
    this.#liveSince = now;
    this.#isBlocked = false;
    this.#silence = Math.min(Math.max(welcome.ping_seconds, 1), 120) * 1000;
    this.#timers.set("silence", now + this.#silence);
    this.#become({ kind: "live", welcome });
    this.#lives(welcome.expires, now);
  }

  /** `expires` is of the server's clock: without that clock, ours has to do, and `refresh` bounds what it gets wrong. */
  #lives(expires: number, now: number): void {
    const left = Math.max(0, expires - this.wallClock());
    this.#expiresAt = now + left;
    this.#timers.set("refresh", now + Math.min(MAX_TIMER, Math.max(this.#pace.refresh, left * MARGIN)));
  }

  /** Milliseconds since 1970; tests set their own. */
  wallClock: () => number = Date.now;

  #wait(trouble: Trouble, now: number, advice?: number): void {
    if (this.isLive && now - this.#liveSince >= this.#pace.stable) this.#failures = 0;
    const random = this.#random();
    const wait = advice === undefined ? delay(this.#pace, this.#failures, random) : advised(this.#pace, advice);
    this.#failures += 1;
    this.#timers.clear();
    const retryAt = this.#isOffline || this.#isAsleep ? Number.POSITIVE_INFINITY : now + wait;
    if (retryAt !== Number.POSITIVE_INFINITY) this.#timers.set("retry", retryAt);
    this.#become({ kind: "waiting", retryAt, trouble });
  }

  #stopped(code: number, reason: string): void {
    this.#timers.clear();
    this.#become({ kind: "stopped", code, reason });
  }

  #hangUp(code: number): void {
    if (this.state.kind === "connecting" || this.state.kind === "live") this.#out.push({ do: "hangUp", code });
  }

  #become(state: LinkState): void {
    this.state = state;
    this.#out.push({ do: "state", state });
  }
}

const SIGNED_OUT = 4006; // of servers to come: the rights of this token have changed
const MAX_TIMER = 2 ** 31 - 1; // browsers run a longer timer at once
