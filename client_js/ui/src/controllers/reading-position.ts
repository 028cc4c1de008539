/**
 * The reading position never moves by itself: not when a message comes, not when one grows, not when older ones load.
 * At the end it follows.
 *
 * What is on the screen is remembered with its distance from the top of the scroller, and so is how far one had scrolled.
 * Whatever else moved it since (a message, a late font, `content-visibility`, a narrower window) is taken back before
 * the browser paints. The browser's own scroll anchoring is off (`overflow-anchor: none`): one mechanism in all browsers.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Item } from "../thread/items.ts";

/** So near, and the end is on the screen; more would pull back somebody who begins to scroll up. */
const AT_END_PIXELS = 2;
/** So near to the top, and older messages are asked for. */
const NEAR_TOP_PIXELS = 600;
/** Above an item that one goes to. */
const ABOVE_ITEM_PIXELS = 24;
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
  #scrolled = 0;
  #size = "";
  #anchors: readonly { readonly element: Element; readonly top: number }[] = [];
  #wasHidden = false;
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
    this.#scrolled = this.#scroller?.scrollTop ?? 0;
    this.#settle();
  }

  /** Goes to one item, such as the first unread one, and stays there. */
  toItem(key: string): void {
    const item = [...(this.#content?.children ?? [])].find((child) => (child as HTMLElement).dataset.key === key);
    if (!item || !this.#scroller) return;
    this.#scroller.scrollTop += topIn(this.#scroller, item) - ABOVE_ITEM_PIXELS;
    this.#capture(this.#scroller);
  }

  hostUpdate(): void {
    this.#settle(); // the position before the change, whether or not its scroll event has come
  }

  hostUpdated(): void {
    this.#attach(this.#options.scroller() ?? null);
    this.#settle();
    this.#askForOlder();
  }

  hostDisconnected(): void {
    this.#attach(null);
  }

  #attach(scroller: HTMLElement | null): void {
    const content = scroller?.firstElementChild ?? null;
    if (scroller === this.#scroller && content === this.#content) return;
    this.#scroller?.removeEventListener("scroll", this.#onScroll);
    this.#observer?.disconnect();
    [this.#scroller, this.#content, this.#anchors] = [scroller, content, []];
    if (scroller === null) return;
    [this.#isAtEnd, this.#scrolled] = [true, 0];
    scroller.addEventListener("scroll", this.#onScroll, { passive: true });
    this.#observer = new ResizeObserver(() => this.#settle());
    this.#observer.observe(scroller);
    if (content) this.#observer.observe(content);
  }

  readonly #onScroll = (): void => {
    this.#settle();
    this.#askForOlder();
  };

  /** Takes back what moved the content and was not the reader's scrolling, and remembers what is on the screen now. */
  #settle(): void {
    const scroller = this.#scroller;
    if (scroller === null || !scroller.isConnected) return;
    if (scroller.clientHeight === 0) {
      this.#wasHidden = true; // the browser forgets how far it was scrolled; what is remembered here holds
      return;
    }
    if (this.#wasHidden) this.#scrolled = scroller.scrollTop;
    this.#wasHidden = false;
    // In another size (a keyboard that opens, a window on another screen) the browser scrolls, and not the reader.
    const scrolled = this.#size === sizeOf(scroller) ? scroller.scrollTop - this.#scrolled : 0;
    if (this.#isAtEnd) this.#follow(scroller, scrolled);
    else this.#stay(scroller, scrolled);
    this.#capture(scroller);
  }

  #follow(scroller: HTMLElement, scrolled: number): void {
    const hasLeft = scrolled < -AT_END_PIXELS && !isAtEnd(scroller);
    if (!hasLeft) scroller.scrollTop = scroller.scrollHeight;
  }

  #stay(scroller: HTMLElement, scrolled: number): void {
    const anchor = this.#anchors.find(({ element }) => element.isConnected);
    if (anchor === undefined) return;
    const moved = topIn(scroller, anchor.element) - anchor.top + scrolled;
    if (Math.abs(moved) >= 0.5) scroller.scrollTop += moved;
  }

  #capture(scroller: HTMLElement): void {
    this.#setAtEnd(isAtEnd(scroller));
    this.#scrolled = scroller.scrollTop;
    this.#size = sizeOf(scroller);
    const { top, bottom } = scroller.getBoundingClientRect();
    const children = this.#content?.children ?? [];
    const anchors: { element: Element; top: number }[] = [];
    for (let index = firstBelow(children, top); index < children.length; index += 1) {
      const element = children[index] as Element;
      const box = element.getBoundingClientRect();
      if (box.top >= bottom) break;
      if (element.matches(STEADY)) anchors.push({ element, top: box.top - top });
    }
    // What begins above the top may get another size when it is drawn for the first time, and push what one reads. Only
    // a reply that grows there is held by its beginning.
    const first = anchors[0];
    const isHeld = first && (first.top >= 0 || first.element.querySelector(".streaming") !== null);
    this.#anchors = first === undefined || isHeld ? anchors : [...anchors.slice(1), first];
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

function isAtEnd({ scrollHeight, clientHeight, scrollTop }: HTMLElement): boolean {
  return scrollHeight - clientHeight - scrollTop <= AT_END_PIXELS;
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): string {
  return `${clientWidth} ${clientHeight}`;
}

function topIn(scroller: HTMLElement, element: Element): number {
  return element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
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
