/** A websocket as the core wants it: text in, text out, and exactly one end. */

import { SUBPROTOCOL } from "../wire.ts";

const OPEN = 1; // WebSocket.readyState

/** What a websocket class has to have: the browser's, Node's own, or that of the package `ws`. */
export interface WebSocketLike {
  /** See MDN, as for all of these. */
  onopen: ((event: never) => void) | null;
  /** With the text in `data`. */
  onmessage: ((event: never) => void) | null;
  /** With `code` and `reason`. */
  onclose: ((event: never) => void) | null;
  /** `onclose` follows. */
  onerror: ((event: never) => void) | null;
  /** 1 while it is open; a class without it counts as open. */
  readonly readyState?: number;
  /** Sends one text message. */
  send(data: string): void;
  /** Says goodbye. */
  close(code?: number, reason?: string): void;
}

/** What `new WebSocket(url, protocols)` makes. */
export type WebSocketClass = new (url: string, protocols?: string | string[]) => WebSocketLike;

/** What the package `ws` has beyond it: the answer to a request that was not upgraded. */
interface NodeWebSocket {
  on?(event: "unexpected-response", listener: (request: unknown, answer: NodeAnswer) => void): void;
}

interface NodeAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  on(event: "data" | "close", listener: (part: unknown) => void): void;
}

const MOST_BODY = 16 * 1024;

export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** In Node, where it can be seen: the request was answered over HTTP instead. */
  refused(status: number, body: string, retryAfter: string | undefined): void;
  closed(code: number, reason: string): void;
}

export class Socket {
  readonly #events: SocketEvents;
  #socket: WebSocketLike | null = null;

  constructor(events: SocketEvents) {
    this.#events = events;
  }

  connect(url: string, WebSocket: WebSocketClass): void {
    let socket: WebSocketLike;
    try {
      socket = new WebSocket(url, [SUBPROTOCOL]);
    } catch (problem) {
      // A page's own policy (CSP, mixed content) refuses here: later is soon enough, and never inside the caller.
      queueMicrotask(() => this.#events.closed(1006, problem instanceof Error ? problem.message : String(problem)));
      return;
    }
    this.#socket = socket;
    const isMine = (): boolean => this.#socket === socket; // an older socket may still have something to say
    socket.onopen = () => isMine() && this.#events.opened();
    socket.onmessage = (event: { data: unknown }) => {
      if (isMine() && typeof event.data === "string") this.#events.received(event.data);
    };
    socket.onclose = (event: { code: number; reason: string }) => {
      if (!isMine()) return;
      this.#socket = null;
      this.#events.closed(event.code, event.reason);
    };
    (socket as NodeWebSocket).on?.("unexpected-response", (_request, answer) => {
      let body = "";
      answer.on("data", (part) => {
        body = (body + part).slice(0, MOST_BODY);
      });
      answer.on("close", () => {
        if (!isMine()) return;
        this.hangUp();
        this.#events.refused(answer.statusCode, body, answer.headers["retry-after"]);
      });
    });
    socket.onerror = () => undefined; // a close always follows, and says more
  }

  /** While the peer's close is under way, nothing: `closed` follows, and browsers complain of what is sent then. */
  send(frame: unknown): void {
    if ((this.#socket?.readyState ?? OPEN) === OPEN) this.#socket?.send(JSON.stringify(frame));
  }

  /** Ends it without `closed`. */
  hangUp(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }
}

/** Whether a URL is answered. Resolves false after `milliseconds`. */
export async function answersHttp(url: string, milliseconds: number): Promise<boolean> {
  try {
    // Across origins the answer is opaque, which says enough: something answered.
    await fetch(url, { mode: "no-cors", cache: "no-store", signal: AbortSignal.timeout(milliseconds) });
    return true;
  } catch {
    return false;
  }
}
