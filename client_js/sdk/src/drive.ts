/** What drives the core's machines: an input goes in, and what follows goes to the socket, the timer or the client. */

import { advice } from "./core/answers.ts";
import type { Exchange, ExchangeEffect } from "./core/exchange.ts";
import type { Link } from "./core/link.ts";
import type { Frame, LinkEffect, LinkState } from "./core/states.ts";
import { httpUrl } from "./drivers/address.ts";
import { answersHttp, Socket, type WebSocketClass } from "./drivers/socket.ts";

const PROBE_FOR = 4000;

/** What only the client can carry out. */
export interface DriveEvents {
  /** Get a token, then call `token` or `noToken` of the link. */
  token(isNew: boolean): void;
  /** A visitor's `token` was refused for good. */
  anew(token: string, reason: string): void;
  state(state: LinkState, now: number): void;
  said(effect: Exclude<ExchangeEffect, { readonly do: "send" }>): void;
}

export class Drive {
  readonly #link: Link;
  readonly #exchange: Exchange;
  readonly #url: string;
  readonly #WebSocket: WebSocketClass;
  readonly #events: DriveEvents;
  readonly #socket: Socket;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPumping = false;

  constructor(link: Link, exchange: Exchange, url: string, WebSocket: WebSocketClass, events: DriveEvents) {
    this.#link = link;
    this.#exchange = exchange;
    this.#url = url;
    this.#WebSocket = WebSocket;
    this.#events = events;
    this.#socket = new Socket({
      opened: () => this.run((now) => this.#link.opened(now)),
      received: (text) => this.#received(text),
      refused: (status, body, retryAfter) => {
        this.run((now) => this.#link.refused(status, body, advice(status, retryAfter, Date.now()), now));
      },
      closed: (code, reason) => this.run((now) => this.#link.closed(code, reason, now)),
    });
  }

  /** Runs one input and carries out all that follows from it. */
  run(input: (now: number) => void): void {
    const now = performance.now();
    input(now);
    if (this.#isPumping) return; // a listener called: the loop below goes on
    this.#isPumping = true;
    try {
      for (let isDone = false; !isDone; ) {
        const link = this.#link.take();
        for (const effect of link) this.#do(effect, now);
        const said = this.#exchange.take();
        for (const effect of said) {
          if (effect.do === "send") this.#socket.send(effect.frame);
          else this.#events.said(effect);
        }
        isDone = link.length === 0 && said.length === 0;
      }
    } finally {
      this.#isPumping = false;
    }
    this.#setTimer();
  }

  #received(text: string): void {
    let frame: Frame | null = null;
    try {
      frame = JSON.parse(text) as Frame;
    } catch {} // not of a server of ours
    this.run((now) => this.#link.received(frame, now));
  }

  #do(effect: LinkEffect, now: number): void {
    switch (effect.do) {
      case "token":
        this.#events.token(effect.isNew);
        return;
      case "connect":
        this.#socket.connect(this.#url, this.#WebSocket);
        return;
      case "send":
        this.#socket.send(effect.frame);
        return;
      case "hangUp":
        this.#socket.hangUp();
        return;
      case "probe":
        void answersHttp(httpUrl(this.#url, "/healthz"), PROBE_FOR).then((answers) =>
          this.run(() => this.#link.probed(answers)),
        );
        return;
      case "frame":
        this.#exchange.receive(effect.frame, now);
        return;
      case "anew":
        this.#events.anew(effect.token, effect.reason);
        return;
      case "state":
        this.#events.state(effect.state, now);
    }
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const at = Math.min(this.#link.wakeAt, this.#exchange.wakeAt);
    if (at === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(
      () => {
        this.run((now) => {
          this.#link.tick(now);
          this.#exchange.tick(now);
        });
      },
      Math.max(0, at - performance.now()),
    );
  }
}
