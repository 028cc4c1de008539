/** A button with a menu: arrows move, Esc and a press elsewhere close it, and the focus goes back to the button. */

import { icon as iconOf, icons } from "@intervene/ui";
import { html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";

export interface MenuItem {
  readonly label: string;
  /** What follows from it; "" where the label says it. */
  readonly meaning: string;
  readonly icon: TemplateResult;
  /** A line above it: another group begins. */
  readonly isApart?: boolean;
  /** It ends something that is not easily begun again. */
  readonly isGrave?: boolean;
  readonly keys?: TemplateResult | undefined;
  /** One of several that exclude each other: whether it is the present one. */
  readonly isChosen?: boolean | undefined;
  /** It was offered when the menu opened, and is no more. */
  readonly isGone?: boolean;
  readonly act: () => void;
}

export interface MenuOptions {
  readonly name: string;
  readonly label: string;
  readonly face: TemplateResult;
  /** The class of the button. */
  readonly look: string;
  readonly items: readonly MenuItem[];
  /** It floats over all that is on the page: where its button is in something that scrolls. */
  readonly isFloating?: boolean;
  /** Tab leads to its button. */
  readonly isStop?: boolean;
}

type Host = ReactiveControllerHost & HTMLElement;

export class Menus implements ReactiveController {
  readonly #host: Host;
  #open = "";
  #isFresh = false;
  /** What the open one showed last. */
  #shown: readonly MenuItem[] = [];

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
    if (this.#open === "") return;
    const floating = this.#root.querySelector<HTMLElement>(".menu[popover]");
    if (this.#isFresh) floating?.showPopover();
    if (floating !== null && (this.#isFresh || isOut(floating))) place(floating);
    if (this.#isFresh) this.#items()[0]?.focus();
    this.#isFresh = false;
  }

  get isOpen(): boolean {
    return this.#open !== "";
  }

  /** The name of the one that is open; "" for none. */
  get openName(): string {
    return this.#open;
  }

  /** Whether it is that menu that is open: of others nobody needs the items. */
  shows(name: string): boolean {
    return this.#open === name;
  }

  template({ name, label, face, look, items, isFloating = false, isStop = true }: MenuOptions): TemplateResult {
    const isOpen = this.#open === name;
    if (isOpen) this.#shown = steady(this.#shown, items);
    return html`<div class="menu-of" data-menu=${name}>
      <button type="button" class=${look} tabindex=${isStop ? 0 : -1} title=${label} aria-haspopup="menu" aria-expanded=${isOpen}
        @click=${() => this.#toggle(name)} @keydown=${(event: KeyboardEvent) => this.#arrow(event, name)}>${face}<span class="vh">${label}</span></button>
      ${
        isOpen
          ? html`<div class="menu" popover=${isFloating ? "manual" : nothing} role="menu" aria-label=${label} @keydown=${this.#key} @focusout=${this.#left}>
              ${this.#shown.map((item) => this.#item(item))}
            </div>`
          : nothing
      }
    </div>`;
  }

  #item(item: MenuItem): TemplateResult {
    const { label, meaning, icon, keys, isChosen, isApart = false, isGrave = false, isGone = false, act } = item;
    const chosen = () => {
      this.close();
      act();
    };
    return html`${isApart ? html`<div role="separator"></div>` : nothing}<button
      type="button" role=${isChosen === undefined ? "menuitem" : "menuitemradio"} aria-checked=${isChosen ?? nothing}
      tabindex="-1" class="mi ${isGrave ? "grave" : ""}" aria-disabled=${isGone || nothing} @click=${isGone ? nothing : chosen}
    >
      ${icon}<span class="grow">${label}${meaning === "" ? nothing : html`<small>${meaning}</small>`}</span>${keys ?? nothing}${isChosen ? iconOf(icons.check) : nothing}
    </button>`;
  }

  /** For the context menu key, and its button. */
  open(name: string): void {
    if (this.#open !== name) this.#toggle(name);
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
    this.#shown = [];
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
    return [...this.#root.querySelectorAll<HTMLElement>(".menu .mi")];
  }
}

/** What an open menu shows now: nothing moves under the pointer. What is offered no more keeps its place, and what came
 * after the menu opened stands last, until it is opened again. */
export function steady(shown: readonly MenuItem[], now: readonly MenuItem[]): readonly MenuItem[] {
  const offered = new Map(named(now));
  const before = new Map(named(shown));
  const stayed = [...before].map(([name, item]) => offered.get(name) ?? { ...item, isGone: true });
  return [...stayed, ...named(now).flatMap(([name, item]) => (before.has(name) ? [] : [item]))];
}

/** By their labels, of which two may be alike. */
function named(items: readonly MenuItem[]): readonly (readonly [string, MenuItem])[] {
  const times = new Map<string, number>();
  return items.map((item) => {
    const n = (times.get(item.label) ?? 0) + 1;
    times.set(item.label, n);
    return [`${n} ${item.label}`, item];
  });
}

/** Below its button, or above where there is no room; by a style that the policy allows, in no attribute. */
function place(menu: HTMLElement): void {
  const button = menu.previousElementSibling?.getBoundingClientRect();
  if (button === undefined) return;
  const { offsetHeight: height, offsetWidth: width } = menu;
  const isRight = getComputedStyle(menu).direction === "rtl";
  const top = Math.max(8, Math.min(button.bottom + 4, innerHeight - height - 8));
  const left = Math.max(8, Math.min(isRight ? button.left : button.right - width, innerWidth - width - 8));
  menu.style.setProperty("inset", `${top}px auto auto ${left}px`);
}

/** It has grown, or the window is smaller by now: what one cannot see one cannot choose. */
function isOut(menu: HTMLElement): boolean {
  const { bottom, right } = menu.getBoundingClientRect();
  return bottom > innerHeight || right > innerWidth;
}
