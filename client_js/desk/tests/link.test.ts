// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { type LinkState, OneTimeLink, secretOf } from "../src/link.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  history.replaceState(null, "", "/");
});

function opened(address: string, answer: Response) {
  history.replaceState(null, "", address);
  const asked = vi.fn(async (_path: string, _how: RequestInit) => answer);
  vi.stubGlobal("fetch", asked);
  const states: LinkState[] = [];
  const link = new OneTimeLink({ changed: (state) => states.push(state), signedIn: vi.fn(), leave: vi.fn() });
  return { link, asked, states, isOpened: link.isOpened() };
}

test("the secret is what is behind #link=, and nothing else is one", () => {
  expect(secretOf("#link=aB-_9")).toBe("aB-_9");
  for (const hash of ["", "#", "#link=", "#link=a b", "#other=a", `#link=${"a".repeat(65)}`])
    expect(secretOf(hash)).toBe("");
});

test("the secret leaves the address at once, and goes into the body of one request", async () => {
  const found = { purpose: "reset", name: "Ben", email: "ben@acme.test", expires: 1 };
  const { asked, states, isOpened } = opened("/desk/link#link=s3cret", Response.json(found));
  expect(isOpened).toBe(true);
  expect(location.href).not.toContain("s3cret");
  await vi.waitFor(() => expect(states.at(-1)).toEqual({ kind: "found", found, problem: "", isBusy: false }));
  const [path, how] = asked.mock.calls[0] ?? [];
  expect([path, how?.body]).toEqual(["/v1/session/link", '{"link":"s3cret"}']);
});

test("a link that is over, or came without its secret, says so; no answer can be tried again", async () => {
  const over = opened("/desk/link#link=s", Response.json({ code: "bad_link" }, { status: 410 }));
  await vi.waitFor(() =>
    expect(over.states.at(-1)).toMatchObject({ kind: "bad", reason: expect.stringContaining("used") }),
  );
  const bare = opened("/desk/link", Response.json({}));
  expect([bare.states.at(-1)?.kind, bare.asked.mock.calls.length]).toEqual(["bad", 0]);
  const away = opened("/desk/link#link=s", new Response("", { status: 502 }));
  await vi.waitFor(() => expect(away.states.at(-1)?.kind).toBe("failed"));
});

test("any other address is none of a link", () => {
  expect(opened("/desk#link=s", Response.json({})).isOpened).toBe(false);
});
