/**
 * What is shown of one conversation: a view and a frame go in, the next view comes out. No I/O.
 *
 * An event is shown when it carries the next number and dropped when its number was shown; anything else is a gap, and
 * the conversation is watched again from the last event shown. Pieces of the open reply continue in the same way, and
 * what has been shown of it is never taken back.
 */

import type * as wire from "../wire.ts";
import type { Audience } from "./audience.ts";

/** Events kept in one view; beyond it the oldest are dropped and can be paged back to. */
export const KEPT_EVENTS = 10_000;

/** A conversation as it is shown. Frozen by convention: each change makes a new one. */
export interface View<E, S> {
  /** In order and without holes. */
  readonly events: readonly E[];
  /** The reply that is being written, with its committed text so far. */
  readonly stream: wire.OpenStream | null;
  /** Absent until the first answer to a watch. */
  readonly state: S | null;
  /** The number of the last event shown. */
  readonly number: number;
  /** Older events exist than `events[0]`. */
  readonly more: boolean;
  /** Everything from `events[0]` to `number` is here. */
  readonly isWhole: boolean;
}

/** The next view. With `gap` something is missing: watch again from `position(view)`. */
export interface Step<E, S> {
  readonly view: View<E, S>;
  readonly gap?: true;
  /** Events that were not shown before, in order. */
  readonly shown: readonly E[];
}

/** The frames that change a view. */
export type Watched<E, S> = {
  readonly type: "watched";
  readonly events: readonly E[];
  readonly state: S;
  readonly more: boolean;
  readonly reset: boolean;
  readonly stream?: wire.OpenStream | null;
};

export function emptyView<E, S>(): View<E, S> {
  return { events: [], stream: null, state: null, number: 0, more: false, isWhole: true };
}

/** Where to resume, or null to start with the newest page. */
export function position<E, S>(view: View<E, S>, audience: Audience<E, S>): wire.Position | null {
  const last = view.events.at(-1);
  return last && view.isWhole ? { n: view.number, id: audience.idOf(last) } : null;
}

/** Shows the answer to a watch: what follows our position, or a fresh page. Then the state, then the open reply. */
export function showWatched<E, S>(view: View<E, S>, page: Watched<E, S>, audience: Audience<E, S>): Step<E, S> {
  const startsOver = page.reset || position(view, audience) === null;
  let next = startsOver ? cleared(page, audience) : view;
  const shown: E[] = [];
  for (const event of page.events) {
    const step = showEvent(next, event, audience);
    // A page that does not connect is not resumed from twice: the next watch starts over.
    if (step.gap) return { view: { ...step.view, isWhole: false }, gap: true, shown };
    shown.push(...step.shown);
    next = step.view;
  }
  if (next.number !== audience.countOf(page.state)) return { view: { ...next, isWhole: false }, gap: true, shown };
  return { view: { ...next, state: page.state, stream: page.stream ?? null, isWhole: true }, shown };
}

/** Shows one event. */
export function showEvent<E, S>(view: View<E, S>, event: E, audience: Audience<E, S>): Step<E, S> {
  const number = audience.numberOf(event);
  if (number <= view.number) return { view, shown: [] };
  if (number !== view.number + 1) return { view, gap: true, shown: [] };
  const dropped = view.events.length > KEPT_EVENTS * 1.1;
  const before = amended(dropped ? view.events.slice(1 - KEPT_EVENTS) : view.events, event, audience);
  const next: View<E, S> = {
    ...view,
    events: [...before, event],
    number,
    more: view.more || dropped,
    stream: streamAfter(view.stream, event, audience),
    state: view.state === null ? null : audience.fold(view.state, event),
  };
  return { view: next, shown: [event] };
}

/** Shows one piece of the open reply. A piece of a reply that is complete, or that was shown, is dropped. */
export function showPiece<E, S>(view: View<E, S>, piece: wire.PieceAdded): Step<E, S> {
  const { stream } = view;
  if (stream?.message !== piece.message || piece.n <= stream.n) return { view, shown: [] };
  if (piece.n !== stream.n + 1) return { view, gap: true, shown: [] };
  return { view: { ...view, stream: { ...stream, n: piece.n, text: stream.text + piece.text } }, shown: [] };
}

/** Puts a page of older events before the first. A page that does not connect is dropped: we started over meanwhile. */
export function showOlder<E, S>(
  view: View<E, S>,
  page: { readonly events: readonly E[]; readonly more: boolean },
  audience: Audience<E, S>,
): View<E, S> {
  const last = page.events.at(-1);
  const first = view.events[0];
  if (last === undefined) return { ...view, more: page.more };
  if (first === undefined || audience.numberOf(last) + 1 !== audience.numberOf(first)) return view;
  // The page may have been read before one of its messages was changed.
  const older = view.events.reduce((events, event) => amended(events, event, audience), page.events);
  return { ...view, events: [...older, ...view.events], more: page.more };
}

/** An ack leaves the server after the event that it names: a higher number than what is shown is a gap. */
export function isBehind<E, S>(view: View<E, S>, acked: number): boolean {
  return acked > view.number;
}

/** What `by` makes of the events before it: their message in its new text, or without one. What is deleted stays so. */
function amended<E, S>(events: readonly E[], by: E, { bodyOf, withBody }: Audience<E, S>): readonly E[] {
  const { kind, message, text = "" } = bodyOf(by);
  if (kind !== "edited" && kind !== "deleted") return events;
  return events.map((event) => {
    const body = bodyOf(event);
    const has = body.message === message && (body.kind === "message" || body.kind === "edited") && !body.deleted;
    return has ? withBody(event, body.kind === "edited" ? { ...body, text } : { ...body, text, [kind]: true }) : event;
  });
}

function cleared<E, S>(page: Watched<E, S>, audience: Audience<E, S>): View<E, S> {
  const first = page.events[0];
  const number = first === undefined ? audience.countOf(page.state) : audience.numberOf(first) - 1;
  return { ...emptyView<E, S>(), number, more: page.more };
}

function streamAfter<E, S>(stream: wire.OpenStream | null, event: E, audience: Audience<E, S>): wire.OpenStream | null {
  const { starts, ends } = audience.streamOf(event);
  if (starts !== undefined) return { message: starts, n: 0, text: "" };
  return ends !== undefined && stream?.message === ends ? null : stream;
}
