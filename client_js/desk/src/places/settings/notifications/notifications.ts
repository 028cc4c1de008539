/** What one is called by, in this browser: on or off for each, and how it sounds. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { chime } from "../../../chime.ts";
import type { Choices } from "../../../core/alerts.ts";
import { inLanguage } from "../../../language.ts";
import { askPermission, permission } from "../../../notifying.ts";
import * as fields from "../kit/fields.ts";
import { SettingsPage } from "../page.ts";
import { en } from "./en.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

class NotificationsPage extends SettingsPage {
  protected override readonly heading = words("heading");
  protected override readonly lead = words("lead");
  #isSilent = false;

  protected override content(): TemplateResult {
    return html`<section aria-labelledby="what" @change=${this.#choose}>
        <h2 id="what">${words("what")}</h2>
        <div>${this.#check("waiting")} ${this.#check("messages")}</div>
      </section>
      <section aria-labelledby="how" @change=${this.#choose}>
        <h2 id="how">${words("how")}</h2>
        <div>${this.#check("sound")}</div>
        <div class="acts"><button type="button" class="btn" @click=${this.#play}>${icon(icons.bell)}${words("play")}</button></div>
        ${this.#isSilent ? html`<p class="problem" role="alert">${icon(icons.alert)}<span>${words("notPlayed")}</span></p>` : nothing}
        <div>${this.#check("desktop")}</div>
        ${this.#allowed()}
      </section>`;
  }

  #check(name: keyof Choices): TemplateResult {
    const isOn = this.parts.session.state.shelf.choices[name];
    return fields.check({ name, label: words(name), hint: words(`${name}Hint`), isOn });
  }

  #allowed(): TemplateResult {
    const now = permission();
    const ask = html`<button type="button" class="btn" @click=${this.#ask}>${words("turnOn")}</button>`;
    return html`<p>${words(now)}${now === "denied" ? html` ${words("deniedMeans")}` : nothing}</p>
      ${now === "default" ? html`<div class="acts">${ask}</div>` : nothing}`;
  }

  readonly #choose = (event: Event): void => {
    const { name, checked } = event.target as HTMLInputElement;
    this.parts.session.state.shelf.choose({ [name]: checked });
    this.parts.announcer.status(words("saved"));
    this.requestUpdate();
  };

  readonly #play = async (): Promise<void> => {
    this.#isSilent = !(await chime());
    if (!this.#isSilent) this.parts.announcer.status(words("played"));
    this.requestUpdate();
  };

  readonly #ask = async (): Promise<void> => {
    await askPermission();
    this.requestUpdate();
  };
}

customElements.define("intervene-settings-notifications", NotificationsPage);
