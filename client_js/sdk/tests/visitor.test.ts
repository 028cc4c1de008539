/** A visitor's token over real HTTP: what is asked, what is kept, and what follows from each answer. */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NoToken, TokenLater } from "../src/errors.ts";
import { VisitorTokens } from "../src/visitor.ts";

interface Asked {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Answer = (asked: Asked) => { status: number; body: unknown; headers?: Record<string, string> };

const FIRST = { isNew: false };
const NEW = { isNew: true };

let server: Server;
let url: string;
let asked: Asked[];
let answer: Answer;
let made: number;

/** As the server of today does. */
const goodAnswer: Answer = ({ line, authorization }) => {
  if (line.startsWith("DELETE")) return { status: 204, body: "" };
  made += 1;
  const visitor = authorization === undefined ? `v-${made}` : authorization.replace(/^Bearer (.*)-token.*$/, "$1");
  return { status: 200, body: { token: `${visitor}-token-${made}`, visitor, expires: Date.now() + 3_600_000 } };
};

function problem(status: number, code: string, more: Record<string, unknown> = {}, headers = {}): Answer {
  const body = { type: `urn:intervene:problem:${code}`, title: "No", status, detail: "No.", code, ...more };
  return () => ({ status, body, headers: { "Content-Type": "application/problem+json", ...headers } });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

beforeEach(async () => {
  asked = [];
  made = 0;
  answer = goodAnswer;
  server = createServer(async (request, response) => {
    const one = {
      line: `${request.method} ${request.url}`,
      authorization: request.headers.authorization,
      body: await textOf(request),
    };
    asked.push(one);
    const { status, body, headers = { "Content-Type": "application/json" } } = answer(one);
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((closed) => server.close(closed)));

class Memory {
  readonly items = new Map<string, string>();
  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.items.set(key, value);
  removeItem = (key: string): void => void this.items.delete(key);
}

describe("a visitor", () => {
  test("is created when a token is first asked for, and not before", async () => {
    const storage = new Memory();
    const tokens = new VisitorTokens({ url, name: "Maria", storage });
    expect([asked.length, storage.items.size, tokens.principal]).toEqual([0, 0, null]);
    expect(await tokens.getToken(FIRST)).toEqual({ token: "v-1-token-1", principal: "v-1" });
    expect(asked).toEqual([
      { line: "POST /v1/webchat/webchat/visitors", authorization: undefined, body: '{"name":"Maria"}' },
    ]);
    expect([storage.items.size, tokens.principal, tokens.isDurable]).toEqual([1, "v-1", true]);
  });

  test("is the same on the next page, and another on another channel", async () => {
    const storage = new Memory();
    await new VisitorTokens({ url, storage }).getToken(FIRST);
    expect((await new VisitorTokens({ url, storage }).getToken(FIRST)).principal).toBe("v-1");
    expect((await new VisitorTokens({ url, channel: "help desk", storage }).getToken(FIRST)).principal).toBe("v-2");
    expect(asked.at(-1)?.line).toBe("POST /v1/webchat/help%20desk/visitors");
    await new VisitorTokens({ url, channel: "help desk", storage }).getToken(NEW);
    await new VisitorTokens({ url, channel: "help desk", storage }).forget();
    expect(asked.at(-1)?.line).toBe("DELETE /v1/webchat/help%20desk/visitor");
  });

  test("is renewed with the old token, once for two windows", async () => {
    const storage = new Memory();
    const [one, two] = [new VisitorTokens({ url, storage }), new VisitorTokens({ url, storage })];
    await one.getToken(FIRST);
    await two.getToken(FIRST);
    expect((await one.getToken(NEW)).token).toBe("v-1-token-2");
    expect((await two.getToken(NEW)).token).toBe("v-1-token-2");
    expect(asked.map(({ line, authorization }) => [line, authorization])).toEqual([
      ["POST /v1/webchat/webchat/visitors", undefined],
      ["POST /v1/webchat/visitor", "Bearer v-1-token-1"],
    ]);
  });

  test("is renewed before use when the token is about to end", async () => {
    const storage = new Memory();
    answer = () => ({ status: 200, body: { token: "v-1-token-0", visitor: "v-1", expires: Date.now() + 1000 } });
    await new VisitorTokens({ url, storage }).getToken(FIRST);
    answer = goodAnswer;
    expect((await new VisitorTokens({ url, storage }).getToken(FIRST)).token).toBe("v-1-token-1");
  });

  test("asked for twice at once is one", async () => {
    const tokens = new VisitorTokens({ url, storage: null });
    const [one, two] = await Promise.all([tokens.getToken(FIRST), tokens.getToken(FIRST)]);
    expect([one.principal, two.principal, asked.length]).toEqual(["v-1", "v-1", 1]);
  });

  test("is kept in memory where storage is refused, and says so", async () => {
    const refuse = (): never => {
      throw new DOMException("no", "SecurityError");
    };
    const tokens = new VisitorTokens({ url, storage: { getItem: refuse, setItem: refuse, removeItem: refuse } });
    await tokens.getToken(FIRST);
    expect([(await tokens.getToken(FIRST)).principal, tokens.isDurable, asked.length]).toEqual(["v-1", false, 1]);
  });

  test("is forgotten here and at the server", async () => {
    const storage = new Memory();
    const tokens = new VisitorTokens({ url, storage });
    await tokens.forget();
    expect(asked).toEqual([]);
    await tokens.getToken(FIRST);
    await tokens.forget();
    expect(asked.at(-1)).toMatchObject({
      line: "DELETE /v1/webchat/visitor",
      authorization: "Bearer v-1-token-1",
    });
    expect([storage.items.size, tokens.principal]).toEqual([0, null]);
    expect((await tokens.getToken(FIRST)).principal).toBe("v-2");
  });

  test("is forgotten here also when the server cannot be asked, and the call says so", async () => {
    const storage = new Memory();
    const tokens = new VisitorTokens({ url, storage });
    await tokens.getToken(FIRST);
    answer = problem(503, "draining");
    await expect(tokens.forget()).rejects.toThrow(TokenLater);
    expect(storage.items.size).toBe(0);
  });
});

describe("a refusal [R3, R14, R81]", () => {
  test("a token that cannot be renewed is named, and the next one is of a new visitor", async () => {
    const storage = new Memory();
    const tokens = new VisitorTokens({ url, storage });
    await tokens.getToken(FIRST);
    answer = problem(401, "bad_token");
    await expect(tokens.getToken(NEW)).rejects.toMatchObject({ code: "no_token", refusal: "bad_token" });
    expect(tokens.principal).toBe("v-1");
    answer = goodAnswer;
    tokens.drop("");
    expect((await tokens.getToken(FIRST)).principal).toBe("v-2");
  });

  test("a window that is refused later does not throw away what another one got", async () => {
    const storage = new Memory();
    const [one, two] = [new VisitorTokens({ url, storage }), new VisitorTokens({ url, storage })];
    const { token } = await one.getToken(FIRST);
    await two.getToken(FIRST);
    one.drop(token);
    await one.getToken(FIRST);
    two.drop(token);
    expect((await two.getToken(FIRST)).principal).toBe("v-2");
    expect(asked).toHaveLength(2);
  });

  test.each([
    ["of an origin", problem(403, "origin"), NoToken, undefined],
    ["for now, with a time in its body", problem(429, "too_fast", { retry_after: 7 }), TokenLater, 7000],
    ["for now, with a time in its head", problem(503, "full", {}, { "Retry-After": "3" }), TokenLater, 3000],
    ["of a channel that is not there", problem(404, "not_found"), TokenLater, undefined],
    ["by a page", () => ({ status: 401, body: "<h1>Unauthorized</h1>" }), TokenLater, undefined],
    ["by a page with 200", () => ({ status: 200, body: "<h1>Welcome</h1>" }), TokenLater, undefined],
    ["by a redirect", () => ({ status: 302, body: "", headers: { Location: "/login" } }), TokenLater, undefined],
  ] as const)("%s", async (_name, refused, kind, retryAfter) => {
    answer = refused as Answer;
    const storage = new Memory();
    const met = await new VisitorTokens({ url, storage }).getToken(FIRST).catch((error: unknown) => error);
    expect(met).toBeInstanceOf(kind);
    expect((met as TokenLater).retryAfter).toBe(retryAfter);
    expect(storage.items.size).toBe(0);
  });

  test("a server that is not there is an outage", async () => {
    const nowhere = new VisitorTokens({ url: "http://127.0.0.1:1", storage: null });
    await expect(nowhere.getToken(FIRST)).rejects.toThrow(TokenLater);
  });
});
