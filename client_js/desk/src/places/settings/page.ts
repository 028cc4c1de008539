/** A page of the settings: an element of its own, whose code is loaded when it is first opened. */

import { base, deskBase } from "@intervene/ui";
import { html, LitElement, type TemplateResult } from "lit";
import { Menus } from "../../menu.ts";
import { controls, forms } from "../../styles.ts";
import type { PlaceParts } from "../place.ts";
import { Confirmation } from "./kit/confirmation.ts";
import { kitStyles } from "./kit/styles.ts";

/** `parts` is set before the page is connected, and anew whenever something of it changed. */
export abstract class SettingsPage extends LitElement {
  static override properties = { parts: { attribute: false } };
  static override styles = [base, deskBase, controls, forms, kitStyles];
  declare parts: PlaceParts;

  protected readonly menus = new Menus(this);
  protected readonly confirmation = new Confirmation(this);

  /** What is below the page's heading. */
  protected abstract content(): TemplateResult;
  protected abstract readonly heading: string;
  /** One or two sentences: what the page is about. */
  protected abstract readonly lead: string;

  /** Beside the heading: what makes a new row. */
  protected action(): TemplateResult {
    return html``;
  }

  protected override render(): TemplateResult {
    return html`<div class="head"><h1 tabindex="-1">${this.heading}</h1>${this.action()}</div>
      <p class="lead">${this.lead}</p>
      ${this.content()} ${this.confirmation.template()}`;
  }

  /** Called when one has come here, once it is drawn. */
  arrive(): void {
    this.renderRoot.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }
}
