/** The command palette's place at the desk: its code is loaded when it is first opened. */

import { html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import type { Palette, PaletteParts } from "./palette.ts";

export class ShownPalette {
  readonly #host: ReactiveControllerHost;
  readonly #parts: () => PaletteParts | null;
  readonly #failed: () => void;
  #element: Palette | null = null;
  #isLoading = false;

  /** `failed`: its code could not be loaded. */
  constructor(host: ReactiveControllerHost, parts: () => PaletteParts | null, failed: () => void) {
    this.#host = host;
    this.#parts = parts;
    this.#failed = failed;
  }

  get isOpen(): boolean {
    return this.#isLoading || (this.#element?.isOpen ?? false);
  }

  template(): TemplateResult | typeof nothing {
    return this.#element === null ? nothing : html`${this.#element}`;
  }

  open(): void {
    const parts = this.#parts();
    if (parts === null) return;
    if (this.#element === null) void this.#load();
    else this.#element.open(parts, "");
  }

  /** What is typed meanwhile is for the palette, and not for the reply box that has the focus. */
  async #load(): Promise<void> {
    let typed = "";
    const type = (event: KeyboardEvent) => {
      if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      typed += event.key;
    };
    addEventListener("keydown", type, { capture: true });
    this.#isLoading = true;
    try {
      const { Palette } = await import("./palette.ts");
      this.#element = new Palette();
      this.#host.requestUpdate();
      await this.#host.updateComplete;
      const parts = this.#parts();
      if (parts !== null) this.#element.open(parts, typed);
    } catch {
      this.#failed();
    } finally {
      this.#isLoading = false;
      removeEventListener("keydown", type, { capture: true });
    }
  }
}
