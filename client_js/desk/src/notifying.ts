/**
 * Calls a person who looks elsewhere: a sound, a count in the title, a notification of the browser. What they have set is
 * on the shelf; with nothing set they get all, but for what the browser asks them about first.
 */

import { chime } from "./chime.ts";
import { type Alert, alertsOf, countOf, type Known, together } from "./core/alerts.ts";
import { pathOf } from "./core/route.ts";
import { OneWindow } from "./one-window.ts";
import type { Session } from "./session.ts";

const GATHERS = 400; // ms: what comes together is one call
const QUIET = 3000; // ms between two sounds
const MOST_SHOWN = 3; // of one call; more are said as one

/** What the browser says; "none": it has no notifications, or not for this page. */
export type Permission = NotificationPermission | "none";

export function permission(): Permission {
  return "Notification" in globalThis && isSecureContext ? Notification.permission : "none";
}

/** Only after a click: browsers show nobody a question that came by itself. */
export async function askPermission(): Promise<Permission> {
  if (permission() === "default") await Notification.requestPermission();
  return permission();
}

export interface NotifyingParts {
  readonly go: (path: string) => void;
  readonly changed: () => void;
}

export class Notifying {
  readonly #parts: NotifyingParts;
  readonly #due = new Map<string, Alert>();
  readonly #shown = new Map<string, Notification>();
  #session: Session | null = null;
  #window: OneWindow | null = null;
  #ends: readonly (() => void)[] = [];
  #known: Known | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #rangAt = Number.NEGATIVE_INFINITY;
  #isMissed = false;

  constructor(parts: NotifyingParts) {
    this.#parts = parts;
  }

  /** Call it with each change of the store. */
  follow(session: Session | null, principal: string): void {
    if (session === this.#session) {
      if (this.#known === null) this.#changed(); // what has been there is known once the settings are
      return;
    }
    this.stop();
    this.#session = session;
    if (session === null) return;
    const { waiting, mine } = session.called;
    this.#window = new OneWindow(`intervene desk rings: ${principal}`);
    this.#ends = [waiting, mine].map((view) => view.on("change", () => this.#changed()));
  }

  stop(): void {
    for (const end of this.#ends) end();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#window?.stop();
    for (const each of this.#shown.values()) each.close();
    this.#shown.clear();
    this.#due.clear();
    [this.#session, this.#window, this.#ends, this.#known, this.#isMissed] = [null, null, [], null, false];
  }

  /** How many wait for this person. */
  get count(): number {
    const { called, state } = this.#session ?? {};
    if (!called || !state?.me) return 0;
    return countOf(called.waiting.counts, called.mine.shown.rows, called.mine.shown.read, state.me, state.settings);
  }

  /** What is said once, after something came while one was elsewhere and the browser could not say so. */
  get notice(): "ask" | "blocked" | null {
    if (!this.#isMissed || this.#session?.state.shelf.isAsked !== false) return null;
    return { default: "ask", denied: "blocked", granted: null, none: null }[permission()] as "ask" | "blocked" | null;
  }

  /** The answer to a notice. */
  async answer(wants: boolean): Promise<void> {
    const isBlocked = wants && (await askPermission()) === "denied";
    if (!isBlocked) this.#session?.state.shelf.setAsked();
    this.#parts.changed();
  }

  #changed(): void {
    const { called, state } = this.#session ?? {};
    if (!called || !state?.me || !state.settings.isLoaded || !called.waiting.isLive || !called.mine.isLive) return;
    const now = { waiting: called.waiting.shown.rows, more: called.waiting.shown.more, mine: called.mine.shown.rows };
    const { alerts, known } = alertsOf(this.#known, now, state.me, state.settings);
    this.#known = known;
    this.#close(known);
    const { waiting, messages } = state.shelf.choices;
    for (const alert of alerts) if (alert.kind === "waiting" ? waiting : messages) this.#due.set(alert.id, alert);
    if (this.#due.size > 0) this.#timer ??= setTimeout(() => this.#ring(), GATHERS);
    this.#parts.changed();
  }

  #ring(): void {
    this.#timer = undefined;
    const session = this.#session;
    const isLookedAt = document.visibilityState === "visible" && document.hasFocus();
    const open = isLookedAt ? session?.state.open?.id : undefined;
    const due = [...this.#due.values()].filter(({ id }) => id !== open);
    this.#due.clear();
    if (session === null || due.length === 0 || !this.#window?.isIt) return;
    const { sound, desktop } = session.state.shelf.choices;
    const now = performance.now();
    if (sound && now - this.#rangAt > QUIET) {
      this.#rangAt = now;
      void chime();
    }
    if (isLookedAt || !desktop) return;
    if (permission() === "granted")
      for (const alert of due.length > MOST_SHOWN ? [together(due)] : due) this.#show(alert);
    else this.#isMissed = true;
    this.#parts.changed();
  }

  #show({ id, title, text }: Alert): void {
    try {
      const shown = new Notification(title, { body: text, tag: `intervene ${id}`, silent: true, dir: "auto" });
      this.#shown.set(id, shown);
      shown.onclick = () => {
        window.focus();
        if (id !== "") this.#parts.go(pathOf("conversations", id));
        shown.close();
      };
      shown.onclose = () => this.#shown.get(id) === shown && this.#shown.delete(id);
    } catch {
      // Some phones show only those of a service worker; the sound and the title are there.
    }
  }

  /** What neither waits any more nor is theirs is no news. */
  #close({ waiting, mine }: Known): void {
    for (const [id, shown] of this.#shown) if (id !== "" && !waiting.has(id) && !mine.has(id)) shown.close();
  }
}
