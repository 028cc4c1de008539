/**
 * One client's connection through all its lives, without I/O: every input is a call, every output is in `take()`.
 *
 *     idle -> token -> connecting -> greeting -> live -> waiting -> token ...
 *                                                     -> stopped, for good
 *
 * Time is an argument, in milliseconds of a clock that never goes back; `wakeAt` says when `tick` is due.
 */

import { CloseCode } from "../wire.ts";
import { inWords, isFinal, refusal } from "./answers.ts";
import { advised, Backoff, mayComeBack, type Pace } from "./pace.ts";
import type { Frame, Hello, LinkEffect, LinkState, NoTokenFacts, Trouble, Welcome } from "./states.ts";

/** Told apart so that a reader sees what each timer is for. */
type Timer = "join" | "retry" | "silence" | "refresh";

const AFTER_SLEEP = 5_000; // for the answer to a ping
const MARGIN = 0.8; // a token is replaced when this part of its life is over

export class Link {
  state: LinkState = { kind: "idle" };
  readonly #pace: Pace;
  readonly #backoff: Backoff;
  readonly #name: string;
  readonly #isVisitor: boolean;
  #out: LinkEffect[] = [];
  #timers = new Map<Timer, number>();
  #token = "";
  #claim = "";
  #refused = "";
  #expiresAt = 0;
  /** How far the server's clock is ahead of ours. */
  #ahead = 0;
  #liveSince = 0;
  #silence = 20_000;
  #hasPinged = false;
  #isOpened = false;
  #isOffline = false;
  #isAsleep = false;
  #isBlocked = false;
  /** We began anew, and the server has not said welcome since. */
  #isAnew = false;

  /** `random` in [0, 1). `name` is what the server's log calls this client. `isVisitor`: it may begin anew (R14). */
  constructor(pace: Pace, random: () => number, name: string, isVisitor = false) {
    this.#pace = pace;
    this.#backoff = new Backoff(pace, random);
    this.#name = name;
    this.#isVisitor = isVisitor;
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

  /** Why there is no connection; null while there is one, or none was needed yet. */
  get trouble(): Trouble | null {
    return "trouble" in this.state ? this.state.trouble : null;
  }

  /** The last one that was given; "" before. */
  get lastToken(): string {
    return this.#token;
  }

  get isLive(): boolean {
    return this.state.kind === "live";
  }

  // -- a program's wishes ---------------------------------------------------------------------------------------------

  start(now: number): void {
    if (this.state.kind === "idle") this.#begin(now);
  }

  stop(): void {
    this.#hangUp();
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

  token(token: string, now: number, claim = ""): void {
    if (token === "" || token === this.#refused) {
      this.#hangUp();
      this.#stopped(CloseCode.BAD_TOKEN, "getToken gave a refused token");
      return;
    }
    const isRefresh = this.isLive && token !== this.#token;
    this.#token = token;
    this.#claim = claim;
    if (isRefresh) this.#out.push({ do: "send", frame: { type: "refresh", token } });
    else if (this.isLive) this.#timers.set("refresh", now + this.#pace.refresh);
    else if (this.state.kind === "connecting") this.#connect(now);
  }

  noToken(problem: string, now: number, { isFinal = false, refusal = "", retryAfter }: NoTokenFacts): void {
    if (this.isLive) {
      const wait = Math.max(this.#pace.refresh, advised(this.#pace, retryAfter ?? 0));
      this.#timers.set("refresh", now + wait); // the old one is good for a while
    } else if (this.state.kind !== "connecting") {
      return; // an answer to what was asked in an earlier life
    } else if (refusal !== "bad_token" || !this.#beginsAnew(problem, now)) {
      if (isFinal) this.#stopped(CloseCode.BAD_TOKEN, problem);
      else this.#wait({ kind: "token", code: 0, reason: problem }, now, retryAfter);
    }
  }

  /** A token that another window got. */
  offered(token: string, now: number): void {
    if (token !== this.#refused && token !== this.#token) this.token(token, now);
  }

  /** There is a token, and it is of another person: a visitor begins anew, anybody else needs a client of their own. */
  another(now: number): void {
    if (this.state.kind === "waiting" || this.state.kind === "stopped") return;
    this.#hangUp();
    if (!this.#beginsAnew("another window has begun anew", now)) {
      this.#stopped(CloseCode.BAD_TOKEN, "the token is of another person");
    }
  }

  /** Whether we go on as a new visitor: once, a second refusal in a row is final. */
  #beginsAnew(reason: string, now: number): boolean {
    if (!this.#isVisitor || this.#isAnew) return false;
    this.#isAnew = true;
    this.#out.push({ do: "anew", token: this.#token, reason });
    this.#refused = this.#token;
    this.#token = "";
    this.#backoff.reset(); // the server is there, and answers
    this.#wait({ kind: "token", code: CloseCode.BAD_TOKEN, reason }, now);
    return true;
  }

  // -- the socket -----------------------------------------------------------------------------------------------------

  opened(now: number): void {
    if (this.state.kind !== "connecting") return;
    this.#isOpened = true;
    this.#timers.set("join", now + this.#pace.join);
    const hello: Hello = { type: "hello", token: this.#token, client: this.#name };
    this.#out.push({ do: "send", frame: this.#claim ? { ...hello, claim: this.#claim } : hello });
  }

  /** `frame` is null for what is no frame. What does not begin with `welcome` is not the server, but an outage (R3). */
  received(frame: Frame | null, now: number): void {
    if (this.state.kind !== "connecting" && this.state.kind !== "live") return;
    if (typeof frame?.type !== "string" || !(this.isLive || frame.type === "welcome" || frame.type === "away")) {
      this.#hangUp();
      this.closed(1006, "what answers is not the server", now);
      return;
    }
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
        this.#hangUp();
        this.#wait({ kind: "server", code: CloseCode.GOING_AWAY, reason: "the server is going" }, now, frame.after_ms);
        return;
      default:
        if (this.isLive) this.#out.push({ do: "frame", frame });
    }
  }

  /**
   * Something answered with HTTP instead of a websocket. Only a refusal of the server's own ends us (R3): while it
   * restarts, a proxy answers in its place.
   */
  refused(status: number, body: string, advice: number | undefined, now: number): void {
    if (this.state.kind !== "connecting") return;
    const found = refusal(body);
    const reason = inWords(status, found);
    if (found && isFinal(found)) this.#stopped(status, reason);
    else this.#wait({ kind: found ? "server" : "unreachable", code: status, reason }, now, advice ?? found?.retryAfter);
  }

  /** The socket has ended, or could not be opened: then `code` is 1006. */
  closed(code: number, reason: string, now: number): void {
    if (this.state.kind !== "connecting" && this.state.kind !== "live") return;
    const wasLive = this.isLive;
    if (code === CloseCode.TOKEN_EXPIRED || code === CloseCode.NEW_TOKEN) this.#refused = this.#token;
    const isClaimUnknown = code === CloseCode.BAD_HELLO && this.#claim !== "";
    if (isClaimUnknown)
      this.#claim = ""; // an older server knows no claims
    else if (!mayComeBack(code)) {
      if (code !== CloseCode.BAD_TOKEN || !this.#beginsAnew(reason, now)) this.#stopped(code, reason);
      return;
    }
    if (wasLive || (this.#isOpened && code !== 1006)) {
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
    if (answers && "trouble" in state && state.trouble?.kind === "unreachable") {
      const reason = "a proxy may not let websockets through";
      this.#become({ ...state, trouble: { ...state.trouble, kind: "blocked", reason } });
    }
  }

  // -- the page and its network ---------------------------------------------------------------------------------------

  /** The browser says that the network is gone. */
  offline(now: number): void {
    this.#isOffline = true;
    if (this.state.kind === "live" || this.state.kind === "connecting") {
      this.#hangUp();
      this.#wait({ kind: "offline", code: 1006, reason: "this device is offline" }, now);
    } else if (this.state.kind === "waiting") {
      this.#wait({ ...this.state.trouble, kind: "offline" }, now);
    }
  }

  online(now: number): void {
    this.check(now);
    this.#isOffline = false;
    if (this.state.kind === "waiting" && !this.#isAsleep) this.#begin(now);
  }

  /** The page is frozen, or kept for going back to: a socket would keep it from that, and could not be served. */
  sleep(): void {
    this.#isAsleep = true;
    if (this.state.kind === "idle" || this.state.kind === "stopped") return;
    this.#hangUp();
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
    if (this.#hasPinged) this.#lost("the server has gone silent", now);
    else this.#ping(now + this.#silence);
  }

  /** The page is looked at again, or there is another network: a connection that died in sleep is found in seconds. */
  check(now: number): void {
    const until = now + AFTER_SLEEP;
    if (this.isLive) this.#ping(this.#hasPinged ? Math.min(until, this.#timers.get("silence") ?? until) : until);
  }

  #ping(until: number): void {
    if (!this.#hasPinged) this.#out.push({ do: "send", frame: { type: "ping" } });
    this.#hasPinged = true;
    this.#timers.set("silence", until);
  }

  #lost(reason: string, now: number): void {
    this.#hangUp();
    this.closed(1006, reason, now);
  }

  // -- steps ----------------------------------------------------------------------------------------------------------

  #begin(now: number): void {
    this.#timers.clear();
    this.#become({ kind: "connecting", trouble: this.trouble });
    if (this.#token !== "" && this.#token !== this.#refused && this.#expiresAt - now > this.#pace.refresh) {
      this.#connect(now);
    } else {
      this.#timers.set("join", now + this.#pace.join);
      this.#out.push({ do: "token", isNew: this.#token !== "" });
    }
  }

  #connect(now: number): void {
    this.#isOpened = false;
    this.#timers.set("join", now + this.#pace.join);
    this.#out.push({ do: "connect" });
  }

  #welcomed(welcome: Welcome, now: number): void {
    this.#timers.delete("join");
    this.#liveSince = now;
    this.#isBlocked = false;
    this.#isAnew = false;
    this.#claim = ""; // it was moved, once
    this.#silence = Math.min(Math.max(welcome.ping_seconds, 1), 120) * 1000;
    this.#timers.set("silence", now + this.#silence);
    if (welcome.now) this.#ahead = welcome.now - this.wallClock();
    this.#become({ kind: "live", welcome });
    this.#lives(welcome.expires, now);
  }

  /** Milliseconds since 1970, as the server has them. */
  get serverNow(): number {
    return this.wallClock() + this.#ahead;
  }

  /** `expires` is of the server's clock. An older server does not say what that is; `refresh` bounds what we get wrong. */
  #lives(expires: number, now: number): void {
    const left = Math.max(0, expires - this.serverNow);
    this.#expiresAt = now + left;
    this.#timers.set("refresh", now + Math.min(MAX_TIMER, Math.max(this.#pace.refresh, left * MARGIN)));
  }

  /** Milliseconds since 1970; tests set their own. */
  wallClock: () => number = Date.now;

  #wait(trouble: Trouble, now: number, advice?: number): void {
    if (this.isLive && now - this.#liveSince >= this.#pace.stable) this.#backoff.reset();
    const wait = this.#backoff.next(advice);
    this.#timers.clear();
    const retryAt = this.#isOffline || this.#isAsleep ? Number.POSITIVE_INFINITY : now + wait;
    if (retryAt !== Number.POSITIVE_INFINITY) this.#timers.set("retry", retryAt);
    this.#become({ kind: "waiting", retryAt, trouble });
  }

  #stopped(code: number, reason: string): void {
    this.#timers.clear();
    this.#become({ kind: "stopped", code, reason });
  }

  #hangUp(): void {
    if (this.state.kind === "connecting" || this.state.kind === "live") this.#out.push({ do: "hangUp" });
  }

  #become(state: LinkState): void {
    this.state = state;
    this.#out.push({ do: "state", state });
  }
}

const MAX_TIMER = 2 ** 31 - 1; // browsers run a longer timer at once
