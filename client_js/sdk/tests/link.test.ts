/** A connection's lives: how it comes, is lost and comes back. Tokens have tests of their own. */

import { describe, expect, test } from "vitest";
import { PACE } from "../src/core/pace.ts";
import type * as wire from "../src/wire.ts";
import { customerWelcome, kinds, live, makeLink } from "./kit.ts";

describe("coming to life", () => {
  test("a client gets a token, connects, says hello and is welcomed", () => {
    const link = makeLink();
    link.start(0);
    expect(kinds(link.take())).toEqual(["state", "token"]);
    link.token("t", 1);
    expect(kinds(link.take())).toEqual(["connect"]);
    link.opened(2);
    expect(link.take()).toEqual([{ do: "send", frame: { type: "hello", token: "t", client: "test" } }]);
    link.received(customerWelcome, 3);
    expect(link.state.kind).toBe("live");
  });

  test.each([null, {} as wire.Pong, { type: "opened", conversation: "c" } as const])(
    "what does not begin with welcome is not the server, and an outage [R3]: %j",
    (frame) => {
      const link = makeLink();
      link.start(0);
      link.token("t", 0);
      link.opened(0);
      link.take();
      link.received(frame, 0);
      expect(kinds(link.take())).toEqual(["hangUp", "probe", "state"]);
      expect(link.state).toMatchObject({ kind: "waiting", trouble: { kind: "unreachable" } });
    },
  );

  test("a second welcome changes nothing", () => {
    const link = makeLink();
    link.start(0);
    link.token("t", 0);
    link.opened(0);
    link.received(customerWelcome, 0);
    link.take();
    link.received({ ...customerWelcome, name: "Other" }, 0);
    expect(link.take()).toEqual([]);
  });

  test("a server that never answers is given up, tried again, and probed over HTTP", () => {
    const link = makeLink();
    link.start(0);
    link.token("t", 0);
    link.take();
    link.tick(PACE.join);
    expect(kinds(link.take())).toEqual(["hangUp", "probe", "state"]);
    expect(link.state).toMatchObject({ kind: "waiting", trouble: { kind: "unreachable" } });
    link.probed(true);
    expect(link.state).toMatchObject({ kind: "waiting", trouble: { kind: "blocked" } });
    link.tick(link.wakeAt);
    expect(link.state.kind).toBe("connecting");
  });

  test("a proxy that swallows the upgrade is named within 10 s", () => {
    const link = makeLink();
    link.start(0);
    link.token("t", 0);
    link.tick(link.wakeAt);
    expect(link.wakeAt).toBeGreaterThan(PACE.join);
    expect(PACE.join).toBeLessThan(10_000);
    link.probed(true);
    expect(link.state).toMatchObject({ trouble: { kind: "blocked" } });
  });
});

test("what is on the way is named also while the next try is under way, and until one succeeds", () => {
  const link = makeLink();
  link.start(0);
  link.token("t", 0);
  link.closed(1006, "", 0);
  link.tick(link.wakeAt);
  expect(link.state).toMatchObject({ kind: "connecting", trouble: { kind: "unreachable" } });
  link.probed(true);
  expect(link.trouble?.kind).toBe("blocked");
  link.token("t", 900);
  link.opened(900);
  link.received(customerWelcome, 900);
  expect(link.trouble).toBeNull();
});

describe("coming back [R80, R81]", () => {
  test.each([1000, 1001, 1005, 1006, 1008, 1011, 1012, 1013, 1014, 4000, 4001, 4005, 4007, 4499])("with %i", (code) => {
    const link = makeLink();
    live(link);
    link.closed(code, "", 1);
    expect(link.state.kind).toBe("waiting");
  });

  test.each([1007, 1009, 4500, 4501, 4502, 4999])("never with %i", (code) => {
    const link = makeLink();
    live(link);
    link.closed(code, "why", 1);
    expect(link.state).toEqual({ kind: "stopped", code, reason: "why" });
    expect(link.wakeAt).toBe(Number.POSITIVE_INFINITY);
  });

  test("it waits a random part of a time that doubles, up to a bound", () => {
    const link = makeLink({ random: 0.999 });
    link.start(0);
    let now = 0;
    const waits: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      link.token(`t${attempt}`, now);
      link.closed(1006, "", now);
      waits.push(Math.round(link.wakeAt - now));
      now = link.wakeAt;
      link.tick(now);
    }
    expect(waits.slice(0, 4)).toEqual([500, 999, 1998, 3996]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(PACE.longestDelay);
  });

  test("a connection that lasted starts over from the first delay, one that did not goes on", () => {
    const link = makeLink();
    live(link);
    link.closed(1006, "", 10);
    link.tick(link.wakeAt);
    const now = 1000;
    link.token("b", now);
    link.opened(now);
    link.received(customerWelcome, now);
    link.closed(1006, "", now + 10);
    expect(link.wakeAt - now - 10).toBe(PACE.firstDelay);
    link.tick(link.wakeAt);
    link.token("c", 5000);
    link.opened(5000);
    link.received(customerWelcome, 5000);
    link.closed(1006, "", 5000 + PACE.stable);
    expect(link.wakeAt - 5000 - PACE.stable).toBe(PACE.firstDelay / 2);
  });

  test("the server's advice counts, within bounds", () => {
    for (const [advice, wait] of [
      [700, 700],
      [-5, 0],
      [1e12, PACE.longestAdvice],
      [Number.NaN, PACE.longestAdvice],
    ] as const) {
      const link = makeLink();
      live(link);
      link.received({ type: "away", after_ms: advice }, 100);
      expect(link.wakeAt - 100).toBe(wait);
    }
  });

  test("what an older socket says after its end changes nothing", () => {
    const link = makeLink();
    live(link);
    link.closed(1006, "", 5);
    const { state } = link;
    link.closed(4500, "late", 6);
    link.received({ type: "away", after_ms: 1 }, 6);
    expect(link.state).toBe(state);
  });
});

describe("silence [R91]", () => {
  test("it pings after a silence, and connects anew after another", () => {
    const link = makeLink();
    live(link);
    link.tick(20_000);
    expect(kinds(link.take())).toEqual(["ping"]);
    link.tick(40_000);
    expect(kinds(link.take())).toEqual(["hangUp", "state"]);
  });

  test("any frame ends the silence", () => {
    const link = makeLink();
    live(link);
    link.tick(20_000);
    link.received({ type: "pong" }, 20_500);
    link.take();
    link.tick(40_000);
    expect(link.take()).toEqual([]);
    expect(link.state.kind).toBe("live");
  });

  test("a device that slept finds everything due at once, and pings first", () => {
    const link = makeLink();
    live(link, 0, { ...customerWelcome, expires: 4_000_000_000_000 });
    link.tick(3_600_000);
    expect(kinds(link.take())).toContain("ping");
    expect(link.state.kind).toBe("live");
  });
});

describe("a page that is looked at again, or has another network", () => {
  test("finds a connection that died in its sleep within seconds", () => {
    const link = makeLink();
    live(link);
    link.check(19_900);
    expect(kinds(link.take())).toEqual(["ping"]);
    link.check(20_000);
    link.tick(24_899);
    expect(kinds(link.take())).toEqual([]);
    link.tick(24_900);
    expect(kinds(link.take())).toEqual(["hangUp", "state"]);
  });

  test("goes on with one that lives", () => {
    const link = makeLink();
    live(link);
    link.online(100);
    link.check(101);
    expect(kinds(link.take())).toEqual(["ping"]);
    link.received({ type: "pong" }, 200);
    link.tick(5_100);
    expect(link.isLive).toBe(true);
    expect(link.wakeAt).toBe(20_200);
  });
});

describe("the page", () => {
  test("a frozen page hangs up and does not come back until it wakes", () => {
    const link = makeLink();
    live(link);
    link.sleep();
    expect(kinds(link.take())).toEqual(["hangUp", "state"]);
    expect(link.wakeAt).toBe(Number.POSITIVE_INFINITY);
    link.online(5);
    link.hurry(5);
    expect(link.state.kind).toBe("waiting");
    link.wake(10);
    expect(link.state.kind).toBe("connecting");
  });

  test("offline waits for online, and a person may insist", () => {
    const link = makeLink();
    live(link);
    link.offline(5);
    expect(link.state).toMatchObject({
      kind: "waiting",
      retryAt: Number.POSITIVE_INFINITY,
      trouble: { kind: "offline" },
    });
    link.hurry(6);
    expect(link.state.kind).toBe("connecting");
    link.offline(7);
    link.online(8);
    expect(link.state.kind).toBe("connecting");
  });

  test("stopping is for good", () => {
    const link = makeLink();
    live(link);
    link.stop();
    link.take();
    link.start(1);
    link.wake(1);
    link.online(1);
    link.hurry(1);
    link.tick(1e9);
    link.token("t", 1);
    expect(link.take()).toEqual([]);
    expect(link.state).toMatchObject({ kind: "stopped", code: 1000 });
  });
});

test("the server's clock is known from welcome", () => {
  const link = makeLink();
  live(link, 0, { ...customerWelcome, now: 7000, expires: 107_000 });
  expect(link.serverNow).toBe(7000);
  link.received({ type: "pong" }, 79_000);
  link.tick(80_000);
  expect(link.take().at(-1)).toEqual({ do: "token", isNew: true });
});

test("advice after the first failure is never shorter than the usual wait [R81]", () => {
  const link = makeLink({ random: 0.999 });
  link.start(0);
  for (const [now, wait] of [
    [0, 10],
    [1000, 999],
  ] as const) {
    link.noToken("later", now, { retryAfter: 10 });
    expect(Math.round(link.wakeAt - now)).toBe(wait);
    link.tick(link.wakeAt);
  }
});

test("a server that closes with a code of its own is there, and nothing is blocked", () => {
  const link = makeLink();
  link.start(0);
  link.token("t", 0);
  link.opened(0);
  link.take();
  link.closed(4007, "too many windows", 1);
  expect(kinds(link.take())).toEqual(["state"]);
  expect(link.state).toMatchObject({ trouble: { kind: "server", code: 4007 } });
});
