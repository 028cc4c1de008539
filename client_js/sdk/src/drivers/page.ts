/** The life of a page: frozen or kept for going back to, shown again, online and offline. */

/** Functions without a `this`. */
export interface PageEvents {
  /** The page is frozen or hidden for good: nothing more may be open. */
  readonly sleep: () => void;
  /** The page lives again. */
  readonly wake: () => void;
  readonly online: () => void;
  readonly offline: () => void;
  /** The page is looked at again. */
  readonly visible: () => void;
}

/** Calls `events` until the function that it gives is called. Outside a browser it does nothing. */
export function followPage(events: PageEvents): () => void {
  const page = globalThis.document;
  const frame = globalThis.window;
  if (!page || !frame?.addEventListener) return () => undefined;
  const abort = new AbortController();
  const options = { signal: abort.signal };
  frame.addEventListener("pagehide", events.sleep, options);
  frame.addEventListener("pageshow", (event) => event.persisted && events.wake(), options);
  page.addEventListener("freeze", events.sleep, options);
  page.addEventListener("resume", events.wake, options);
  frame.addEventListener("online", events.online, options);
  frame.addEventListener("offline", events.offline, options);
  page.addEventListener("visibilitychange", () => page.visibilityState === "visible" && events.visible(), options);
  return () => abort.abort();
}
