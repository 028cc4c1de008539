/** A table of rows; on a narrow screen each row is a card, with the columns' names beside what they hold. */

import { html, nothing, type TemplateResult } from "lit";

export interface Column {
  /** "" for the last one, which has the row's menu. */
  readonly label: string;
  readonly isNumber?: boolean;
}

export interface TableOptions {
  /** What it lists. */
  readonly label: string;
  readonly columns: readonly Column[];
  /** As many cells as columns; the first names the row. */
  readonly rows: readonly (readonly unknown[])[];
  /** Shown where there are no rows. */
  readonly none?: TemplateResult;
}

export function table({ label, columns, rows, none }: TableOptions): TemplateResult {
  if (rows.length === 0 && none !== undefined) return none;
  // A sheet that makes rows of it takes the roles of a table away, so they are named.
  return html`<table class="table" role="table" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">${columns.map(head)}</tr></thead>
    <tbody role="rowgroup">
      ${rows.map((cells) => html`<tr role="row">${cells.map((cell, n) => body(columns[n], cell, n === 0))}</tr>`)}
    </tbody>
  </table>`;
}

function head({ label, isNumber }: Column): TemplateResult {
  if (label === "") return html`<td role="cell"></td>`;
  return html`<th role="columnheader" scope="col" class=${isNumber ? "n" : nothing}>${label}</th>`;
}

function body(column: Column | undefined, cell: unknown, isFirst: boolean): TemplateResult {
  const look = column?.label === "" ? "more" : column?.isNumber ? "n" : nothing;
  if (isFirst) return html`<th role="rowheader" scope="row" data-label=${column?.label ?? ""}>${cell}</th>`;
  return html`<td role="cell" class=${look} data-label=${column?.label ?? ""}>${cell}</td>`;
}
