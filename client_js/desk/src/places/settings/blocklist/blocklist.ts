/** The blocked addresses: who, on which channel, until when; blocked and lifted here. */

import { icon, icons } from "@intervene/ui";
import { css, html, nothing, type TemplateResult } from "lit";
import { Asked } from "../../../contacts/asked.ts";
import { channelNamed, colleague, type Known, moment } from "../../../contacts/names.ts";
import { BLOCK_FOR, type Block, type BlockFor, blockUntil } from "../../../contacts/shapes.ts";
import { inUse } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import { emptiness } from "../../../views/parts.ts";
import { Kept } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { Resource } from "../kit/resource.ts";
import { readAll } from "../kit/rows.ts";
import { rowsStyles } from "../kit/rows-styles.ts";
import { Saving } from "../kit/saving.ts";
import { table } from "../kit/table.ts";
import { SettingsPage } from "../page.ts";
import { words as shared } from "../words.ts";
import { en } from "./en.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const styles = css`
  .gone { color: var(--iv-text-3); }
  .first { margin-block-end: var(--iv-s6); }
`;

class BlocklistPage extends SettingsPage {
  static override styles = [...SettingsPage.styles, rowsStyles, styles];

  protected override readonly heading = words("heading");
  protected override readonly lead = words("lead");
  readonly #blocks = new Resource<readonly Block[]>(this, () => readAll(this.parts.session.api, "blocks"));
  readonly #blocking = new Saving(this, {
    announcer: () => this.parts.announcer,
    fields: ["address", "channel", "until", "why"],
  });
  readonly #lifting = new Saving(this, { announcer: () => this.parts.announcer });
  /** What was typed before one looked at another page. */
  readonly #kept = new Kept<Readonly<Record<string, string>>>(() => this.parts.session, this.localName);
  #typed: Readonly<Record<string, string>> = {};
  #isAdding = false;
  #isFresh = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const kept = this.#kept.get();
    this.#isAdding = kept !== null;
    this.#typed = kept ?? {};
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#kept.get() !== null) this.parts.announcer.status(shared("kept", { page: this.heading }));
  }

  protected override action(): TemplateResult {
    if (this.#isAdding) return html``;
    return html`<button type="button" class="btn main" @click=${this.#add}>${icon(icons.plus)}${words("create")}</button>`;
  }

  protected override content(): TemplateResult {
    return this.#blocks.template(
      (blocks) => html`${this.#isAdding ? this.#form() : nothing} ${this.#lifting.problem()} ${this.#list(blocks)}`,
    );
  }

  // -- the list --------------------------------------------------------------------------------------------------------

  #list(blocks: readonly Block[]): TemplateResult {
    const labels = [words("address"), words("channel"), words("until"), words("why"), words("by"), ""];
    return table({
      label: words("heading"),
      columns: labels.map((label) => ({ label })),
      rows: blocks.map((block) => [
        html`<bdi class="num">${block.address}</bdi>`,
        html`<bdi>${block.channel === "" ? words("everywhere") : channelNamed(block.channel, this.#known)}</bdi>`,
        this.#until(block),
        html`<span dir="auto">${block.why}</span>`,
        words.rich("byAt", { name: colleague(block.by, this.#known), time: moment(block.at) }),
        html`<button type="button" class="btn small" aria-label=${words("liftAddress", block)} @click=${() => this.#lift(block)}>${words("lift")}</button>`,
      ]),
      none: this.#isAdding ? html`` : emptiness(words("none"), words("noneMeans")),
    });
  }

  #until({ until }: Block): TemplateResult {
    if (until === 0) return html`${words("forGood")}`;
    const time = moment(until);
    const isOver = until <= this.parts.session.serverNow();
    return html`<span class=${isOver ? "gone" : nothing}>${isOver ? words("over", { time }) : time}</span>`;
  }

  get #known(): Known {
    return { me: this.parts.me, settings: this.parts.session.settings.get(), bots: new Map() };
  }

  // -- the form --------------------------------------------------------------------------------------------------------

  #form(): TemplateResult {
    const problem = (name: string) => this.#blocking.of(name);
    const { address = "", channel = "", until = "week", why = "" } = this.#typed;
    const channels = inUse(this.parts.session.settings.get().channels).map(({ id, name }) => ({
      value: id,
      label: name,
    }));
    const longs = (Object.keys(BLOCK_FOR) as BlockFor[]).map((value) => ({
      value,
      label: words(value === "good" ? "forGood" : value),
    }));
    return html`<section class="editor first" aria-labelledby="new-block"><h2 id="new-block">${words("create")}</h2>
      <form novalidate @submit=${this.#block} @input=${this.#keep}>
        ${fields.text({ name: "address", label: words("address"), value: address, hint: words("addressHint"), problem: problem("address"), isRequired: true, maxLength: 256 })}
        ${fields.select({ name: "channel", label: words("channel"), value: channel, choices: [{ value: "", label: words("everywhere") }, ...channels], problem: problem("channel") })}
        ${fields.select({ name: "until", label: words("long"), value: until, choices: longs, problem: problem("until") })}
        ${fields.text({ name: "why", label: words("why"), value: why, hint: words("whyHint"), problem: problem("why"), maxLength: 500 })}
        ${this.#blocking.template(words("block"), html`<button type="button" class="btn" @click=${this.#close}>${shared("cancel")}</button>`)}
      </form></section>`;
  }

  readonly #keep = (event: Event): void => {
    const form = event.currentTarget as HTMLFormElement;
    this.#typed = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    this.#kept.set(this.#typed);
  };

  readonly #add = (): void => {
    this.#isAdding = true;
    this.#isFresh = true;
    this.#blocking.clear();
    this.requestUpdate();
  };

  readonly #close = (): void => {
    this.#isAdding = false;
    this.#typed = {};
    this.#kept.set(null);
    this.requestUpdate();
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".head .btn")?.focus());
  };

  protected override updated(): void {
    if (!this.#isFresh) return;
    this.#isFresh = false;
    this.renderRoot.querySelector<HTMLElement>("form input")?.focus();
  }

  readonly #block = async (event: SubmitEvent): Promise<void> => {
    const { address = "", channel = "", until = "good", why = "" } = fields.entriesOf(event);
    if (address === "") {
      this.#blocking.refuse({ form: "", fields: { address: shared("missing") }, isStale: false });
      return;
    }
    const end = blockUntil(until as BlockFor, this.parts.session.serverNow());
    const act = () => new Asked(this.parts.session.api).block({ address, channel, until: end, why });
    if (!(await this.#blocking.run(act, words("blocked", { address })))) return;
    this.#close();
    await this.#blocks.load();
  };

  async #lift(block: Block): Promise<void> {
    const question = { title: words("liftTitle", block), meaning: [words("liftMeans")], label: words("lift") };
    if (!(await this.confirmation.ask(question))) return;
    await this.#lifting.run(() => new Asked(this.parts.session.api).unblock(block), words("lifted", block));
    await this.#blocks.load();
  }
}

customElements.define("intervene-settings-blocklist", BlocklistPage);
