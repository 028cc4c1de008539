/** Where the focus goes: from pane to pane, to the composer once it opens, and to the next best when its place is gone. */

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Where the focus goes in a pane: the first of these that is there. */
const FIRST = [
  "intervene-context",
  "a.name[aria-current]",
  "a.name[tabindex='0']",
  "a.name",
  ".log",
  "textarea",
  ".take",
  ".btn[data-act]",
  "[role=tab]",
];

/** Where the focus goes when what has it is taken away: by what that was in, the first that is there. */
const INSTEAD = [
  [".log-of", ".log"],
  [".dock", ".writing textarea, .log"],
  [".list", ".rows"],
  [".bar", "h1"],
] as const;

/** A note is written whoever holds control, a reply is not. */
const TARGETS = { composer: ".writing textarea", note: ".writing textarea", heading: "h1", thread: ".log" } as const;
export type Target = keyof typeof TARGETS;

type Host = ReactiveControllerHost & HTMLElement;

export class Focus implements ReactiveController {
  readonly #host: Host;
  readonly #isThere: () => boolean;
  /** Where the focus goes once that is there. From a reply box that closes it goes to the thread: to no button, which
   * the next key of somebody who still types would press. */
  #next: Target | null = null;
  /** Where it is until then, so that keys do not go to nothing. */
  #meanwhile: HTMLElement | null = null;
  /** Before an update: what has the focus, and where it goes if that is no more. */
  #before: { readonly element: HTMLElement; readonly instead: string } | null = null;

  /** `isThere`: whether the conversation that is open can be drawn. */
  constructor(host: Host, isThere: () => boolean) {
    this.#host = host;
    this.#isThere = isThere;
    host.addController(this);
  }

  get active(): HTMLElement | null {
    return (this.#host.shadowRoot?.activeElement as HTMLElement | null | undefined) ?? null;
  }

  get isInField(): boolean {
    let active: Element | null = this.active;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active?.matches("input, textarea, select") ?? false;
  }

  /** It is nowhere, or on what leads to the composer: moving it takes it from nothing. */
  get isFree(): boolean {
    return this.active === null || this.active.matches(".take, [data-act], .bar .menu-of > button, .log, h1, a.name");
  }

  /** Moves the focus there with the next update in which it can be. */
  next(target: Target): void {
    this.#next = target;
    this.#meanwhile = null;
    this.#host.requestUpdate();
  }

  /** No composer opens: if the focus is nowhere, it goes to the thread. */
  notToComposer(): void {
    if (this.#next === "composer") this.#next = this.active === null ? "thread" : null;
  }

  /** List, thread, dock, context, and again. */
  nextPane(): void {
    const panes = [".list", ".log-of", ".dock", ".context"].map((pane) => this.#root.querySelector(pane));
    const at = panes.findIndex((pane) => pane?.contains(this.active));
    const order = [...panes.slice(at + 1), ...panes.slice(0, at + 1)];
    const places = order.flatMap((pane) => FIRST.map((place) => pane?.querySelector<HTMLElement>(place)));
    places.find((place) => place?.offsetParent)?.focus();
  }

  hostUpdate(): void {
    const element = this.active;
    const instead = INSTEAD.find(([pane]) => element?.closest(pane))?.[1];
    this.#before = element !== null && instead !== undefined ? { element, instead } : null;
  }

  hostUpdated(): void {
    if (this.#next === null) {
      if (this.#before?.element.isConnected === false) this.#first(this.#before.instead);
      return;
    }
    const selector = TARGETS[this.#next];
    if (!this.#isThere()) {
      this.#meanwhile ??= this.#first(`${selector}, .log`); // the rest comes with the answer of the server
      return;
    }
    const isElsewhere = this.#meanwhile !== null && this.active !== null && this.active !== this.#meanwhile;
    this.#next = null;
    this.#meanwhile = null;
    if (!isElsewhere) this.#first(selector);
  }

  #first(selector: string): HTMLElement | null {
    const places = selector.split(", ").map((place) => this.#root.querySelector<HTMLElement>(place));
    const there = places.find((place) => place?.offsetParent) ?? null;
    there?.focus({ preventScroll: true });
    return there;
  }

  get #root(): ParentNode {
    return this.#host.shadowRoot ?? this.#host;
  }
}
