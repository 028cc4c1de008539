/** The place Contacts: those that there are, found as one types, and the page of the one that is open. */

import { base, deskBase, icon, icons, mark } from "@intervene/ui";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { Asked } from "../../contacts/asked.ts";
import { nameOfContact } from "../../contacts/names.ts";
import { notYet } from "../../contacts/sections.ts";
import type { ContactLine } from "../../contacts/shapes.ts";
import { contactStyles } from "../../contacts/styles.ts";
import { said } from "../../contacts/words.ts";
import { pathOf } from "../../core/route.ts";
import { controls } from "../../styles.ts";
import { emptiness } from "../../views/parts.ts";
import { PlaceElement } from "../place.ts";
import { Detail } from "./detail.ts";
import { type Found, Search } from "./search.ts";
import { placeStyles } from "./styles.ts";

export class ContactsPlace extends PlaceElement {
  static override styles = [base, deskBase, controls, contactStyles, placeStyles];

  readonly #search = new Search(
    () => new Asked(this.parts.session.api),
    () => this.requestUpdate(),
    (found) => this.#answered(found),
  );
  readonly #detail = new Detail(
    this,
    () => this.parts,
    () => this.#search.now(),
  );
  #id: string | null = null;
  #isFirst = true;
  /** Another contact is shown, or none: the focus goes there once it is loaded. */
  #goes = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#search.stop();
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const { id } = this.parts;
    if (this.#isFirst) this.#search.now();
    this.#goes ||= !this.#isFirst && id !== this.#id;
    this.#isFirst = false;
    this.#id = id;
    this.#detail.show(id ?? "");
  }

  protected override render(): TemplateResult {
    const { id, me, session } = this.parts;
    const known = { me, settings: session.settings.get(), bots: this.#detail.bots };
    const title = id === null ? html`<h1 tabindex="-1">${said("contacts")}</h1>` : html`<h2>${said("contacts")}</h2>`;
    return html`<div class="contacts" data-pane=${id === null ? "list" : "one"}>
      <section class="find" aria-label=${said("contacts")}>
        <div class="list-top">${title}</div>
        ${this.#field()}
        <div class="results" @keydown=${this.#walk}>${this.#results()}</div>
      </section>
      <div class="one">${this.#detail.template(known)}</div>
    </div>`;
  }

  protected override updated(): void {
    if (!this.#goes || (this.#id !== null && this.#detail.isWaiting)) return;
    this.#goes = false;
    this.renderRoot.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  }

  // -- the search -----------------------------------------------------------------------------------------------------

  #field(): TemplateResult {
    const input = (event: InputEvent) => this.#search.type((event.target as HTMLInputElement).value);
    return html`<div class="q" role="search" @keydown=${this.#walk}>
      ${icon(icons.search)}
      <input class="input" type="search" aria-label=${said("search")} placeholder=${said("searchHint")} autocomplete="off"
        spellcheck="false" maxlength="256" .value=${this.#search.query} @input=${input} />
    </div>`;
  }

  #results(): TemplateResult {
    const { state, query } = this.#search;
    const sentences = { loading: said("searching"), failed: said("searchFailed") };
    const waits = notYet(state, sentences, () => this.#search.now());
    if (waits !== null || state.kind !== "here") return html`<div class="waits">${waits}</div>`;
    const { exact, named, next } = state.value;
    if (exact.length + named.length === 0)
      return query.trim() === ""
        ? emptiness(said("noneYet"), said("noneYetMeans"))
        : emptiness(said("noneFound"), said("noneFoundMeans"));
    return html`${exact.length === 0 ? nothing : html`<h3>${said("byAddress")}</h3>${this.#lines(exact)}`}
      ${exact.length > 0 && named.length > 0 ? html`<hr />` : nothing} ${this.#lines(named)}
      ${
        next === ""
          ? nothing
          : html`<button type="button" class="btn small" @click=${() => this.#search.more()}>${said("more")}</button>`
      }`;
  }

  #lines(lines: readonly ContactLine[]): TemplateResult | typeof nothing {
    if (lines.length === 0) return nothing;
    return html`<ul>${repeat(
      lines,
      ({ id }) => id,
      (
        line,
      ) => html`<li><a class="line" href=${pathOf("contacts", line.id)} aria-current=${line.id === this.#id ? "page" : nothing}>
        ${mark("contact", { name: line.name, size: 28 })}<bdi class="clip">${nameOfContact(line)}</bdi>
      </a></li>`,
    )}</ul>`;
  }

  #answered({ next }: Found): void {
    const n = this.#search.count;
    const sentence = n === 0 ? said("noneFound") : said(next === "" ? "found" : "foundMore", { n });
    if (this.#search.query !== "") this.parts.announcer.status(sentence);
  }

  /** Arrows move from the field to what was found, and back; Enter opens. */
  readonly #walk = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || event.isComposing) return;
    const stops = [...this.renderRoot.querySelectorAll<HTMLElement>(".q input, a.line")];
    const next = stops[stops.indexOf(event.target as HTMLElement) + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
}

customElements.define("intervene-contacts", ContactsPlace);
