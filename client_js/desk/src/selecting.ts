/** Which rows of the list are selected, and what came of what was done to all of them. */

import type { wire } from "@intervene/client";
import type { ActionKind, Offer } from "./core/actions.ts";
import type { List } from "./core/rows.ts";
import type { Refusal } from "./performing.ts";

/** What can be done to many at once, in the order of the menus. */
const IN_BULK: readonly ActionKind[] = ["assign_me", "assign", "queue", "status", "tags", "close", "reopen"];

export interface SelectingParts {
  readonly list: () => List | undefined;
  readonly offers: (row: wire.Row) => readonly Offer[];
  readonly changed: () => void;
}

/** An action, and those of the selected that one may do it with. */
export interface BulkOffer {
  readonly offer: Offer;
  readonly rows: readonly wire.Row[];
}

export class Selecting {
  readonly #parts: SelectingParts;
  #ids: ReadonlySet<string> = new Set();
  #refusals: ReadonlyMap<string, string> = new Map();
  /** Where the last one was selected: with Shift all from there. */
  #from = "";
  #isBegun = false;

  constructor(parts: SelectingParts) {
    this.#parts = parts;
  }

  /** Rows are being selected, though there may be none yet. */
  get isOn(): boolean {
    return this.#isBegun || this.rows.length > 0;
  }

  /** For whoever has no pointer that shows the boxes, and no Space key. */
  begin(): void {
    this.#isBegun = true;
    this.#parts.changed();
  }

  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /** Why something was not done with a conversation, until it is selected again or something else is done. */
  get refusals(): ReadonlyMap<string, string> {
    return this.#refusals;
  }

  get rows(): readonly wire.Row[] {
    return this.#parts.list()?.rows.filter(({ id }) => this.#ids.has(id)) ?? [];
  }

  toggle(id: string, isRange: boolean): void {
    const rows = this.#parts.list()?.rows ?? [];
    const [from, to] = [this.#from, id].map((each) => rows.findIndex((row) => row.id === each));
    const range = rows.slice(Math.min(from ?? -1, to ?? -1), Math.max(from ?? -1, to ?? -1) + 1);
    const isOf = isRange && from !== undefined && from !== -1 && to !== -1;
    const next = new Set(this.#ids);
    if (isOf) for (const row of range) next.add(row.id);
    else if (!next.delete(id)) next.add(id);
    this.#from = id;
    this.#become(next, this.#without(id));
  }

  /** All that are loaded. */
  all(): void {
    this.#become(new Set(this.#parts.list()?.rows.map(({ id }) => id)), new Map());
  }

  clear(): void {
    if (!this.#isBegun && this.#ids.size === 0 && this.#refusals.size === 0) return;
    this.#isBegun = false;
    this.#become(new Set(), new Map());
  }

  /** What one may do with some of them at least. What has to be chosen is what the first of those has to choose from. */
  offers(): readonly BulkOffer[] {
    const all = this.rows.map((row) => ({ row, offers: this.#parts.offers(row) }));
    return IN_BULK.flatMap((kind) => {
      const can = all.flatMap(({ row, offers }) => {
        const offer = offers.find((each) => each.kind === kind);
        return offer === undefined ? [] : [{ row, offer }];
      });
      const offer = ofAll(can.map(({ offer }) => offer));
      return offer === undefined ? [] : [{ offer: neutral(offer), rows: can.map(({ row }) => row) }];
    });
  }

  /** Those that were refused stay selected, and say why. */
  done(ids: readonly string[], refusals: readonly Refusal[]): void {
    if (ids.length < 2 && !this.#ids.has(ids[0] ?? "")) return;
    const refused = new Map(refusals.map(({ id, reason }) => [id, reason]));
    const done = new Set(ids);
    if (refused.size === 0) this.#isBegun = false;
    this.#become(new Set([...this.#ids].filter((id) => refused.has(id) || !done.has(id))), refused);
  }

  #without(id: string): ReadonlyMap<string, string> {
    return new Map([...this.#refusals].filter(([each]) => each !== id));
  }

  #become(ids: ReadonlySet<string>, refusals: ReadonlyMap<string, string>): void {
    this.#ids = ids;
    this.#refusals = refusals;
    this.#parts.changed();
  }
}

/** One that asks where one of them must be asked for something; else one that does what it can. */
function ofAll(offers: readonly Offer[]): Offer | undefined {
  return offers.find(({ choices }) => choices.length > 0) ?? offers.find(({ action }) => action !== null) ?? offers[0];
}

/** What one has is not what all have. */
function neutral(offer: Offer): Offer {
  return { ...offer, choices: offer.choices.map((choice) => ({ ...choice, isCurrent: false })) };
}
