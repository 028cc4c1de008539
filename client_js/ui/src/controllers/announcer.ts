/**
 * Says things once to those who use a screen reader (`role="status"` and `role="alert"`). What is in the thread is the
 * log's to say; this says what happens beside it: control changes, the connection, results.
 */

import { html, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { type Sentence, spoken } from "../thread/handover.ts";
import type { HandoverItem, Item } from "../thread/items.ts";

/** How long a text stays: long enough to be read out, and then not found again by somebody who reads the page. */
export const STAYS_MILLISECONDS = 10_000;

/** What one region says. */
interface Region {
  text: string;
  /** The same text twice is another element: a region whose text does not change is not read again. */
  count: number;
  /** It was not rendered yet. */
  isFresh: boolean;
  timer?: ReturnType<typeof setTimeout>;
}

export class Announcer implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #status: Region = { text: "", count: 0, isFresh: false };
  readonly #alert: Region = { ...this.#status };
  #thread = "";
  #saidUpTo = Number.POSITIVE_INFINITY;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** Says `text` when the reader has finished. Texts of one moment are said together. */
  status(text: string): void {
    this.#say(this.#status, text);
  }

  /** Interrupts: only for a failed send, a stale view, a lost race. */
  alert(text: string): void {
    this.#say(this.#alert, text);
  }

  /**
   * Says each change of holder of the open thread once. The first list of a thread is history, and so is what is put
   * before it. `thread`: which; another one starts with its own history.
   */
  handovers(thread: string, items: readonly Item[], sentence: (item: HandoverItem) => Sentence): void {
    const isHistory = thread !== this.#thread || this.#saidUpTo === Number.POSITIVE_INFINITY;
    const last = items.reduce((most, item) => (Number.isFinite(item.n) ? Math.max(most, item.n) : most), 0);
    if (!isHistory) {
      for (const item of items) {
        if (item.type === "handover" && item.n > this.#saidUpTo) this.status(spoken(sentence(item)));
      }
    }
    this.#thread = thread;
    this.#saidUpTo = isHistory ? last : Math.max(this.#saidUpTo, last);
  }

  /** The regions. They are in the page from the start: a region that comes with its text is not read. */
  regions(): TemplateResult {
    const said = ({ count, text }: Region) => keyed(count, html`<span>${text}</span>`);
    return html`<div class="vh" role="status">${said(this.#status)}</div>
      <div class="vh" role="alert">${said(this.#alert)}</div>`;
  }

  hostUpdated(): void {
    this.#status.isFresh = this.#alert.isFresh = false;
  }

  hostDisconnected(): void {
    clearTimeout(this.#status.timer);
    clearTimeout(this.#alert.timer);
  }

  #say(region: Region, text: string): void {
    region.text = region.isFresh && region.text !== text ? `${region.text} ${text}` : text;
    region.count += 1;
    region.isFresh = true;
    clearTimeout(region.timer);
    region.timer = setTimeout(() => {
      region.text = "";
      this.#host.requestUpdate();
    }, STAYS_MILLISECONDS);
    this.#host.requestUpdate();
  }
}
