/** A page of short rows in an order of their own: moved by drag or by keys, and edited in their place. */

import { icon, icons } from "@intervene/ui";
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Row } from "../../../core/settings.ts";
import { words } from "../words.ts";
import type { Draft } from "./drafts.ts";
import { lastPosition, moved, positions } from "./order.ts";
import { problemOf } from "./problems.ts";
import { changeRow } from "./rows.ts";
import { RowsPage } from "./rows-page.ts";

export interface OrderedRow extends Row {
  readonly position: number;
}

const styles = css`
  .ordered { display: grid; }
  .ordered > li { display: flex; align-items: center; gap: var(--iv-s3); min-block-size: 44px; padding-inline: 0 var(--iv-s3); border-block-end: 1px solid var(--iv-line); background: var(--iv-surface); }
  .ordered > li:hover { background: var(--iv-sunken); }
  .ordered > li[data-over="before"] { box-shadow: inset 0 2px 0 var(--iv-focus); } .ordered > li[data-over="after"] { box-shadow: inset 0 -2px 0 var(--iv-focus); }
  .grip { cursor: grab; touch-action: none; color: var(--iv-text-3); }
  .ordered .what { flex: 1; min-inline-size: 0; overflow-wrap: anywhere; }
  .ordered .menu-of { text-align: start; }
  .inplace { border: 0; padding: 0; flex: 1; max-inline-size: none; min-inline-size: 0; }
  .inplace .editor { padding: 0; max-inline-size: none; }
  .inplace h2 { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  .inplace form { display: flex; flex-wrap: wrap; gap: var(--iv-s3) var(--iv-s5); align-items: flex-end; max-inline-size: none; padding-block: var(--iv-s4); }
  .inplace .field:first-child { flex: 0 1 240px; min-inline-size: 160px; }
  .inplace .problem[role="alert"] { flex: 1 0 100%; order: 9; }
  @media (max-width: 719px) { .ordered > li { padding-inline: 0; } .inplace .field:nth-child(n) { flex: 1 0 100%; } }
  @media (forced-colors: active) { .ordered > li[data-over] { outline: 2px solid Highlight; } }
`;

export abstract class OrderedPage<
  R extends OrderedRow,
  V extends { readonly name: string; readonly position: number },
> extends RowsPage<R, V> {
  static override styles = [...RowsPage.styles, styles];

  /** How a row looks. */
  protected abstract what(row: R): TemplateResult;
  #dragged: number | null = null;
  #over: number | null = null;

  protected newPosition(): number {
    return lastPosition(this.#present);
  }

  get #present(): readonly R[] {
    return (this.rows.value ?? []).filter(({ archived }) => !archived);
  }

  protected override problems({ name }: V): Readonly<Record<string, string>> {
    return name.trim() === "" ? { name: words("missing") } : {};
  }

  protected override list(rows: readonly R[]): TemplateResult {
    return html`<ul class="ordered" aria-label=${this.heading} @pointermove=${this.#dragging} @pointerup=${this.#dropped} @pointercancel=${this.#cancelled}>
      ${repeat(
        rows,
        ({ id }) => id,
        (row, n) => html`<li data-over=${this.#edge(n)}>
          ${this.mayChange ? this.#grip(row, n) : nothing}
          <span class="what">${this.draft?.id === row.id ? this.editor(this.draft) : this.what(row)}</span>
          ${this.draft === null ? this.more(row, this.#moves(row, n, rows.length)) : nothing}
        </li>`,
      )}
      ${this.draft?.id === "" ? html`<li><span class="what">${this.editor(this.draft)}</span></li>` : nothing}
    </ul>`;
  }

  /** The form stands where the row is. */
  protected override content(): TemplateResult {
    return this.rows.template((rows) => this.all(rows));
  }

  protected override editor(draft: Draft<V>): TemplateResult {
    return html`<div class="inplace">${super.editor(draft)}</div>`;
  }

  // -- the order -------------------------------------------------------------------------------------------------------

  #grip(row: R, n: number): TemplateResult {
    const label = words("move", { name: row.name });
    return html`<button type="button" class="icon grip" data-grip=${row.id} aria-label=${label} title=${words("moveHint")}
      @pointerdown=${(event: PointerEvent) => this.#lifted(event, n)} @keydown=${(event: KeyboardEvent) => this.#pressed(event, n)}>${icon(GRIP)}</button>`;
  }

  #moves({ id }: R, n: number, count: number) {
    const item = (label: string, to: number) => ({
      label,
      meaning: "",
      icon: icon(icons.down),
      act: () => void this.#move(n, to, id),
    });
    return [
      ...(n > 0 ? [item(words("moveUp"), n - 1)] : []),
      ...(n < count - 1 ? [item(words("moveDown"), n + 1)] : []),
    ];
  }

  #pressed(event: KeyboardEvent, n: number): void {
    const count = this.#present.length;
    const to = { ArrowUp: n - 1, ArrowDown: n + 1, Home: 0, End: count - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const { id } = this.#present[n] ?? {};
    if (id !== undefined && to >= 0 && to < count && to !== n) void this.#move(n, to, id);
  }

  #lifted(event: PointerEvent, n: number): void {
    if (event.button !== 0 || this.draft !== null) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.#dragged = n;
  }

  readonly #dragging = (event: PointerEvent): void => {
    if (this.#dragged === null) return;
    const items = [...this.renderRoot.querySelectorAll<HTMLElement>(".ordered > li")];
    const at = items.findIndex((item) => event.clientY < item.getBoundingClientRect().bottom);
    this.#over = at === -1 ? items.length - 1 : at;
    this.requestUpdate();
  };

  readonly #dropped = (): void => {
    const [from, to] = [this.#dragged, this.#over];
    this.#cancelled();
    const { id } = this.#present[from ?? -1] ?? {};
    if (from !== null && to !== null && id !== undefined && from !== to) void this.#move(from, to, id);
  };

  readonly #cancelled = (): void => {
    this.#dragged = null;
    this.#over = null;
    this.requestUpdate();
  };

  #edge(n: number): string | typeof nothing {
    if (this.#dragged === null || this.#over !== n || n === this.#dragged) return nothing;
    return n < this.#dragged ? "before" : "after";
  }

  /** Shown at once, then sent row by row. The focus stays at the row. */
  async #move(from: number, to: number, id: string): Promise<void> {
    const order = moved(this.#present, from, to);
    const changes = positions(order, to);
    const placed = order.map((row) => ({ ...row, position: changes.get(row.id) ?? row.position }));
    this.rows.set([...placed, ...(this.rows.value ?? []).filter(({ archived }) => archived)]);
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`[data-grip="${CSS.escape(id)}"]`)?.focus();
    const { api } = this.parts.session;
    try {
      for (const row of placed.filter((each) => changes.has(each.id))) {
        this.replace(await changeRow<R>(api, this.path, row, { position: row.position }));
      }
      const name = placed[to]?.name ?? "";
      this.parts.announcer.status(words("wasMoved", { name, n: to + 1, count: String(placed.length) }));
    } catch (error) {
      this.wrong(problemOf(error, []).form);
      await this.rows.load();
    }
  }
}

const GRIP =
  "|M6 2.9a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 1 0 0-2.2M10 2.9a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 1 0 0-2.2M6 6.9a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 1 0 0-2.2M10 6.9a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 1 0 0-2.2M6 10.9a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 1 0 0-2.2M10 10.9a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 1 0 0-2.2";
