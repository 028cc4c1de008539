/** A button with a menu: arrows move, Esc and a press elsewhere close it, and the focus goes back to the button. */

import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";

export interface MenuItem {
  readonly label: string;
  readonly meaning: string;
  readonly icon: TemplateResult;
  readonly keys?: TemplateResult | undefined;
  readonly act: () => void;
}

export interface MenuOptions {
  readonly name: string;
  readonly label: string;
  readonly face: TemplateResult;
  /** The class of the button. */
  readonly look: string;
  readonly items: readonly MenuItem[];
}

type Host = ReactiveControllerHost & HTMLElement;

export class Menus implements ReactiveController {
  readonly #host: Host;
  #open = "";
  #isFresh = false;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("pointerdown", this.#pressed);
  }

  hostDisconnected(): void {
    document.removeEventListener("pointerdown", this.#pressed);
  }

  hostUpdated(): void {
    if (!this.#isFresh) return;
    this.#isFresh = false;
    this.#items()[0]?.focus();
  }

  get isOpen(): boolean {
    return this.#open !== "";
  }

  template({ name, label, face, look, items }: MenuOptions): TemplateResult {
    const isOpen = this.#open === name;
    return html`<div class="menu-of" data-menu=${name}>
      <button type="button" class=${look} aria-label=${label} title=${label} aria-haspopup="menu" aria-expanded=${isOpen}
        @click=${() => this.#toggle(name)} @keydown=${(event: KeyboardEvent) => this.#arrow(event, name)}>${face}</button>
      ${
        isOpen
          ? html`<div class="menu" role="menu" aria-label=${label} @keydown=${this.#key} @focusout=${this.#left}>
              ${items.map((item) => this.#item(item))}
            </div>`
          : nothing
      }
    </div>`;
  }

  #item({ label, meaning, icon, keys, act }: MenuItem): TemplateResult {
    const chosen = () => {
      this.close();
      act();
    };
    return html`<button type="button" role="menuitem" tabindex="-1" class="mi" @click=${chosen}>
      ${icon}<span class="grow">${label}<small>${meaning}</small></span>${keys ?? nothing}
    </button>`;
  }

  close(isToButton = true): void {
    if (this.#open === "") return;
    const button = this.#root.querySelector<HTMLElement>(`[data-menu="${this.#open}"] > button`);
    this.#open = "";
    if (isToButton) button?.focus();
    this.#host.requestUpdate();
  }

  #toggle(name: string): void {
    if (this.#open === name) {
      this.close();
      return;
    }
    this.#open = name;
    this.#isFresh = true;
    this.#host.requestUpdate();
  }

  #arrow(event: KeyboardEvent, name: string): void {
    if (event.key !== "ArrowDown" || this.#open === name) return;
    event.preventDefault();
    this.#toggle(name);
  }

  readonly #key = (event: KeyboardEvent): void => {
    const items = this.#items();
    const at = items.indexOf(event.target as HTMLElement);
    const next = {
      ArrowDown: (at + 1) % items.length,
      ArrowUp: (at - 1 + items.length) % items.length,
      Home: 0,
      End: items.length - 1,
    }[event.key];
    if (event.key === "Escape") this.close();
    else if (next !== undefined) items[next]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  readonly #left = (event: FocusEvent): void => {
    const to = event.relatedTarget as Node | null;
    if (to !== null && !(event.currentTarget as HTMLElement).parentElement?.contains(to)) this.close(false);
  };

  readonly #pressed = (event: Event): void => {
    if (this.#open === "") return;
    const isInside = event
      .composedPath()
      .some((node) => node instanceof HTMLElement && node.dataset.menu === this.#open);
    if (!isInside) this.close(false);
  };

  get #root(): ParentNode {
    return this.#host.shadowRoot ?? this.#host;
  }

  #items(): HTMLElement[] {
    return [...this.#root.querySelectorAll<HTMLElement>(".menu [role=menuitem]")];
  }
}
