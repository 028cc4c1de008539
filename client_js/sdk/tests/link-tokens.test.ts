/** What a connection does with tokens: it asks, refreshes, drops and claims. */

import { describe, expect, test } from "vitest";
import type { Link } from "../src/core/link.ts";
import { PACE } from "../src/core/pace.ts";
import { CloseCode } from "../src/wire.ts";
import { customerWelcome, kinds, live, makeLink } from "./kit.ts";

describe("tokens", () => {
  test("one that has expired is asked for anew, and the same one again stops the client", () => {
    const link = makeLink();
    live(link);
    link.closed(CloseCode.TOKEN_EXPIRED, "", 5);
    link.tick(link.wakeAt);
    expect(link.take().at(-1)).toEqual({ do: "token", isNew: true });
    link.token("token-0", 900);
    expect(link.state).toMatchObject({ kind: "stopped", code: CloseCode.BAD_TOKEN });
  });

  test("one is refreshed before its end, without a new connection", () => {
    const link = makeLink();
    live(link, 0, { ...customerWelcome, expires: 100_000 });
    link.received({ type: "pong" }, 79_000);
    link.tick(80_000);
    expect(link.take().at(-1)).toEqual({ do: "token", isNew: true });
    link.token("newer", 80_001);
    expect(link.take()).toEqual([{ do: "send", frame: { type: "refresh", token: "newer" } }]);
  });

  test("a welcome that is over already does not make a tight loop", () => {
    const link = makeLink();
    live(link, 0, { ...customerWelcome, expires: -5 });
    expect(link.wakeAt).toBeGreaterThanOrEqual(PACE.refresh);
    link.tick(PACE.refresh);
    link.token("token-0", PACE.refresh);
    expect(link.wakeAt).toBeGreaterThanOrEqual(2 * PACE.refresh);
  });

  test("without one while connected the old one goes on", () => {
    const link = makeLink();
    live(link, 0, { ...customerWelcome, expires: 10_000 });
    link.tick(8_000);
    link.noToken("no", 8_000, { isFinal: true });
    expect(link.state.kind).toBe("live");
  });

  test("without one before connecting it is tried again, or never if that does not help", () => {
    const link = makeLink();
    link.start(0);
    link.noToken("down", 0, {});
    expect(link.state).toMatchObject({ kind: "waiting", trouble: { kind: "token", reason: "down" } });
    link.tick(link.wakeAt);
    link.noToken("no such user", 600, { isFinal: true });
    expect(link.state).toMatchObject({ kind: "stopped", reason: "no such user" });
  });

  test("one that comes after the connection has moved on is kept and not used twice", () => {
    const link = makeLink();
    link.start(0);
    link.tick(PACE.join);
    link.take();
    link.token("late", PACE.join + 1);
    expect(kinds(link.take())).toEqual([]);
  });
});

describe("a visitor begins anew [R14]", () => {
  const visitor = (): Link => makeLink({ isVisitor: true });

  test("after 4500, once: refused again before any welcome, it stops", () => {
    const link = visitor();
    live(link);
    link.closed(CloseCode.BAD_TOKEN, "spent", 5);
    expect(link.take()[0]).toEqual({ do: "anew", token: "token-0", reason: "spent" });
    link.tick(link.wakeAt);
    expect(link.take().at(-1)).toEqual({ do: "token", isNew: false });
    link.token("another", 600);
    link.opened(600);
    link.closed(CloseCode.BAD_TOKEN, "no", 600);
    expect(link.state).toMatchObject({ kind: "stopped", code: CloseCode.BAD_TOKEN });
  });

  test("again after a welcome in between", () => {
    const link = visitor();
    live(link);
    for (const token of ["b", "c"]) {
      link.closed(CloseCode.BAD_TOKEN, "", 5);
      expect(kinds(link.take())).toContain("anew");
      link.tick(link.wakeAt);
      link.token(token, 1000);
      link.opened(1000);
      link.received(customerWelcome, 1000);
    }
    expect(link.isLive).toBe(true);
  });

  test("when the token cannot be renewed, and not for any other refusal", () => {
    const link = visitor();
    link.start(0);
    link.noToken("no", 0, { refusal: "bad_token", isFinal: true });
    expect(kinds(link.take())).toContain("anew");
    const other = visitor();
    other.start(0);
    other.noToken("no", 0, { refusal: "origin", isFinal: true });
    expect(other.state.kind).toBe("stopped");
  });

  test("when another window has begun anew, while anybody else stops", () => {
    const link = visitor();
    live(link);
    link.another(5);
    expect(kinds(link.take())).toEqual(["hangUp", "anew", "state"]);
    const staff = makeLink();
    live(staff);
    staff.another(5);
    expect(staff.state).toMatchObject({ kind: "stopped", code: CloseCode.BAD_TOKEN });
  });

  test("the dropped token is not taken back", () => {
    const link = visitor();
    live(link);
    link.closed(CloseCode.BAD_TOKEN, "", 5);
    link.tick(link.wakeAt);
    link.token("token-0", 600);
    expect(link.state.kind).toBe("stopped");
  });
});

describe("servers to come", () => {
  test("4006 asks for a new token, and the same one again stops", () => {
    const link = makeLink();
    live(link);
    link.closed(CloseCode.NEW_TOKEN, "your role has changed", 5);
    link.tick(link.wakeAt);
    expect(link.take().at(-1)).toEqual({ do: "token", isNew: true });
    link.token("token-0", 900);
    expect(link.state).toMatchObject({ kind: "stopped", code: CloseCode.BAD_TOKEN });
  });

  test("a claim goes with hello until the first welcome", () => {
    const link = makeLink();
    link.start(0);
    link.token("user", 0, "visitor");
    link.take();
    link.opened(0);
    expect(link.take()).toMatchObject([{ frame: { token: "user", claim: "visitor" } }]);
    link.received(customerWelcome, 0);
    link.closed(1006, "", 1);
    link.tick(link.wakeAt);
    link.opened(900);
    expect(link.take().at(-1)).toEqual({ do: "send", frame: { type: "hello", token: "user", client: "test" } });
  });

  test("a server that knows no claims is greeted without", () => {
    const link = makeLink();
    link.start(0);
    link.token("user", 0, "visitor");
    link.opened(0);
    link.closed(CloseCode.BAD_HELLO, "", 1);
    expect(link.state).toMatchObject({ kind: "waiting", trouble: { kind: "server" } });
    link.tick(link.wakeAt);
    link.token("user", 900);
    link.opened(900);
    expect(link.take().at(-1)).toEqual({ do: "send", frame: { type: "hello", token: "user", client: "test" } });
  });
});
