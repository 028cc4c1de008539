import { describe, expect, test } from "vitest";
import { lost, NONE } from "../src/core/attempt.ts";
import {
  caughtUp,
  isStale,
  lastChange,
  left,
  missed,
  opened,
  readByContact,
  shown,
  typed,
  viewed,
  written,
} from "../src/core/open.ts";
import { ana, ben, bot, control, maria, said, seen, view } from "./kit.ts";

const question = said(maria, "Can I pay later?");
const base = viewed(opened("c1", view(ana)), seen(view(ana, question)));

describe("a reply and what came since it was begun", () => {
  test("what the customer wrote since is counted; what others wrote is not", () => {
    const begun = written(base, "You can");
    const later = view(ana, question, said(maria, "And"), said(ben, "no"), said(maria, "how?"));
    expect(missed(viewed(begun, seen(later)))).toBe(2);
    expect(missed(viewed(base, seen(later)))).toBe(0);
  });

  test("a text that goes on was begun when it was begun, and an empty one was not", () => {
    const begun = written(base, "You");
    const later = written(viewed(begun, seen(view(ana, question, said(maria, "?")))), "You can");
    expect(later.begun).toBe(1);
    expect(written(later, "").begun).toBe(0);
  });

  test("nothing was sent: it is said, and the line stands where the reply was begun", () => {
    const stale = isStale(written(base, "You can"), 2);
    expect(stale).toMatchObject({ notice: { kind: "stale", count: 2 }, unreadAfter: 1 });
    expect(written(stale, "").notice).toBeNull();
    expect(caughtUp(stale)).toMatchObject({ notice: null, begun: 1 });
  });
});

test("a race that was lost is over when control has changed again", () => {
  const attempt = lost(ben, 5000, 5200, 3);
  const was = { ...base, attempt };
  expect(viewed(was, seen(view(ben))).attempt).toBe(attempt);
  const next = view(bot);
  const later = { ...next, state: next.state && { ...next.state, epoch: 4 } };
  expect(viewed(was, seen(later)).attempt).toBe(NONE);
});

test("a reply that waits for a yes waits no more once another has control", () => {
  const stale = isStale(written(base, "You can"), 2);
  expect(viewed(stale, seen(view(ana, question))).notice).toBe(stale.notice);
  const next = view(ben, question);
  const taken = { ...next, state: next.state && { ...next.state, epoch: 4 } };
  expect(viewed(stale, seen(taken)).notice).toBeNull();
});

test("what was there when it was opened is history, and what was read has no line", () => {
  const whole = view(ana, question, said(maria, "?"));
  const unread = viewed(shown(base, { ...whole, state: null }, 1, false), seen(whole));
  expect(unread).toMatchObject({ liveFrom: 2, unreadAfter: 1 });
  expect(viewed(shown(base, { ...whole, state: null }, 2, false), seen(whole)).unreadAfter).toBeNull();
  expect(viewed(shown(base, { ...whole, state: null }, 0, false), seen(whole)).unreadAfter).toBeNull();
});

test("of a conversation that was left nothing is kept that was loaded, but where one was in it", () => {
  const was = left(written(base, "You can"));
  expect(was.view).toMatchObject({ events: [], stream: null, number: base.view.number, state: base.view.state });
  expect(was).toMatchObject({ id: "c1", begun: 1 });
});

test("who types is shown until they stop, or for as long as it lives", () => {
  const frame = { type: "typing", conversation: "c1", who: maria, on: true, epoch: 3 } as const;
  const typing = typed(base, frame, 1000, 5000);
  expect([...typing.typing.values()]).toEqual([{ who: maria, until: 6000 }]);
  expect(typed(typing, { ...frame, on: false }, 2000, 5000).typing.size).toBe(0);
  expect([...typed(typing, { ...frame, who: ben }, 7000, 5000).typing.values()]).toMatchObject([{ who: ben }]);
});

test("a message ends the typing of its author, and nobody else's", () => {
  const frame = { type: "typing", conversation: "c1", who: maria, on: true, epoch: 3 } as const;
  const typing = typed(typed(base, frame, 1000, 5000), { ...frame, who: ben }, 1000, 5000);
  const after = viewed(typing, seen(view(ana, question, said(maria, "Thanks"))));
  expect([...after.typing.values()]).toMatchObject([{ who: ben }]);
});

test("the last change of holder says when, by whom, and who had it before", () => {
  const events = [control(maria, bot, 1), question, control(ana, ana, 3)];
  expect(lastChange(view(ana, ...events))).toEqual({ at: 3000, by: "Ana", move: "intervene", before: bot });
  expect(lastChange(view(ana, ...events.slice(1)))).toEqual({ at: 3000, by: "Ana", move: "intervene", before: null });
  expect(lastChange(view(ana, question))).toBeNull();
});

test("what the customer has read is counted as staff count, and a note has no number there", () => {
  const log = view(ana, { pub: 1 }, { body: { kind: "note", message: "n", text: "A note" } }, { pub: 2 }, { pub: 3 });
  expect([0, 1, 2, 3, 9].map((pub) => readByContact(log, pub))).toEqual([0, 1, 3, 4, 4]);
  expect(viewed(base, { ...seen(log), contactRead: 2 }).contactRead).toBe(2);
});
