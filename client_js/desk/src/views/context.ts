/**
 * The contact panel: whose the open conversation is, what is known of them, what it is filed under, and what was done in
 * it. Events of the conversation say when to read again what is asked over HTTP.
 */

import { type Announcer, base, deskBase, icon, icons, mark } from "@intervene/ui";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { Asked } from "../contacts/asked.ts";
import { deeds } from "../contacts/deeds.ts";
import { Editing } from "../contacts/editing.ts";
import { type Known, month, nameOfContact } from "../contacts/names.ts";
import { addAttribute, addresses, attributes, conversations, notYet } from "../contacts/sections.ts";
import type { ContactPage, Page, Past } from "../contacts/shapes.ts";
import { Source } from "../contacts/source.ts";
import { contactStyles, panelStyles } from "../contacts/styles.ts";
import { said } from "../contacts/words.ts";
import type { Me } from "../core/dock.ts";
import { type Action, botsIn, hasGap, isOfContact, isOfPast, withEvents } from "../core/history.ts";
import type { Open } from "../core/open.ts";
import { pathOf } from "../core/route.ts";
import type { Snapshot } from "../core/settings.ts";
import { summaryAt } from "../core/summary.ts";
import type { Session } from "../session.ts";
import { controls } from "../styles.ts";
import { download, fileNameOf, transcriptJson, transcriptOf } from "../transcript.ts";
import { reasonOf } from "../words.ts";
import { card } from "./context-card.ts";
import { statusColours } from "./list-styles.ts";

export interface PanelParts {
  readonly me: Me;
  readonly session: Session;
  readonly open: Open;
  readonly settings: Snapshot;
  readonly announcer: Pick<Announcer, "status" | "alert">;
  readonly close: () => void;
}

/** The contact is read again at most so often: nothing says when an attribute was set. */
const EVERY = 2000;
const MOST_PAST = 5;
const ACTIONS = 50;

/** Whether there is something to draw anew: the desk draws itself each second, and with each piece of a reply. */
function isOther(next: PanelParts, before: PanelParts | undefined): boolean {
  if (before === undefined || next.session !== before.session || next.me !== before.me) return true;
  const [is, was] = [next.open, before.open];
  return (
    is.id !== was.id ||
    is.isLive !== was.isLive ||
    is.takeovers !== was.takeovers ||
    is.view.state !== was.view.state ||
    is.view.events !== was.view.events ||
    next.settings !== before.settings
  );
}

export class ContextPanel extends LitElement {
  static override properties = { parts: { attribute: false, hasChanged: isOther } };
  static override styles = [base, deskBase, controls, statusColours, contactStyles, panelStyles];
  declare parts: PanelParts;

  readonly #changed = () => this.requestUpdate();
  readonly #contact = new Source<ContactPage>(this.#changed);
  readonly #past = new Source<Page<Past>>(this.#changed);
  readonly #actions = new Source<Page<Action>>(this.#changed);
  readonly #editing = new Editing(this, () => this.#readContact());
  #id = "";
  /** Actions that came as events, the newest first, and up to where events were looked at. */
  #recent: readonly Action[] = [];
  #upTo = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many actions are drawn. */
  #shown = ACTIONS;
  #wasLive = false;
  #isDownloading = false;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("focus", this.#lookedAt);
    this.requestUpdate(); // also where it is shown again as it was
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("focus", this.#lookedAt);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#id = ""; // it may be another day when it is shown again
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const { open } = this.parts;
    if (open.id !== this.#id) this.#show(open);
    else if (open.isLive && !this.#wasLive) this.#again();
    this.#wasLive = open.isLive;
    this.#follow(open);
  }

  // -- what is read ---------------------------------------------------------------------------------------------------

  #show({ id }: Open): void {
    this.#id = id;
    this.#recent = [];
    this.#shown = ACTIONS;
    this.#upTo = 0;
    this.#editing.drop();
    for (const source of [this.#contact, this.#past, this.#actions]) source.clear();
    void this.#readContact();
    this.#readActions();
  }

  /** There is a connection again: what could not be read is, and the contact may be another. */
  #again(): void {
    if (this.#actions.state.kind === "failed") this.#readActions();
    if (this.#past.state.kind === "failed") this.#readPast();
    this.#readSoon();
  }

  #follow({ view }: Open): void {
    const { events, number } = view;
    if (number <= this.#upTo) return;
    const upTo = this.#upTo;
    this.#upTo = number;
    this.#recent = withEvents(this.#recent, events);
    if (upTo === 0) return; // what there was when it was opened is asked for anyway
    if (hasGap(upTo, events)) this.#readActions();
    const fresh = events.filter(({ seq }) => seq > upTo);
    if (hasGap(upTo, events) || fresh.some(isOfPast)) this.#readPast();
    if (fresh.some(({ body }) => body.kind === "attributes_kept")) void this.#readContact();
    else if (hasGap(upTo, events) || fresh.some(isOfContact)) this.#readSoon();
  }

  get #asked(): Asked {
    return new Asked(this.parts.session.api);
  }

  async #readContact(): Promise<void> {
    const id = this.#id;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#readAt = performance.now();
    const before = this.#contact.value?.id;
    await this.#contact.read(() => this.#asked.contactOf(id));
    if (id === this.#id && this.#contact.value !== null && this.#contact.value.id !== before) this.#readPast();
  }

  #readSoon(): void {
    if (this.#timer !== undefined || this.#id === "") return;
    const wait = this.#readAt + EVERY - performance.now();
    if (wait <= 0) void this.#readContact();
    else this.#timer = setTimeout(() => this.#readContact(), wait);
  }

  readonly #lookedAt = (): void => this.#readSoon();

  #readPast(): void {
    const contact = this.#contact.value?.id;
    if (contact !== undefined) void this.#past.read(() => this.#asked.conversations(contact));
  }

  #readActions(): void {
    const id = this.#id;
    void this.#actions.read(() => this.#asked.actions(id));
  }

  #earlier({ items, next }: Page<Action>): void {
    this.#shown += ACTIONS;
    this.requestUpdate();
    const id = this.#id;
    if (next === "" || items.length >= this.#shown) return;
    void this.#actions.read(async () => {
      const page = await this.#asked.actions(id, next);
      return { items: [...items, ...page.items], next: page.next };
    });
  }

  // -- what is drawn --------------------------------------------------------------------------------------------------

  protected override render(): TemplateResult {
    const { open, me, settings } = this.parts;
    const known = { me, settings, bots: botsIn(this.#allActions) };
    return html`<div class="panel" @keydown=${this.#pressed}>
      ${this.#head(open)} ${card({ open, known, editing: this.#editing, setField: this.#setField })}
      ${this.#ofContact(known)}
      <section>
        <h3>${said("history")}</h3>
        ${this.#history(open, known)}
      </section>
      ${this.#transcript()}
    </div>`;
  }

  #head({ view }: Open): TemplateResult {
    const contact = this.#contact.value;
    const shown = contact ?? view.state?.contact ?? { id: "", name: "" };
    const name = nameOfContact(contact?.name ? contact : (view.state?.contact ?? shown));
    const since =
      contact === null || contact.created_at === 0 ? "" : said("since", { date: month(contact.created_at) });
    return html`<section class="person">
      ${mark("contact", { name: shown.name, size: 40 })}
      <div class="grow">
        <h2 class="clip" tabindex="-1"><bdi>${name}</bdi></h2>
        <p class="muted">${since}</p>
        ${contact === null ? nothing : html`<a href=${pathOf("contacts", contact.id)}>${said("openContact")}</a>`}
      </div>
      <button type="button" class="icon shut-panel" aria-label=${said("close")} title=${said("close")} @click=${() => this.parts.close()}>
        ${icon(icons.x)}
      </button>
    </section>`;
  }

  #ofContact(known: Known): TemplateResult {
    const sentences = { loading: said("loading"), failed: said("failed") };
    const waits = notYet(this.#contact.state, sentences, () => void this.#readContact());
    if (waits !== null || this.#contact.value === null) return html`<section>${waits}</section>`;
    const { id, addresses: lines, attributes: said_ } = this.#contact.value;
    const set = (name: string, value: string | null) => this.#asked.setAttribute(id, name, value);
    return html`<section>
        <h3>${said("addresses")}</h3>
        ${addresses(lines, known)}
      </section>
      <section>
        <div class="head"><h3>${said("attributes")}</h3>${addAttribute(this.#editing)}</div>
        ${attributes({ lines: said_, known, editing: this.#editing, set })}
      </section>
      <section>
        <h3>${said("past")}</h3>
        ${this.#pastOnes(id, known)}
      </section>`;
  }

  #pastOnes(contact: string, known: Known): TemplateResult {
    const sentences = { loading: said("loading"), failed: said("pastFailed") };
    const waits = notYet(this.#past.state, sentences, () => this.#readPast());
    if (waits !== null || this.#past.value === null) return html`${waits}`;
    const others = this.#past.value.items.filter(({ id }) => id !== this.#id);
    if (others.length === 0) return html`<p class="muted">${said("noPast")}</p>`;
    const isMore = others.length > MOST_PAST || this.#past.value.next !== "";
    return html`${conversations(others.slice(0, MOST_PAST), known)}
      ${isMore ? html`<a class="more" href=${pathOf("contacts", contact)}>${said("all")}</a>` : nothing}`;
  }

  #history({ takeovers, view }: Open, known: Known): TemplateResult {
    const page = this.#actions.value;
    const sentences = { loading: said("loading"), failed: said("historyFailed") };
    if (page === null) return html`${notYet(this.#actions.state, sentences, () => this.#readActions())}`;
    const all = this.#allActions;
    const before = (epoch: number) => summaryAt(view.events, epoch, known.settings);
    return html`${deeds(all, this.#shown, takeovers, before, known)}
      ${
        page.next === "" && all.length <= this.#shown
          ? nothing
          : html`<button type="button" class="btn small" @click=${() => this.#earlier(page)}>${said("earlier")}</button>`
      }`;
  }

  get #allActions(): readonly Action[] {
    const { items = [] } = this.#actions.value ?? {};
    const newest = items[0]?.seq ?? 0;
    return [...this.#recent.filter(({ seq }) => seq > newest), ...items];
  }

  #transcript(): TemplateResult {
    const button = (label: string, kind: "text" | "json") => html`<button
      type="button" class="btn small" aria-disabled=${this.#isDownloading} @click=${() => this.#download(kind)}
    >${label}</button>`;
    return html`<section>
      <h3>${said("transcript")}</h3>
      <div class="does">${button(said("transcriptText"), "text")}${button(said("transcriptJson"), "json")}</div>
    </section>`;
  }

  // -- what a person does ---------------------------------------------------------------------------------------------

  readonly #setField = (field: string, value: string): Promise<unknown> => {
    const { open } = this.parts;
    return this.#asked.setField(open.id, open.view.state?.epoch ?? 0, field, value);
  };

  async #download(kind: "text" | "json"): Promise<void> {
    if (this.#isDownloading) return;
    const { open, announcer, session } = this.parts;
    this.#isDownloading = true;
    this.requestUpdate();
    try {
      const isText = kind === "text";
      const contact = open.view.state?.contact ?? { id: "", name: "" };
      const text = await (isText ? transcriptOf : transcriptJson)(session.api, open.id);
      const name = fileNameOf(contact, session.serverNow(), isText ? "txt" : "json");
      download(text, name, isText ? "text/plain" : "application/json");
      announcer.status(said("transcriptDone"));
    } catch (problem) {
      announcer.alert(said("transcriptFailed", { reason: reasonOf(problem) }));
    }
    this.#isDownloading = false;
    this.requestUpdate();
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.parts.close();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "intervene-context": ContextPanel;
  }
}

customElements.define("intervene-context", ContextPanel);
