/** A channel's lines for a page, and its colours: with a small chat that is painted by the same custom properties. */

import { type Announcer, accentTokens, contrast, icon, icons, mark, parseColour, TEXT_CONTRAST } from "@intervene/ui";
import { html, type LitElement, type TemplateResult } from "lit";
import { inLanguage } from "../../../language.ts";
import { words as shared } from "../words.ts";
import { en } from "./en.ts";
import { ACCENT, type Accent, snippet } from "./shapes.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const TEXTS = [
  ["#ffffff", "light"],
  ["#14171c", "dark"],
] as const;

export class Look {
  readonly #host: LitElement;
  readonly #announcer: () => Pick<Announcer, "status">;
  #accent: Accent = ACCENT;
  /** The properties that are set: none where the colours are refused. */
  #painted: readonly string[] = [];

  constructor(host: LitElement, announcer: () => Pick<Announcer, "status">) {
    this.#host = host;
    this.#announcer = announcer;
  }

  template(channel: string, greeting: string): TemplateResult {
    const lines = snippet(location.origin, channel, this.#isOwn && this.#isReadable ? this.#accent : null);
    return html`<section aria-labelledby="colours"><h2 id="colours">${words("colours")}</h2>
        <p class="lead">${words("coloursLead")}</p>
        <div class="look"><div class="picks">${this.#picks()}</div>${this.#chat(greeting)}</div>
      </section>
      <section aria-labelledby="lines"><h2 id="lines">${words("snippet")}</h2>
        <p class="lead">${words("snippetLead")}</p>
        <code class="lines" tabindex="0" dir="ltr" role="group" aria-label=${words("snippetLabel")}>${lines}</code>
        <p class="acts"><button type="button" class="btn" @click=${() => this.#copy(lines)}>${icon(icons.copy)}${shared("copy")}</button></p>
      </section>`;
  }

  /** By the same tokens as the chat on a page; by properties that the policy allows, in no attribute. */
  paint(): void {
    const painted = this.#host.renderRoot.querySelector<HTMLElement>(".painted");
    const chat = painted?.querySelector(".chat");
    if (painted == null || chat == null) return;
    const { solid, on } = this.#accent;
    const surface = parseColour(getComputedStyle(chat).backgroundColor);
    const tokens = accentTokens(solid, on, { solid: ofHex(solid), on: ofHex(on), surface }) ?? {};
    for (const name of this.#painted) painted.style.removeProperty(name);
    for (const [name, value] of Object.entries(tokens)) painted.style.setProperty(name, value);
    this.#painted = Object.keys(tokens);
  }

  get #isOwn(): boolean {
    return this.#accent.solid !== ACCENT.solid || this.#accent.on !== ACCENT.on;
  }

  get #ratio(): number {
    return contrast(ofHex(this.#accent.solid), ofHex(this.#accent.on));
  }

  get #isReadable(): boolean {
    return this.#ratio >= TEXT_CONTRAST;
  }

  #picks(): TemplateResult {
    const { solid, on } = this.#accent;
    const ratio = (Math.floor(this.#ratio * 10) / 10).toFixed(1);
    const become = (accent: Partial<Accent>) => {
      this.#accent = { ...this.#accent, ...accent };
      this.#host.requestUpdate();
    };
    return html`<div class="field"><label for="solid">${words("solid")}</label>
        <input id="solid" type="color" .value=${solid} aria-invalid=${this.#isReadable ? "false" : "true"} aria-describedby="ratio"
          @input=${(event: InputEvent) => become({ solid: (event.target as HTMLInputElement).value })} /></div>
      <fieldset class="field"><legend>${words("on")}</legend>
        ${TEXTS.map(
          ([value, name]) =>
            html`<label class="choice"><input type="radio" name="on" .checked=${value === on} @change=${() => become({ on: value })} /><span>${words(name)}</span></label>`,
        )}
      </fieldset>
      <p id="ratio" role="status" class=${this.#isReadable ? "muted" : "problem"}>${this.#isReadable ? "" : icon(icons.alert)}<span>${words(this.#isReadable ? "contrast" : "refused", { ratio })}</span></p>`;
  }

  #chat(greeting: string): TemplateResult {
    return html`<figure class="painted" role="img" aria-label=${words("preview")}>
      <div class="chat" aria-hidden="true">
        <header>${mark("bot", { size: 28 })}<b>${words("previewName")}</b><span class="kind bot">${words("previewBot")}</span></header>
        <div class="said"><p dir="auto">${greeting.trim() === "" ? words("previewGreeting") : greeting}</p><p class="own">${words("previewCustomer")}</p></div>
      </div>
      <span class="launch">${icon(icons.chats, { size: 24 })}</span>
    </figure>`;
  }

  async #copy(lines: string): Promise<void> {
    await navigator.clipboard.writeText(lines).then(
      () => this.#announcer().status(shared("copied")),
      () => getSelection()?.selectAllChildren(this.#host.renderRoot.querySelector(".lines") as Node),
    );
  }
}

function ofHex(hex: string): { readonly red: number; readonly green: number; readonly blue: number } {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  return { red, green, blue };
}
