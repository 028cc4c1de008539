/**
 * A long thread is rendered from its end: what fills the screen at once, what stands above it in slices, each in time
 * that the browser has left over. So neither opening a conversation nor a page of older messages is one long task, and
 * a moment later all that is loaded is in the document, for find-in-page, selection and screen readers.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Item } from "../thread/items.ts";

/** No item is lower. */
const LEAST_ITEM_PIXELS = 32;
const SLICE = 40; // items: few enough for a short task, many enough to draw the desk seldom
/** A busy browser renders the next slice nevertheless. */
const LATEST_MILLISECONDS = 500;

/** Calls back when the browser has time; the answer calls it off. */
export type Idle = (callback: () => void) => () => void;

export class Slices implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #idle: Idle;
  #thread = "";
  /** The key of the first item that is rendered, separators above it left aside. */
  #first = "";
  #isDue = false;
  #isWhole = true;
  /** The thread was rendered, and not to its beginning. */
  #isWanted = false;
  #callOff: (() => void) | null = null;

  constructor(host: ReactiveControllerHost, idle: Idle = whenIdle) {
    this.#host = host;
    this.#idle = idle;
    host.addController(this);
  }

  /** Whether everything that is loaded is rendered, or will be by the update that is under way. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The end of `items` that is to be rendered now. `thread`: the conversation. */
  of(thread: string, items: readonly Item[]): readonly Item[] {
    const begin = this.#beginOf(items, this.#from(thread, items));
    this.#thread = thread;
    this.#first = items.slice(begin).find(isSteady)?.key ?? "";
    this.#isDue = false;
    this.#isWhole = begin === 0;
    this.#isWanted = begin > 0;
    return begin === 0 ? items : items.slice(begin);
  }

  #from(thread: string, items: readonly Item[]): number {
    const isSame = thread === this.#thread && this.#first !== "";
    const first = isSame ? items.findIndex(({ key }) => key === this.#first) : -1;
    // The day that stood at the top moves up with older messages: some of them take its place at once.
    if (first !== -1) return this.#isDue || this.#isWhole ? first - SLICE : first;
    // The oldest items of a very long thread are dropped: somebody may read those that are left.
    return isSame && this.#isWhole ? 0 : items.length - Math.ceil(innerHeight / LEAST_ITEM_PIXELS);
  }

  /** What separates an item from those before it is rendered with it. */
  #beginOf(items: readonly Item[], from: number): number {
    let begin = Math.max(0, from);
    while (begin > 0 && !isSteady(items[begin - 1])) begin -= 1;
    return begin;
  }

  hostUpdated(): void {
    if (!this.#isWanted || this.#callOff !== null) return;
    this.#isWanted = false;
    this.#callOff = this.#idle(() => {
      this.#callOff = null;
      this.#isDue = true;
      this.#host.requestUpdate();
    });
  }

  hostDisconnected(): void {
    this.#callOff?.();
    this.#callOff = null;
  }
}

/** A separator is another item when older messages come: the first of a day moves up. */
function isSteady(item: Item | undefined): boolean {
  return item !== undefined && item.type !== "day" && item.type !== "unread";
}

/** Safari has no idle callbacks. */
function whenIdle(callback: () => void): () => void {
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(callback);
    return () => clearTimeout(timer);
  }
  const request = requestIdleCallback(callback, { timeout: LATEST_MILLISECONDS });
  return () => cancelIdleCallback(request);
}
