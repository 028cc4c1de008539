/** The tags of conversations: which there are, and their names. */

import { icon, icons } from "@intervene/ui";
import { css, html, nothing, type TemplateResult } from "lit";
import { Answered } from "../../../api.ts";
import { inLanguage } from "../../../language.ts";
import { emptiness } from "../../../views/parts.ts";
import * as fields from "../kit/fields.ts";
import { Resource } from "../kit/resource.ts";
import { rowsStyles } from "../kit/rows-styles.ts";
import { Saving } from "../kit/saving.ts";
import { table } from "../kit/table.ts";
import { SettingsPage } from "../page.ts";
import { words as shared } from "../words.ts";
import { en } from "./en.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const TAG_CHARS = 40;
const styles = css`.first { margin-block-end: var(--iv-s6); }`;

interface TagUse {
  readonly name: string;
  readonly conversations: number;
}

class TagsPage extends SettingsPage {
  static override styles = [...SettingsPage.styles, rowsStyles, styles];

  protected override readonly heading = words("heading");
  protected override readonly lead = words("lead");
  readonly #tags = new Resource<readonly TagUse[]>(this, async () => {
    const { items } = await this.parts.session.api.get<{ items: readonly TagUse[] }>("/v1/tags");
    return items;
  });
  readonly #saving = new Saving(this, { announcer: () => this.parts.announcer, fields: ["name"] });
  /** The one that is being renamed, "" for none. */
  #tag = "";
  /** The name that some conversations have got already: the rest may follow. */
  #begun = "";
  /** In how many the longer name has no room: there it is still called `#former`. */
  #left = 0;
  #former = "";
  #goes = "";

  protected override content(): TemplateResult {
    const mayChange = this.parts.me.role === "admin";
    return this.#tags.template(
      (tags) => html`
        ${mayChange ? nothing : html`<p class="banner quiet">${icon(icons.lock)}<span>${shared("readOnly")}</span></p>`}
        ${this.#tag === "" ? nothing : this.#form()}
        ${this.#left === 0 ? nothing : html`<p class="banner" role="alert">${icon(icons.alert)}<span>${words("left", { n: this.#left, tag: this.#former })}</span></p>`}
        ${this.#list(tags, mayChange)}`,
    );
  }

  #list(tags: readonly TagUse[], mayChange: boolean): TemplateResult {
    return table({
      label: words("heading"),
      columns: [
        { label: words("name") },
        { label: words("conversations"), isNumber: true },
        ...(mayChange ? [{ label: "" }] : []),
      ],
      rows: tags.map(({ name, conversations }) => [
        html`<bdi>${name}</bdi>`,
        conversations,
        ...(mayChange
          ? [
              html`<button type="button" class="btn small" data-from=${name} aria-label=${words("renameTag", { tag: name })} @click=${() => this.#open(name)}>${words("rename")}</button>`,
            ]
          : []),
      ]),
      none: emptiness(words("none"), words("noneMeans")),
    });
  }

  #form(): TemplateResult {
    return html`<section class="editor first" aria-labelledby="renamed"><h2 id="renamed" dir="auto">${words("renameTag", { tag: this.#tag })}</h2>
      <form novalidate @submit=${this.#submit}>
        ${fields.text({ name: "name", label: words("newName"), value: this.#tag, hint: words("means"), problem: this.#saving.of("name"), isRequired: true, maxLength: TAG_CHARS })}
        ${this.#saving.template(words("rename"), html`<button type="button" class="btn" @click=${() => this.#close(this.#tag)}>${shared("cancel")}</button>`)}
      </form></section>`;
  }

  #open(tag: string): void {
    this.#tag = tag;
    this.#begun = "";
    this.#left = 0;
    this.#saving.clear();
    this.#goes = "form input";
    this.requestUpdate();
  }

  #close(to: string): void {
    this.#tag = "";
    this.#goes = `[data-from="${CSS.escape(to)}"]`;
    this.requestUpdate();
  }

  protected override updated(): void {
    const to = this.#goes;
    this.#goes = "";
    if (to !== "") this.renderRoot.querySelector<HTMLElement>(to)?.focus();
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    const { name = "" } = fields.entriesOf(event);
    const tag = this.#tag;
    if (name === "") {
      this.#saving.refuse({ form: "", fields: { name: shared("missing") }, isStale: false });
      return;
    }
    let isDone = true;
    const act = async () => {
      try {
        await this.#rename(tag, name, this.#begun === name);
      } catch (error) {
        if (!(error instanceof Answered) || error.code !== "tag_exists") throw error;
        isDone = await this.#joins(name);
        if (isDone) await this.#rename(tag, name, true);
      }
    };
    if (!(await this.#saving.run(act, "")) || !isDone) return;
    this.parts.announcer.status(words("renamed", { tag, name }));
    await this.#tags.load();
    this.#close(name);
  };

  #joins(name: string): Promise<boolean> {
    const title = words("joinTitle", { name });
    return this.confirmation.ask({ title, meaning: [words("joinMeans")], label: words("join") });
  }

  /** Page by page. Throws what the server refuses. */
  async #rename(tag: string, name: string, join: boolean): Promise<void> {
    const { api } = this.parts.session;
    this.#left = 0;
    this.#former = tag;
    let next = "";
    do {
      const path = `/v1/tags/rename${next === "" ? "" : `?cursor=${encodeURIComponent(next)}`}`;
      const page = await api.send<{ left: number; next: string }>("POST", path, { tag, name, join });
      this.#begun = name;
      this.#left += page.left;
      next = page.next;
    } while (next !== "");
  }
}

customElements.define("intervene-settings-tags", TagsPage);
