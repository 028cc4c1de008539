/** The list that is shown, live: one view of the server, and beside it what waits, for the way to the next one. */

import type { wire } from "@intervene/client";
import type { OpenedView, Views } from "@intervene/client/views";
import { type Filter, isSameFilter, viewOf } from "./core/lists.ts";
import { isWaiting, type List, NO_LIST, received, refused, reordered } from "./core/rows.ts";
import { reasonOf } from "./words.ts";

export interface ListingParts {
  readonly views: Views;
  /** Those that stay open, whatever is listed. */
  readonly kept: readonly OpenedView[];
  readonly changed: (list: List) => void;
}

export class Listing {
  readonly #parts: ListingParts;
  readonly #opened = new Map<string, { readonly view: OpenedView; readonly end: () => void }>();
  #list: List = NO_LIST;
  #view: OpenedView;
  #waiting: OpenedView;
  #isHeld = false;

  constructor(parts: ListingParts) {
    this.#parts = parts;
    [this.#view, this.#waiting] = this.#open(NO_LIST.filter);
    parts.views.on("counts", () => this.#become({ counts: this.#view.counts }));
    parts.views.on("tails", () => this.#become({ tails: parts.views.tails }));
  }

  /** Lists something else, from its beginning. */
  show(filter: Filter): void {
    if (isSameFilter(filter, this.#list.filter)) return;
    [this.#view, this.#waiting] = this.#open(filter);
    const { counts } = this.#view;
    this.#list = { ...NO_LIST, filter, counts, tails: this.#parts.views.tails };
    this.#changed();
    this.#become({});
  }

  /** Whether the pointer or the focus is in the list: no row moves then. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) this.reorder();
  }

  /** Whether it follows this view too: then nobody else is to close it. */
  follows(view: OpenedView): boolean {
    return this.#opened.has(view.name);
  }

  reorder(): void {
    if (this.#list.fresh !== null) this.#become(reordered(this.#list));
  }

  /** The end is near: the next rows are asked for. */
  loadMore(): void {
    this.#view.loadMore();
  }

  /** These rows are on the screen. */
  look(ids: readonly string[]): void {
    this.#view.lookAt(ids);
  }

  /** Who has waited longest in the queues that are listed, but for the conversation that is open. */
  nextWaiting(open: string | null): wire.Row | undefined {
    return this.#waiting.shown.rows.find((row) => row.id !== open && isWaiting(row));
  }

  /** Both views of a filter, and no other of those before: one that is still wanted goes on. */
  #open(filter: Filter): [OpenedView, OpenedView] {
    const { views } = this.#parts;
    const both: [OpenedView, OpenedView] = [
      views.open(viewOf(filter)),
      views.open(viewOf({ ...NO_LIST.filter, tab: "waiting", queue: filter.queue })),
    ];
    for (const view of both) {
      if (this.#opened.has(view.name)) continue;
      this.#opened.set(view.name, { view, end: view.on("change", () => view === this.#view && this.#changed()) });
    }
    for (const [name, { view, end }] of this.#opened) {
      if (both.includes(view)) continue;
      end();
      if (!this.#parts.kept.includes(view)) view.close();
      this.#opened.delete(name);
    }
    return both;
  }

  #changed(): void {
    const { problem, isLoaded, shown } = this.#view;
    if (problem !== null) this.#become(refused(this.#list, reasonOf(problem)));
    else if (isLoaded) this.#become(received(this.#list, shown, this.#isHeld));
  }

  #become(change: Partial<List>): void {
    this.#list = { ...this.#list, ...change };
    this.#parts.changed(this.#list);
  }
}
