/** What a call of the SDK rejects with. Every class has a `code` that a program can switch on. */

import type * as wire from "./wire.ts";

/** The root of all errors of this package. */
export abstract class ClientError extends Error {
  /** For a program to switch on. */
  abstract readonly code: string;
  /** The same for all: minifiers shorten the names of classes. */
  override readonly name = "ClientError";
}

/** Facts that come with a refusal; which of them are there depends on the code. */
export type Facts = Omit<wire.Error, "type" | "code" | "message" | "id" | "conversation">;

/**
 * The server said no, and nothing was changed. `code` is one of the protocol's; `message` is a sentence for people.
 * `taken` has `facts.by` and `facts.at`, `stale` has `facts.holder` and `facts.epoch`, `stale_view` has `facts.asked`.
 */
export class Refused extends ClientError {
  constructor(
    /** One of the protocol's. */
    readonly code: wire.ErrorCode,
    message: string,
    /** What came with it. */
    readonly facts: Facts = {},
  ) {
    super(message);
  }

  /** Of an `error` frame. */
  static of(frame: wire.Error | wire.ContactError): Refused {
    const { type: _, code, message, id: __, conversation: ___, ...facts } = frame;
    return new Refused(code, message, facts);
  }
}

/** It was not acknowledged in time and is not sent again: control moves are good for a few seconds, messages for a day. */
export class TooLate extends ClientError {
  readonly code = "too_late";

  constructor(
    message: string,
    /** It was sent, and the connection was lost before an answer came: the conversation shows what happened. */
    readonly mayBeDone: boolean,
  ) {
    super(message);
  }
}

/** The client was stopped, by the program or by the server, with this close code. */
export class Stopped extends ClientError {
  readonly code = "stopped";

  constructor(
    /** 1000 when the program stopped it, otherwise the server's, or the status of a refusal over HTTP. */
    readonly closeCode: number,
    reason: string,
  ) {
    super(`stopped with ${closeCode}: ${reason}`);
  }
}

/** The send queue is full: wait until some of it was acknowledged. */
export class QueueFull extends ClientError {
  readonly code = "queue_full";
}

/** Asked for by a program that called something in the wrong way. */
export class Misused extends ClientError {
  readonly code = "misused";
}

/** Thrown by `getToken` when asking again does not help. */
export class NoToken extends ClientError {
  readonly code = "no_token";

  constructor(
    message: string,
    /** The server's code, if it was the server that refused; a visitor begins anew after `bad_token` (R14). */
    readonly refusal = "",
  ) {
    super(message);
  }
}

/** Thrown by `getToken` when there is no token just now. */
export class TokenLater extends ClientError {
  readonly code = "token_later";

  constructor(
    message: string,
    /** In milliseconds, if it is known when asking again may help. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/**
 * The server refused a visitor's token for good, and the client goes on as a new visitor (R14). What the former one
 * had not got acknowledged is not sent in the new one's name, and the former one's conversations are over.
 */
export class BeganAnew extends ClientError {
  readonly code = "began_anew";
}

/** A conversation is followed no more, since it goes on in another one: `client.open()` gives that. */
export class Continued extends ClientError {
  readonly code = "continued";

  constructor(
    /** The other conversation's id. */
    readonly conversation: string,
  ) {
    super("It goes on in another conversation.");
  }
}
