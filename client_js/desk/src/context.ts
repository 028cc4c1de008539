/**
 * The contact panel beside the open conversation: whether it is open, and where the focus goes. A column of a wide desk,
 * which is there at first; else a drawer over it, which is not. Its code is loaded when it is first shown.
 */

import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { spoken } from "./language.ts";
import type { ContextPanel, PanelParts } from "./views/context.ts";
import { reasonOf, words } from "./words.ts";

type Host = ReactiveControllerHost & HTMLElement;

const BEHIND = ".rail, .list, .pane";

export class ShownContext implements ReactiveController {
  readonly #host: Host;
  readonly #phone = matchMedia("(max-width: 719px)");
  readonly #wide = matchMedia("(min-width: 1200px)");
  #isColumn = true;
  #isDrawer = false;
  #panel: ContextPanel | null = null;
  #isLoading = false;
  #problem = "";
  /** Where the focus was, and whether it goes to the panel, or back. */
  #from: HTMLElement | null = null;
  #next: "panel" | "back" | null = null;
  #isShown = false;
  /** What is behind it is inert. */
  #isOver = false;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.#wide.addEventListener("change", this.#resized);
  }

  hostDisconnected(): void {
    this.#wide.removeEventListener("change", this.#resized);
  }

  get isOpen(): boolean {
    return this.#wide.matches ? this.#isColumn : this.#isDrawer;
  }

  /** `isByKey`: with a shortcut one goes there; a click on the button leaves the focus where a column opens. */
  toggle(isByKey: boolean): void {
    if (this.isOpen) this.close();
    else this.#open(isByKey);
  }

  close(): void {
    if (!this.isOpen) return;
    const isInside = this.#active === this.#panel && this.#panel !== null;
    this.#become(false);
    if (isInside || this.#from !== null) this.#next = "back";
    if (isPushed()) history.back();
  }

  /** Another address: a drawer is over. On a phone it is a page of its own, which Back leaves. */
  leave(): void {
    if (this.#isDrawer) this.#next = "back";
    this.#isDrawer = false;
  }

  /** Nothing while there is no conversation to say it of. */
  template(parts: Omit<PanelParts, "close"> | null): TemplateResult | typeof nothing {
    this.#isShown = parts !== null && this.isOpen;
    if (parts === null || !this.#isShown) return nothing;
    if (this.#panel === null && !this.#isLoading && this.#problem === "") void this.#load();
    if (this.#panel !== null) this.#panel.parts = { ...parts, close: () => this.close() };
    const waits = this.#problem === "" ? words("opening") : words("placeFailed");
    const again = html`<button type="button" class="btn" @click=${() => this.#load()}>${words("tryAgain")}</button>`;
    return html`<div class="scrim" @click=${() => this.close()}></div>
      <aside id="context" class="context" aria-label=${words("contactPanel")}>
        ${this.#panel ?? html`<p class="list-wait">${waits}</p>${this.#problem === "" ? nothing : again}`}
      </aside>`;
  }

  hostUpdated(): void {
    const root = this.#host.shadowRoot;
    const isOver = this.#isShown && !this.#wide.matches;
    if (isOver || this.#isOver)
      for (const pane of root?.querySelectorAll<HTMLElement>(BEHIND) ?? []) pane.inert = isOver;
    this.#isOver = isOver;
    if (this.#next === "panel" && this.#panel !== null) {
      this.#next = null;
      void this.#panel.updateComplete.then(() => this.#panel?.focus());
    } else if (this.#next === "back") {
      this.#next = null;
      const button = root?.querySelector<HTMLElement>("[aria-controls=context]");
      const to = this.#from?.isConnected && this.#from.offsetParent ? this.#from : button;
      this.#from = null;
      to?.focus();
    }
  }

  #open(isByKey: boolean): void {
    const goes = isByKey || !this.#wide.matches;
    this.#from = goes ? this.#active : null;
    this.#next = goes ? "panel" : null;
    if (this.#phone.matches) history.pushState({ isOurs: true, isPanel: true }, "", location.href);
    this.#become(true);
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    this.#problem = "";
    try {
      await import("./views/context.ts");
      await spoken();
      this.#panel = document.createElement("intervene-context");
    } catch (problem) {
      this.#problem = reasonOf(problem);
    }
    this.#isLoading = false;
    this.#host.requestUpdate();
  }

  get #active(): HTMLElement | null {
    return (this.#host.shadowRoot?.activeElement as HTMLElement | null | undefined) ?? null;
  }

  #become(isOpen: boolean): void {
    if (this.#wide.matches) this.#isColumn = isOpen;
    else this.#isDrawer = isOpen;
    this.#host.requestUpdate();
  }

  readonly #resized = (): void => {
    this.#isDrawer = false;
    this.#from = null;
    this.#host.requestUpdate();
  };
}

/** The drawer's own entry of the history is the newest. */
function isPushed(): boolean {
  return (history.state as { isPanel?: boolean } | null)?.isPanel === true;
}
