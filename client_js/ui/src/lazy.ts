/** Makes it when it is first asked for. The formats of `Intl` take a slow phone 200 ms, and a page with a closed chat none. */
export function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
