/**
 * What was typed and not sent, by principal, conversation and slot ("reply", "note"). It is kept in this browser's
 * storage, or in memory where that is refused, and follows newer drafts of other tabs.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";

const DEBOUNCE_MILLISECONDS = 300;
const LIVES_MILLISECONDS = 30 * 86_400_000;
const PREFIX = "intervene:draft:";

interface Kept {
  readonly text: string;
  readonly at: number;
}

export class Drafts implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #storage: Storage | null;
  /** What is newer than the storage, and all of it where there is none. */
  readonly #drafts = new Map<string, Kept>();
  readonly #unsaved = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `storage`: null for memory only. By default `localStorage`, if the browser gives it. */
  constructor(host: ReactiveControllerHost, storage: Storage | null = ownStorage()) {
    this.#host = host;
    this.#storage = storage;
    host.addController(this);
  }

  /** Whether drafts outlive the page. */
  get areKept(): boolean {
    return this.#storage !== null;
  }

  /** The draft, or "". */
  get(principal: string, conversation: string, slot = "reply"): string {
    return this.#read(keyOf(principal, conversation, slot))?.text ?? "";
  }

  /** The draft is now `text`; it is stored a moment later, and at once when the page goes. */
  set(text: string, principal: string, conversation: string, slot = "reply"): void {
    const key = keyOf(principal, conversation, slot);
    this.#drafts.set(key, { text, at: Date.now() });
    this.#unsaved.add(key);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), DEBOUNCE_MILLISECONDS);
    this.#host.requestUpdate();
  }

  /** Stores what is not stored yet. */
  flush(): void {
    clearTimeout(this.#timer);
    for (const key of this.#unsaved) this.#save(key);
    this.#unsaved.clear();
  }

  /** Forgets every draft of a principal: they signed out, or began anew. */
  forget(principal: string): void {
    const start = `${PREFIX}${principal}:`;
    for (const key of [...this.#drafts.keys(), ...this.#keys()]) {
      if (!key.startsWith(start)) continue;
      this.#drafts.delete(key);
      this.#unsaved.delete(key);
      attempt(() => this.#storage?.removeItem(key));
    }
    this.#host.requestUpdate();
  }

  hostConnected(): void {
    if (typeof window === "undefined") return;
    window.addEventListener("storage", this.#onStorage);
    window.addEventListener("pagehide", this.#onHide);
    document.addEventListener("visibilitychange", this.#onHide);
    this.#prune();
  }

  hostDisconnected(): void {
    this.flush();
    window.removeEventListener("storage", this.#onStorage);
    window.removeEventListener("pagehide", this.#onHide);
    document.removeEventListener("visibilitychange", this.#onHide);
  }

  readonly #onHide = (event: Event): void => {
    if (event.type === "pagehide" || document.visibilityState === "hidden") this.flush();
  };

  /** Another tab has stored a draft. What was typed here and is not stored yet is not replaced. */
  readonly #onStorage = ({ key, storageArea }: StorageEvent): void => {
    if (storageArea !== this.#storage || key === null || !key.startsWith(PREFIX) || this.#unsaved.has(key)) return;
    this.#drafts.delete(key);
    this.#host.requestUpdate();
  };

  #read(key: string): Kept | undefined {
    const known = this.#drafts.get(key);
    if (known || this.#storage === null) return known;
    const kept = this.#stored(key);
    if (kept) this.#drafts.set(key, kept);
    return kept;
  }

  #save(key: string): void {
    const draft = this.#drafts.get(key);
    if (draft === undefined) return;
    attempt(() => {
      // Another tab may have stored a newer one meanwhile.
      if ((this.#stored(key)?.at ?? 0) > draft.at) return void this.#drafts.delete(key);
      if (draft.text === "") this.#storage?.removeItem(key);
      else this.#storage?.setItem(key, JSON.stringify(draft));
    });
  }

  /** Nobody comes back to a draft of last month; and what is not a draft of ours goes, too. */
  #prune(): void {
    for (const key of this.#keys()) {
      const at = this.#stored(key)?.at ?? 0;
      if (at < Date.now() - LIVES_MILLISECONDS) attempt(() => this.#storage?.removeItem(key));
    }
  }

  #stored(key: string): Kept | undefined {
    return attempt(() => parsed(this.#storage?.getItem(key) ?? null));
  }

  #keys(): string[] {
    return (attempt(() => Object.keys(this.#storage ?? {})) ?? []).filter((key) => key.startsWith(PREFIX));
  }
}

function keyOf(principal: string, conversation: string, slot: string): string {
  return `${PREFIX}${principal}:${conversation}:${slot}`;
}

function parsed(json: string | null): Kept | undefined {
  const { text, at } = JSON.parse(json ?? "{}") as Partial<Kept>;
  return typeof text === "string" && typeof at === "number" ? { text, at } : undefined;
}

/** Storage may be refused, be full, or hold what another program wrote: then a draft lives in memory. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function ownStorage(): Storage | null {
  return attempt(() => (globalThis as { localStorage?: Storage }).localStorage) ?? null;
}
