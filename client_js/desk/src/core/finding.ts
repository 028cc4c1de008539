/** Finds what was typed anywhere in names: for choices, canned replies, mentions. No I/O. */

export interface Found<T> {
  readonly item: T;
  /** Where in its name, in characters; both 0 where nothing was typed. */
  readonly from: number;
  readonly to: number;
}

const COLLATOR = new Intl.Collator(undefined, { usage: "search", sensitivity: "base" });

/** Those whose name has `typed` in it, whatever its case and accents: at its start first, else as they stood. */
export function found<T>(items: readonly T[], nameOf: (item: T) => string, typed: string): readonly Found<T>[] {
  const wanted = typed.trim();
  if (wanted === "") return items.map((item) => ({ item, from: 0, to: 0 }));
  const all = items.flatMap((item) => {
    const from = placeOf(nameOf(item), wanted);
    return from === -1 ? [] : [{ item, from, to: from + wanted.length }];
  });
  return [...all.filter(({ from }) => from === 0), ...all.filter(({ from }) => from > 0)];
}

function placeOf(name: string, wanted: string): number {
  for (let at = 0; at + wanted.length <= name.length; at += 1) {
    if (COLLATOR.compare(name.slice(at, at + wanted.length), wanted) === 0) return at;
  }
  return -1;
}
