/**
 * `<desk-rows>`: the rows of the list that are on the screen, and no others, however many there are. It draws into the
 * desk's own tree, so that its styles and its focus are the desk's.
 *
 * A row is where its index puts it, by a style that the policy allows: set from the program, in no attribute.
 */

import type { wire } from "@intervene/client";
import { icon, icons } from "@intervene/ui";
import { defaultRangeExtractor, type Range, VirtualizerController } from "@tanstack/lit-virtual";
import { html, LitElement, noChange, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";
import { guard } from "lit/directives/guard.js";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { isUnread, isWaiting } from "../core/rows.ts";
import { type MenuItem, Menus } from "../menu.ts";
import { contactName, times, words } from "../words.ts";
import { type RowOptions, rowOf } from "./row.ts";

export interface RowsParts extends RowOptions {
  readonly loadMore: () => void;
  /** Which rows are on the screen. */
  readonly look: (ids: readonly string[]) => void;
  /** Selects a row or not; `isRange`: all from the one before. */
  readonly toggle: (id: string, isRange: boolean) => void;
  /** Rows are being selected. */
  readonly isSelecting: boolean;
  /** Selects none. */
  readonly clear: () => void;
  readonly menuOf: (row: wire.Row) => readonly MenuItem[];
}

const OVERSCAN = 6; // rows above and below the screen
const LOAD_AHEAD = 12; // rows before the last
const FIRST_HEIGHT = 80; // pixels, until a row was measured

class Placed extends Directive {
  render(_property: "translate" | "block-size", _value: string): typeof noChange {
    return noChange;
  }

  override update({ element }: ElementPart, [property, value]: Parameters<this["render"]>): typeof noChange {
    (element as HTMLElement).style.setProperty(property, value);
    return noChange;
  }
}

const placed = directive(Placed);

export class RowsElement extends LitElement {
  static override properties = { parts: { attribute: false } };
  declare parts: RowsParts;

  readonly #menus = new Menus(this);
  #height = FIRST_HEIGHT;
  /** A narrow desk shows the thread in its place. */
  #isShown = false;
  #measured: Element | null = null;
  readonly #observer = new ResizeObserver(([entry]) => this.#measure(entry));
  /** The row that has the focus, or had it last: it is drawn wherever it is. */
  #stop = "";
  /** The row that Tab leads to, as it is drawn. */
  #tab = "";
  #focused = "";
  /** The conversation whose row was brought into view. */
  #inView = "";
  readonly #controller = new VirtualizerController<HTMLElement, HTMLElement>(this, {
    count: 0,
    getScrollElement: () => this.querySelector<HTMLElement>(".rows"),
    estimateSize: () => this.#height,
    overscan: OVERSCAN,
    initialRect: { width: 320, height: 800 },
  });

  protected override createRenderRoot(): this {
    return this;
  }

  protected override willUpdate(): void {
    const virtualizer = this.#controller.getVirtualizer();
    const count = this.parts.list.rows.length;
    // Another function each time: which rows are drawn depends on more than what is on the screen.
    virtualizer.setOptions({ ...virtualizer.options, count, rangeExtractor: (range) => this.#range(range) });
    this.#focused = this.#active?.dataset.id ?? "";
  }

  protected override render(): TemplateResult {
    const { rows, hasMore, isCut } = this.parts.list;
    const virtualizer = this.#controller.getVirtualizer();
    const shown = virtualizer.getVirtualItems();
    this.#tab = this.#tabStop();
    const end = `${virtualizer.getTotalSize()}px`;
    return html`<div class="rows ${this.parts.isSelecting ? "picking" : ""}" tabindex="-1" @keydown=${this.#walk} @focusin=${this.#came}>
      <ul role="list" class="all" ${placed("block-size", end)}>
        ${repeat(
          shown,
          ({ index }) => rows[index]?.id ?? index,
          ({ index, start }) => guard(this.#dependsOn(index, start), () => this.#row(index, start)),
        )}
      </ul>
      ${isCut ? html`<p class="list-wait">${words("listCut", { n: rows.length })}</p>` : nothing}
      ${hasMore ? html`<p class="list-wait">${words("loadingMore")}</p>` : nothing}
    </div>`;
  }

  /** What a row is drawn from. The desk is drawn for many reasons, and few of them change a row. */
  #dependsOn(index: number, start: number): unknown[] {
    const { list, me, settings, filter, openId, draftOf, serverNow, selected, refusals } = this.parts;
    const { rows, read, gone, tails, hasMore } = list;
    const row = rows[index];
    if (row === undefined) return [];
    const { id } = row;
    const isStop = id === this.#tab;
    const of = [read.get(id), gone.has(id), tails.get(id), draftOf(id), selected.has(id), refusals.get(id), isStop];
    const menu = this.#menus.shows(menuName(id)) ? {} : null; // one that is open is drawn each time
    const waited = isWaiting(row) ? Math.floor(serverNow / 1000) : 0;
    const beside = [openId === id, rows[index - 1]?.id === openId, rows.length, hasMore];
    return [row, index, start, ...of, menu, waited, ...beside, me, settings, filter, times.dayOf(times.now())];
  }

  #row(index: number, start: number): TemplateResult | typeof nothing {
    const { list, openId, me } = this.parts;
    const row = list.rows[index];
    if (row === undefined) return nothing;
    const isCurrent = row.id === openId;
    const isPicked = this.parts.selected.has(row.id);
    const isStop = row.id === this.#tab;
    const looks = [
      isPicked && "picked",
      isCurrent && "cur",
      isUnread(row, me.id, list.read.get(row.id) ?? 0) && "unread",
      list.gone.has(row.id) && "gone",
      index === 0 && "first",
    ].filter(Boolean);
    const isBelow = index > 0 && list.rows[index - 1]?.id === openId;
    return html`<li class="rowc ${looks.join(" ")} ${isBelow ? "below" : ""}" aria-posinset=${index + 1}
      aria-setsize=${list.hasMore ? -1 : list.rows.length} ${placed("translate", `0 ${start}px`)}
      @contextmenu=${(event: Event) => this.#showMenu(event, row.id)}>
      ${rowOf(row, this.parts, { isStop })}
      <label class="pick"><input type="checkbox" tabindex=${isStop ? 0 : -1} .checked=${live(isPicked)}
        aria-label=${words("selectRow", { name: contactName(row.contact) })} @click=${(event: MouseEvent) => this.parts.toggle(row.id, event.shiftKey)}
      /></label>
      ${this.#menu(row, isStop)}
    </li>`;
  }

  /** The same as in the header of the conversation. Tab leads to that of the row that it leads to. */
  #menu(row: wire.Row, isStop: boolean): TemplateResult {
    const name = menuName(row.id);
    return this.#menus.template({
      name,
      label: words("moreOf", { name: contactName(row.contact) }),
      face: icon(icons.dots),
      look: "icon more",
      items: this.#menus.shows(name) ? this.parts.menuOf(row) : [],
      isFloating: true,
      isStop,
    });
  }

  #showMenu(event: Event, id: string): void {
    event.preventDefault();
    this.#stop = id;
    this.#menus.open(menuName(id));
  }

  protected override updated(_changed: PropertyValues): void {
    this.#observe(this.querySelector(".rowc"));
    this.#bringIntoView();
    if (this.#focused !== "" && this.#active === null) this.#focus(this.#focused); // a row that moved has lost it
    const virtualizer = this.#controller.getVirtualizer();
    const { rows, hasMore } = this.parts.list;
    const { startIndex, endIndex } = virtualizer.range ?? { startIndex: 0, endIndex: -1 };
    if (!this.#isShown) return;
    this.parts.look(rows.slice(startIndex, endIndex + 1).map(({ id }) => id));
    if (hasMore && endIndex >= rows.length - LOAD_AHEAD) this.parts.loadMore();
  }

  /** All rows are of one height, which depends on the reader's letters. To ask for it would lay out the page once more. */
  #observe(row: Element | null): void {
    if (row === this.#measured) return;
    this.#measured = row;
    this.#observer.disconnect();
    if (row !== null) this.#observer.observe(row);
  }

  #measure(row: ResizeObserverEntry | undefined): void {
    const height = Math.round(row?.borderBoxSize[0]?.blockSize ?? 0);
    const [wasShown, was] = [this.#isShown, this.#height];
    this.#isShown = height !== 0;
    if (height !== 0) this.#height = height;
    if (this.#height !== was) this.#controller.getVirtualizer().measure();
    if (this.#height !== was || this.#isShown !== wasShown) this.requestUpdate();
  }

  /** Once for each conversation that is opened: the list is the reader's to scroll. */
  #bringIntoView(): void {
    const { openId, list } = this.parts;
    if (openId === this.#inView) return;
    const at = list.rows.findIndex(({ id }) => id === openId);
    if (at === -1 && openId !== null && !list.isLoaded) return;
    this.#inView = openId ?? "";
    if (at !== -1) this.#controller.getVirtualizer().scrollToIndex(at, { align: "auto" });
  }

  #range(range: Range): number[] {
    const { rows } = this.parts.list;
    const at = rows.findIndex(({ id }) => id === this.#stop);
    const shown = defaultRangeExtractor(range);
    return at === -1 || shown.includes(at) ? shown : [...shown, at].sort((a, b) => a - b);
  }

  /** The row that Tab leads to: where the focus was, the open one, or the first. */
  #tabStop(): string {
    const { list, openId } = this.parts;
    const has = (id: string | null) => id !== null && id !== "" && list.rows.some((row) => row.id === id);
    if (has(this.#stop)) return this.#stop;
    return (has(openId) ? openId : list.rows[0]?.id) ?? "";
  }

  readonly #came = (event: FocusEvent): void => {
    const id = (event.target as HTMLElement).dataset.id;
    if (id === undefined || id === this.#stop) return;
    this.#stop = id;
    this.requestUpdate();
  };

  /** Arrows move from row to row, also to those that are not on the screen; Space selects; Enter opens, as everywhere. */
  readonly #walk = (event: KeyboardEvent): void => {
    const { rows } = this.parts.list;
    const on = this.#active?.dataset.id ?? "";
    const at = rows.findIndex(({ id }) => id === on);
    if (at !== -1 && event.key === " ") {
      event.preventDefault();
      this.parts.toggle(on, event.shiftKey);
      return;
    }
    if (event.key === "Escape") this.parts.clear();
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const next = to === undefined ? undefined : rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (at === -1 || next === undefined) return;
    event.preventDefault();
    this.goTo(next.id);
  };

  /** Moves the focus to a row, and the row into view. */
  goTo(id: string): void {
    const at = this.parts.list.rows.findIndex((row) => row.id === id);
    if (at === -1) return;
    this.#stop = id;
    this.#controller.getVirtualizer().scrollToIndex(at, { align: "auto" });
    this.requestUpdate();
    void this.updateComplete.then(() => this.#focus(id));
  }

  #focus(id: string): void {
    this.querySelector<HTMLElement>(`a.name[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  }

  get #active(): HTMLElement | null {
    const active = (this.getRootNode() as ShadowRoot).activeElement as HTMLElement | null;
    return active !== null && this.contains(active) ? active : null;
  }
}

function menuName(id: string): string {
  return `row-${id}`;
}

customElements.define("desk-rows", RowsElement);
