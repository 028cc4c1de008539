/** In Node the package `ws` shows what answered instead of a websocket: only the server's own final refusals stop (R3). */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import WebSocket from "ws";
import { type ClientState, createClient } from "../src/index.ts";

let server: Server;

afterEach(() => new Promise((closed) => server.close(closed)));

/** The state after a server has answered the request for a websocket so. */
async function after(status: number, body: string, headers: Record<string, string> = {}): Promise<ClientState> {
  server = createServer((_request, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient({ url, getToken: () => "t", WebSocket });
  const state = await new Promise<ClientState>((resolve) => {
    client.on("state", (one) => one.kind !== "connecting" && resolve(one));
  });
  client.stop();
  return state;
}

function problem(code: string): string {
  return JSON.stringify({ type: `urn:intervene:problem:${code}`, title: "No", status: 403, detail: "No.", code });
}

test("a final refusal of the server's own stops", async () => {
  expect(await after(403, problem("origin"))).toMatchObject({
    kind: "stopped",
    code: 403,
    reason: "HTTP 403, origin: No.",
  });
});

test("the server's advice to wait is taken", async () => {
  const state = await after(503, problem("full"), { "Retry-After": "60" });
  expect(state).toMatchObject({ kind: "waiting", trouble: { kind: "server", code: 503 } });
  expect("retryAt" in state && state.retryAt).toBeGreaterThan(performance.now() + 50_000);
});

test.each([
  ["a page", 403, "<h1>Forbidden</h1>", {}],
  ["a redirect", 302, "", { Location: "http://127.0.0.1:1/socket" }],
  ["another refusal of the server", 404, problem("not_found"), {}],
])("%s is an outage", async (_name, status, body, headers) => {
  expect(await after(status, body, headers as Record<string, string>)).toMatchObject({ kind: "waiting" });
});
