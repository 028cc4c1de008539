/**
 * The reading position never moves by itself: not when a message comes, not when one grows, not when older ones load.
 * At the end it follows.
 *
 * What is on the screen is remembered with its distance from the top of the scroller, and after each change of the
 * content's size the scroller is moved so that the first of it that is still there has that distance again: before the
 * browser paints, whatever the reason was (a message, a late font, `content-visibility`, a narrower window). The
 * browser's own scroll anchoring is off (`overflow-anchor: none`): one mechanism, the same in all browsers.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Item } from "../thread/items.ts";

/** So near, and the end is on the screen; more would pull back somebody who begins to scroll up. */
const AT_END_PIXELS = 2;
/** So near to the top, and older messages are asked for. */
const NEAR_TOP_PIXELS = 600;
/** Items that keep their neighbours. A day's separator moves up with the first message of that day. */
const STEADY = ".message, .note, .handover";

export interface ReadingPositionOptions {
  /** The scroller, `.log` of `thread`. Its first child is the content, whose children are the items. */
  readonly scroller: () => HTMLElement | null | undefined;
  /** The top is near. Called again after each update until it is not. */
  readonly onNearTop?: () => void;
}

export class ReadingPosition implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #options: ReadingPositionOptions;
  #scroller: HTMLElement | null = null;
  #content: Element | null = null;
  #observer: ResizeObserver | undefined;
  #isAtEnd = true;
  #anchors: readonly { readonly element: Element; readonly top: number }[] = [];
  #readUpTo = 0;

  constructor(host: ReactiveControllerHost, options: ReadingPositionOptions) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** Whether the newest message is on the screen. A change of it updates the host. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** How many messages of others came since the end was last on the screen. */
  newSince(items: readonly Item[]): number {
    const said = items.filter((item) => item.type === "message" && Number.isFinite(item.n));
    if (this.#isAtEnd) {
      this.#readUpTo = said.reduce((most, item) => Math.max(most, item.n), 0);
      return 0;
    }
    return said.filter((item) => item.type === "message" && item.by.kind !== "you" && item.n > this.#readUpTo).length;
  }

  /** Goes to the newest message and follows from there: on the button, and when one has said something oneself. */
  toEnd(): void {
    this.#setAtEnd(true);
    this.#restore();
  }

  /** Goes to one item, such as the first unread one, and stays there. */
  toItem(key: string): void {
    const item = [...(this.#content?.children ?? [])].find((child) => (child as HTMLElement).dataset.key === key);
    if (!item || !this.#scroller) return;
    this.#scroller.scrollTop += item.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top - 24;
    this.#capture();
  }

  hostUpdate(): void {
    if (this.#scroller?.isConnected) this.#capture();
  }

  hostUpdated(): void {
    this.#attach(this.#options.scroller() ?? null);
    this.#restore();
    this.#askForOlder();
  }

  hostDisconnected(): void {
    this.#attach(null);
  }

  #attach(scroller: HTMLElement | null): void {
    if (scroller === this.#scroller && scroller?.firstElementChild === this.#content) return;
    this.#scroller?.removeEventListener("scroll", this.#onScroll);
    this.#observer?.disconnect();
    this.#scroller = scroller;
    this.#content = scroller?.firstElementChild ?? null;
    this.#anchors = [];
    if (scroller === null) return;
    this.#isAtEnd = true;
    scroller.addEventListener("scroll", this.#onScroll, { passive: true });
    this.#observer = new ResizeObserver(() => this.#restore());
    this.#observer.observe(scroller);
    if (this.#content) this.#observer.observe(this.#content);
  }

  readonly #onScroll = (): void => {
    this.#capture();
    this.#askForOlder();
  };

  /** Remembers what is on the screen, and where. */
  #capture(): void {
    const scroller = this.#scroller;
    if (scroller === null || scroller.clientHeight === 0) return; // not shown: the position of before holds
    this.#setAtEnd(scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop <= AT_END_PIXELS);
    const { top, bottom } = scroller.getBoundingClientRect();
    const children = this.#content?.children ?? [];
    const anchors: { element: Element; top: number }[] = [];
    for (let index = firstBelow(children, top); index < children.length; index += 1) {
      const element = children[index] as Element;
      const box = element.getBoundingClientRect();
      if (box.top >= bottom) break;
      if (element.matches(STEADY)) anchors.push({ element, top: box.top - top });
    }
    this.#anchors = anchors;
  }

  #restore(): void {
    const scroller = this.#scroller;
    if (scroller === null || scroller.clientHeight === 0) return;
    if (this.#isAtEnd) {
      scroller.scrollTop = scroller.scrollHeight;
      return;
    }
    const anchor = this.#anchors.find(({ element }) => element.isConnected);
    if (anchor === undefined) return;
    const moved = anchor.element.getBoundingClientRect().top - scroller.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) >= 0.5) scroller.scrollTop += moved;
  }

  #setAtEnd(isAtEnd: boolean): void {
    if (this.#isAtEnd === isAtEnd) return;
    this.#isAtEnd = isAtEnd;
    // Not inside the host's own update, where it would be one too many.
    queueMicrotask(() => this.#host.requestUpdate());
  }

  #askForOlder(): void {
    if (this.#scroller && this.#scroller.clientHeight > 0 && this.#scroller.scrollTop < NEAR_TOP_PIXELS)
      this.#options.onNearTop?.();
  }
}

/** The first child whose end is below `y`: they stand in order, so by halves. */
function firstBelow(children: HTMLCollection | readonly Element[], y: number): number {
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((children[middle] as Element).getBoundingClientRect().bottom > y) high = middle;
    else low = middle + 1;
  }
  return low;
}
