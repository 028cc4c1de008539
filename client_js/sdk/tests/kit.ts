/** What the tests of the core share: welcomes, a log to draw frames from, and a look at what an exchange sends. */

import type { Exchange, ExchangeEffect } from "../src/core/exchange.ts";
import { Link } from "../src/core/link.ts";
import { PACE } from "../src/core/pace.ts";
import type { LinkEffect } from "../src/core/states.ts";
import type * as wire from "../src/wire.ts";

export const CONVERSATION = "c-5kQ2vT";

export const staffWelcome: wire.StaffWelcome = {
  type: "welcome",
  agent: { type: "agent", id: "ana", name: "Ana" },
  role: "agent",
  expires: 4_000_000_000_000,
  ping_seconds: 20,
};

export const customerWelcome: wire.ContactWelcome = {
  type: "welcome",
  name: "Maria",
  expires: 4_000_000_000_000,
  ping_seconds: 20,
};

/** The frames that were sent since the last look. */
export function sent(exchange: Exchange): readonly (wire.StaffIn | wire.ContactIn)[] {
  return exchange.take().flatMap((effect) => (effect.do === "send" ? [effect.frame] : []));
}

export function kinds(effects: readonly (LinkEffect | ExchangeEffect)[]): readonly string[] {
  return effects.map((effect) => ("frame" in effect && effect.do === "send" ? effect.frame.type : effect.do));
}

/** A link whose random number is `random`, and whose clocks begin at 0. */
export function makeLink({ random = 0.5, isVisitor = false } = {}): Link {
  const link = new Link(PACE, () => random, "test", isVisitor);
  link.wallClock = () => 0;
  return link;
}

/** Brings a link to life. */
export function live(link: Link, now = 0, welcome: wire.StaffWelcome | wire.ContactWelcome = customerWelcome): void {
  link.start(now);
  link.token(`token-${now}`, now);
  link.opened(now);
  link.received(welcome, now);
  link.take();
}

/** A customer's event with this number. */
export function publicEvent(pub: number, event: wire.ContactEvent["event"]): wire.ContactEvent {
  return { type: "event", conversation: CONVERSATION, pub, id: `e${pub}`, at: 1000 * pub, event };
}
