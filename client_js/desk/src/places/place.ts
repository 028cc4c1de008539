/** A place of the desk beside its conversations: an element of its own, whose code is loaded when it is first opened. */

import type { Announcer } from "@intervene/ui";
import { LitElement } from "lit";
import type { Me } from "../core/dock.ts";
import type { Place } from "../core/route.ts";
import type { Session } from "../session.ts";

/** What a place is given. It is set anew whenever one of these changed, and when the session did. */
export interface PlaceParts {
  readonly me: Me;
  readonly session: Session;
  readonly announcer: Pick<Announcer, "status" | "alert">;
  /** What of the place the address names, as in `core/route.ts`. */
  readonly id: string | null;
  /** Shows another address of the desk, as a click on a link to it does. */
  readonly go: (path: string) => void;
}

export interface PlaceInfo {
  readonly place: Place;
  /** A path of `@intervene/ui`'s icons. */
  readonly icon: string;
  /** Which of the desk's words names it. */
  readonly label: "contacts" | "wall" | "settings";
  /** Roles that have it in their rail. The server refuses what it is about to all others. */
  readonly roles: readonly Me["role"][];
  /** The module defines the element: `customElements.define(tag, ...)`. */
  readonly tag: string;
  readonly load: () => Promise<unknown>;
}

/** Its first heading gets the focus when it is opened, so it has a `tabindex`. */
export abstract class PlaceElement extends LitElement {
  static override properties = { parts: { attribute: false } };
  declare parts: PlaceParts;

  /** Called when one has come here, once it is drawn. */
  arrive(): void {
    this.renderRoot.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }
}
