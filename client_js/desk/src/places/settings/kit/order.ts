/** The order that an organisation gives its rows, and what of it is sent when one is moved. No I/O. */

interface Placed {
  readonly id: string;
  readonly position: number;
}

/** Between two positions: so that mostly one row changes. */
const STEP = 10;
/** The server's highest. */
const MOST = 10_000;

/** The rows with one of them at another place. */
export function moved<R>(rows: readonly R[], from: number, to: number): readonly R[] {
  const row = rows[from];
  if (row === undefined || to < 0 || to >= rows.length) return rows;
  const rest = rows.filter((_, n) => n !== from);
  return [...rest.slice(0, to), row, ...rest.slice(to)];
}

/** New positions that put the rows in this order after the row at `at` was moved there; by id, those that change alone. */
export function positions(rows: readonly Placed[], at: number): ReadonlyMap<string, number> {
  const one = rows[at];
  if (one === undefined) return new Map();
  const before = rows[at - 1]?.position ?? -1;
  const after = rows[at + 1]?.position ?? before + 2 * STEP;
  const isOrdered = rows.every(
    (row, n) => n === at || n === 0 || n - 1 === at || (rows[n - 1]?.position ?? 0) < row.position,
  );
  const middle = Math.floor((before + after) / 2);
  if (isOrdered && middle > before && middle < after && middle <= MOST) return new Map([[one.id, middle]]);
  const fresh = rows.map(({ id }, n) => [id, n * STEP] as const);
  return new Map(fresh.filter(([, position], n) => rows[n]?.position !== position));
}

/** Where a new row goes: after all others. */
export function lastPosition(rows: readonly Placed[]): number {
  return Math.min(MOST, Math.max(-STEP, ...rows.map(({ position }) => position)) + STEP);
}
