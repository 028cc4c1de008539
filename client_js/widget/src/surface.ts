/**
 * A custom element that renders a template into its shadow root and is a host for controllers. It is what is needed of
 * `LitElement`, which is 3 kB larger.
 */

import { type ReactiveController, type ReactiveControllerHost, render, type TemplateResult } from "lit";

export abstract class Surface extends HTMLElement implements ReactiveControllerHost {
  /** The loader may have made it, with its launcher in it. */
  protected readonly root: ShadowRoot = this.shadowRoot ?? this.attachShadow({ mode: "open" });
  readonly #controllers = new Set<ReactiveController>();
  #pending: Promise<boolean> | null = null;

  /** Resolves before the first rendering, and before one that needs something else first. */
  protected abstract prepared(): Promise<unknown>;
  protected abstract template(): TemplateResult;
  protected abstract willRender(): void;
  protected abstract rendered(): void;

  addController(controller: ReactiveController): void {
    this.#controllers.add(controller);
    if (this.isConnected) controller.hostConnected?.();
  }

  removeController(controller: ReactiveController): void {
    this.#controllers.delete(controller);
  }

  /** Renders once for all changes of one moment. */
  requestUpdate(): void {
    this.#pending ??= this.#update();
  }

  get updateComplete(): Promise<boolean> {
    return this.#pending ?? Promise.resolve(true);
  }

  connectedCallback(): void {
    for (const controller of this.#controllers) controller.hostConnected?.();
    this.requestUpdate();
  }

  disconnectedCallback(): void {
    for (const controller of this.#controllers) controller.hostDisconnected?.();
  }

  async #update(): Promise<boolean> {
    await this.prepared();
    this.willRender();
    // What is requested from here on is another rendering.
    this.#pending = null;
    if (!this.isConnected) return true;
    for (const controller of this.#controllers) controller.hostUpdate?.();
    render(this.template(), this.root, { host: this });
    for (const controller of this.#controllers) controller.hostUpdated?.();
    this.rendered();
    return this.#pending === null;
  }
}
