// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { NO_SETTINGS, type Snapshot } from "../src/core/settings.ts";
import { type Conversation, Doing } from "../src/doing.ts";
import type { Session } from "../src/session.ts";
import { ana, live, state } from "./kit.ts";

const paid = { id: "s1", name: "Paid", version: 1, archived: false, colour: "#00aa00", position: 1 };
const read: Snapshot = { ...NO_SETTINGS, isLoaded: true, statuses: [paid] };

/** A session whose settings are read when the test says so. */
function desk() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  const session = {
    state: { me: { ...ana, role: "agent" }, settings: NO_SETTINGS, link: live },
    conversation: { ...state(ana), id: "c1" } as unknown as Conversation | null,
    settings: { refresh: () => promise },
    refuse: vi.fn(),
  };
  const host = Object.assign(document.createElement("div"), { addController() {}, requestUpdate() {} }) as never;
  const announcer = { alert: () => {}, status: () => {} };
  const doing = new Doing(host, { session: () => session as unknown as Session, announcer, done: () => {} });
  const arrive = async () => {
    session.state = { ...session.state, settings: read };
    resolve();
    await promise;
  };
  return { doing, session, arrive };
}

test("a key that is pressed before the settings are read waits for them", async () => {
  const { doing, session, arrive } = desk();
  doing.shortcut("status");
  expect(doing.asking.isOpen).toBe(false);
  await arrive();
  expect(doing.asking.isOpen).toBe(true);
  expect(session.refuse).not.toHaveBeenCalled();
});

test("it is for the conversation that was open then", async () => {
  const { doing, session, arrive } = desk();
  doing.shortcut("status");
  session.conversation = null;
  await arrive();
  expect(doing.asking.isOpen).toBe(false);
});
