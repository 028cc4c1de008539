/** The page of one contact: name, channel ids, attributes, and all conversations over time. */

import { icon, icons, mark } from "@intervene/ui";
import { html, type LitElement, nothing, type TemplateResult } from "lit";
import { Answered } from "../../api.ts";
import { Asked } from "../../contacts/asked.ts";
import { Editing } from "../../contacts/editing.ts";
import { type Known, month, nameOfContact } from "../../contacts/names.ts";
import { addAttribute, addresses, attributes, conversations, notYet, pencil } from "../../contacts/sections.ts";
import { type ContactPage, joined, type Page, type Past } from "../../contacts/shapes.ts";
import { Source } from "../../contacts/source.ts";
import { said } from "../../contacts/words.ts";
import { pathOf } from "../../core/route.ts";
import { emptiness } from "../../views/parts.ts";
import type { PlaceParts } from "../place.ts";
import { AddressActs } from "./address-acts.ts";

const NAME = "name";
const MOST_NAME = 100;

export class Detail {
  readonly #parts: () => PlaceParts;
  readonly #contact: Source<ContactPage>;
  readonly #past: Source<Page<Past>>;
  readonly #editing: Editing;
  readonly #acts: AddressActs;
  #id = "";

  /** `renamed`: the list of contacts is another than it was. */
  constructor(host: LitElement, parts: () => PlaceParts, renamed: () => void) {
    this.#parts = parts;
    const changed = () => host.requestUpdate();
    this.#contact = new Source(changed);
    this.#past = new Source(changed);
    this.#editing = new Editing(host, () => this.#read());
    this.#acts = new AddressActs(host, {
      asked: () => this.#asked,
      contact: () => this.#contact.value?.id ?? "",
      serverNow: () => parts().session.serverNow(),
      done: (sentence) => {
        parts().announcer.status(sentence);
        void this.#read();
        renamed();
      },
    });
    this.#renamed = renamed;
  }

  readonly #renamed: () => void;

  get #asked(): Asked {
    return new Asked(this.#parts().session.api);
  }

  /** Nothing is loaded of it yet, and nothing has failed. */
  get isWaiting(): boolean {
    return this.#contact.state.kind === "loading" || this.#contact.state.kind === "none";
  }

  /** Names of the bots that hold one of the conversations, by their ids. */
  get bots(): ReadonlyMap<string, string> {
    const holders = (this.#past.value?.items ?? []).map(({ holder }) => holder);
    return new Map(holders.flatMap((holder) => (holder.type === "bot" ? [[holder.id, holder.name] as const] : [])));
  }

  show(id: string): void {
    if (id === this.#id) return;
    this.#id = id;
    this.#editing.drop();
    this.#acts.drop();
    this.#contact.clear();
    this.#past.clear();
    if (id !== "") void this.#read();
  }

  async #read(): Promise<void> {
    const id = this.#id;
    this.#readPast();
    await this.#contact.read(() => this.#asked.contact(id));
  }

  #readPast(): void {
    const id = this.#id;
    void this.#past.read(() => this.#asked.conversations(id));
  }

  #more({ items, next }: Page<Past>): void {
    const id = this.#id;
    void this.#past.read(async () => {
      const page = await this.#asked.conversations(id, next);
      return { items: joined(items, page.items), next: page.next };
    });
  }

  // -- what is drawn --------------------------------------------------------------------------------------------------

  template(known: Known): TemplateResult {
    if (this.#id === "") return emptiness(said("choose"), said("chooseMeans"));
    const { state } = this.#contact;
    if (state.kind === "failed" && state.status === 404)
      return html`${back()}<div class="none"><h1 tabindex="-1">${said("missing")}</h1><p>${said("missingMeans")}</p></div>`;
    const contact = this.#contact.value;
    const sentences = { loading: said("loading"), failed: said("failed") };
    if (contact === null) return html`${back()}<section>${notYet(state, sentences, () => void this.#read())}</section>`;
    return html`${this.#head(contact)}
      <div class="cols">
        <div>
          <section>
            <h2>${said("addresses")}</h2>
            ${addresses(contact.addresses, known, known.me.role === "agent" ? undefined : (line) => this.#acts.template(line, known))}
          </section>
          <section>
            <div class="head"><h2>${said("attributes")}</h2>${addAttribute(this.#editing)}</div>
            ${attributes({
              lines: contact.attributes,
              known,
              editing: this.#editing,
              set: (name, value) => this.#asked.setAttribute(contact.id, name, value),
            })}
          </section>
        </div>
        <section>
          <h2>${said("conversations")}</h2>
          ${this.#conversations(known)}
        </section>
      </div>`;
  }

  #head(contact: ContactPage): TemplateResult {
    const name = nameOfContact(contact);
    const label = said("rename");
    const since = contact.created_at === 0 ? "" : said("since", { date: month(contact.created_at) });
    return html`<header class="top">
      ${back()} ${mark("contact", { name: contact.name, size: 40 })}
      <div class="grow">
        ${
          this.#editing.is(NAME)
            ? this.#editing.template({
                key: NAME,
                label: said("name"),
                value: contact.name,
                most: MOST_NAME,
                save: (given) => this.#rename(contact, given),
              })
            : html`<div class="v"><h1 class="clip" tabindex="-1"><bdi>${name}</bdi></h1>
                ${contact.version === 0 ? nothing : pencil(NAME, label, this.#editing)}</div>`
        }
        <p class="muted">${since}</p>
      </div>
    </header>`;
  }

  /** A colleague's change meanwhile is shown, and not replaced unseen. */
  async #rename(contact: ContactPage, name: string): Promise<void> {
    try {
      this.#contact.set(await this.#asked.rename(contact, name));
      this.#renamed();
    } catch (problem) {
      if (!(problem instanceof Answered) || problem.code !== "version_changed") throw problem;
      await this.#read();
      throw new Error(said("renamedMeanwhile", { name: this.#contact.value?.name ?? "" }));
    }
  }

  #conversations(known: Known): TemplateResult {
    const sentences = { loading: said("loading"), failed: said("pastFailed") };
    const page = this.#past.value;
    if (page === null) return html`${notYet(this.#past.state, sentences, () => this.#readPast())}`;
    if (page.items.length === 0 && page.next === "") return html`<p class="muted">${said("noConversations")}</p>`;
    return html`${conversations(page.items, known)}
      ${
        page.next === ""
          ? nothing
          : html`<button type="button" class="btn small" @click=${() => this.#more(page)}>${said("more")}</button>`
      }`;
  }
}

function back(): TemplateResult {
  const label = said("backToContacts");
  return html`<a class="icon only-s" href=${pathOf("contacts")} aria-label=${label} title=${label}>
    ${icon(icons.back, { size: 20, mirrors: true })}
  </a>`;
}
