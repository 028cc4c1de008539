/**
 * A page of rows that the organisation sets: their list, the form of the one that is edited, and those that were removed.
 * What is typed is a draft, which stays when one looks at another page and comes back.
 */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { newKey } from "../../../api.ts";
import type { Row } from "../../../core/settings.ts";
import type { MenuItem } from "../../../menu.ts";
import { emptiness } from "../../../views/parts.ts";
import { series } from "../../../words.ts";
import { SettingsPage } from "../page.ts";
import { words } from "../words.ts";
import { type Draft, isChanged, Kept, rebased } from "./drafts.ts";
import { problemOf } from "./problems.ts";
import { Resource } from "./resource.ts";
import { changeRow, readRows, storeDraft } from "./rows.ts";
import { rowsStyles } from "./rows-styles.ts";
import { Saving } from "./saving.ts";

/** What every page of rows says, and what the button and the heading of its form do: `create`. */
export type RowWord = "heading" | "lead" | "create" | "none" | "noneMeans" | "removal";

export abstract class RowsPage<R extends Row, V extends object> extends SettingsPage {
  static override styles = [...SettingsPage.styles, rowsStyles];

  /** As in `/v1/{path}`. */
  protected abstract readonly path: string;
  protected abstract readonly words: (word: RowWord) => string;
  /** Made by `saves`, with the names of the form's fields. */
  protected abstract readonly saving: Saving;
  /** What a person calls a member. */
  protected abstract label(member: keyof V & string): string;
  protected abstract blank(): V;
  /** What of a row is edited. */
  protected abstract read(row: R): V | Promise<V>;
  /** What the form holds, over what the draft has. */
  protected abstract typed(entries: Readonly<Record<string, string>>, values: V): V;
  protected abstract fields(draft: Draft<V>): TemplateResult;
  protected abstract list(rows: readonly R[]): TemplateResult;

  protected readonly rows = new Resource<readonly R[]>(this, () => readRows<R>(this.parts.session.api, this.path));
  /** What was wrong with a change that has no form. */
  #problem = "";
  protected draft: Draft<V> | null = null;
  #isRestored = false;
  /** The control that opened the form: there the focus goes back. */
  #from = "";
  #goes: "form" | "list" | null = null;

  get #kept(): Kept<Draft<V>> {
    return new Kept(() => this.parts.session, this.localName);
  }

  /** Of a row that is taken away: what then becomes of what uses it, a paragraph each. */
  protected removal(_row: R): readonly string[] {
    return [this.words("removal")];
  }

  protected override get heading(): string {
    return this.words("heading");
  }

  protected override get lead(): string {
    return this.words("lead");
  }

  protected get mayChange(): boolean {
    return this.parts.me.role === "admin";
  }

  protected saves(fields: readonly string[]): Saving {
    return new Saving(this, { announcer: () => this.parts.announcer, fields, stale: () => void this.#rebase() });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.draft = this.#kept.get();
    this.#isRestored = this.draft !== null;
    addEventListener("beforeunload", this.#leaving);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("beforeunload", this.#leaving);
    if (this.#isUnsaved) this.parts.announcer.status(words("kept", { page: this.heading }));
  }

  get #isUnsaved(): boolean {
    return this.draft !== null && isChanged(this.draft);
  }

  readonly #leaving = (event: BeforeUnloadEvent): void => {
    if (this.#isUnsaved) event.preventDefault();
  };

  // -- what is drawn ---------------------------------------------------------------------------------------------------

  protected override action(): TemplateResult {
    if (!this.mayChange || this.draft !== null) return html``;
    return html`<button type="button" class="btn main" data-from="new" @click=${() => void this.edit(null)}>${icon(icons.plus)}${this.words("create")}</button>`;
  }

  protected override content(): TemplateResult {
    const { draft } = this;
    return this.rows.template((rows) => (draft === null ? this.all(rows) : this.editor(draft)));
  }

  protected all(rows: readonly R[]): TemplateResult {
    const present = rows.filter(({ archived }) => !archived);
    const removed = rows.filter(({ archived }) => archived);
    return html`${this.mayChange ? nothing : html`<p class="banner quiet">${icon(icons.lock)}<span>${words("readOnly")}</span></p>`}
      ${present.length === 0 && this.draft === null ? emptiness(this.words("none"), this.words("noneMeans")) : this.list(present)}
      ${removed.length === 0 ? nothing : this.#removed(removed)}
      <p class="problem" role="alert" ?hidden=${this.#problem === ""}>${this.#problem}</p>`;
  }

  #removed(rows: readonly R[]): TemplateResult {
    return html`<details class="removed"><summary>${words("removed", { n: rows.length })}</summary>
      <ul>${rows.map(
        (row) =>
          html`<li class="row"><bdi class="grow">${row.name}</bdi>${
            this.mayChange
              ? html`<button type="button" class="btn small" aria-label=${words("restoreName", { name: row.name })} @click=${() => this.#restore(row)}>${words("restore")}</button>`
              : nothing
          }</li>`,
      )}</ul></details>`;
  }

  /** The form, in the place of the list. */
  protected editor(draft: Draft<V>): TemplateResult {
    return html`<section class="editor" aria-labelledby="edited">
      <h2 id="edited" dir="auto">${draft.id === "" ? this.words("create") : this.nameOf(draft)}</h2>
      ${this.#isRestored ? html`<p class="banner quiet">${icon(icons.info)}<span>${words("restored")}</span></p>` : nothing}
      ${
        draft.theirs.length === 0
          ? nothing
          : html`<p class="banner">${icon(icons.alert)}<span>${words("theirs", { fields: series(draft.theirs.map((each) => this.label(each))) })}</span></p>`
      }
      <form novalidate @submit=${this.#submit} @input=${this.#typed} @change=${this.#typed}>
        ${this.fields(draft)} ${this.saving.template(words("save"), this.cancel())}
      </form>
    </section>`;
  }

  protected cancel(): TemplateResult {
    return html`<button type="button" class="btn" @click=${() => this.#giveUp()}>${words("cancel")}</button>`;
  }

  /** The row's three dots; nothing for those who only look. */
  protected more(row: R, items: readonly MenuItem[] = [], isKept = false): TemplateResult | typeof nothing {
    if (!this.mayChange) return nothing;
    const remove: MenuItem = {
      label: words("remove"),
      meaning: "",
      icon: icon(icons.x),
      isApart: true,
      act: () => void this.#remove(row),
    };
    return this.menus.template({
      name: `row-${row.id}`,
      label: words("more", { name: row.name }),
      face: icon(icons.dots),
      look: "icon",
      items: [
        { label: words("edit"), meaning: "", icon: icon(icons.pencil), act: () => void this.edit(row) },
        ...items,
        ...(isKept ? [] : [remove]),
      ],
    });
  }

  /** A row's name, which opens it for those who may change it. */
  protected opener(row: R): TemplateResult {
    if (!this.mayChange) return html`<bdi>${row.name}</bdi>`;
    return html`<button type="button" class="opens" data-from=${row.id} @click=${() => void this.edit(row)}><bdi>${row.name}</bdi></button>`;
  }

  protected nameOf({ before }: Draft<V>): string {
    return String((before as { name?: unknown }).name ?? "");
  }

  // -- what one does ---------------------------------------------------------------------------------------------------

  /** Null: a new one. */
  protected async edit(row: R | null): Promise<void> {
    try {
      const before = row === null ? this.blank() : await this.read(row);
      const { id, version } = row ?? { id: "", version: 0 };
      this.#from = id === "" ? "new" : id;
      this.#isRestored = false;
      this.saving.clear();
      this.draft = { id, version, before, values: before, key: newKey(), theirs: [] };
      this.#goes = "form";
      this.wrong("");
    } catch (error) {
      this.wrong(problemOf(error, []).form);
    }
  }

  /** Something of it is to become another. */
  protected become(values: Partial<V>): void {
    if (this.draft === null) return;
    this.draft = { ...this.draft, values: { ...this.draft.values, ...values } };
    this.#kept.set(this.#isUnsaved ? this.draft : null);
    this.requestUpdate();
  }

  /** The server's row takes the place of the one that was there. */
  protected replace(row: R): void {
    const rows = this.rows.value ?? [];
    const isNew = rows.every(({ id }) => id !== row.id);
    this.rows.set(isNew ? [...rows, row] : rows.map((each) => (each.id === row.id ? row : each)));
    void this.parts.session.settings.refresh();
  }

  /** A change of one row that has no form. */
  protected async change(row: R, members: object, said: string): Promise<boolean> {
    try {
      this.replace(await changeRow<R>(this.parts.session.api, this.path, row, members));
      this.parts.announcer.status(said);
      this.wrong("");
      return true;
    } catch (error) {
      const { form, isStale } = problemOf(error, []);
      this.wrong(form);
      if (isStale) await this.rows.load();
      return false;
    }
  }

  protected wrong(problem: string): void {
    this.#problem = problem;
    this.requestUpdate();
  }

  /** Sends it. What it throws is said in the form. */
  protected async store(draft: Draft<V>): Promise<void> {
    const row = await storeDraft<R>(this.parts.session.api, this.path, draft);
    if (row !== null) this.replace(row);
  }

  /** What keeps it from being sent, by field. */
  protected problems(_values: V): Readonly<Record<string, string>> {
    return {};
  }

  readonly #typed = (event: Event): void => {
    const form = (event.currentTarget as HTMLFormElement) ?? null;
    if (this.draft === null || form === null) return;
    const entries = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    this.become(this.typed(entries, this.draft.values));
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { draft } = this;
    if (draft === null) return;
    const fields = this.problems(draft.values);
    if (Object.keys(fields).length > 0) {
      this.saving.refuse({ form: "", fields, isStale: false });
      return;
    }
    if (await this.saving.run(() => this.store(draft))) this.#end();
  };

  async #giveUp(): Promise<void> {
    const isSure =
      !this.#isUnsaved ||
      (await this.confirmation.ask({
        title: words("dropTitle"),
        meaning: [words("dropMeans")],
        label: words("drop"),
      }));
    if (isSure) this.#end();
  }

  #end(): void {
    this.draft = null;
    this.#kept.set(null);
    this.saving.clear();
    this.#goes = "list";
    this.requestUpdate();
  }

  async #remove(row: R): Promise<void> {
    const { name } = row;
    const meaning = [...this.removal(row), words("removeMeans")];
    const question = { title: words("removeTitle", { name }), meaning, label: words("remove") };
    if (await this.confirmation.ask(question))
      await this.change(row, { archived: true }, words("wasRemoved", { name }));
  }

  async #restore(row: R): Promise<void> {
    await this.change(row, { archived: false }, words("wasRestored", { name: row.name }));
  }

  /** Another change came first: the draft goes by what is there now, and says which members became others. */
  async #rebase(): Promise<void> {
    await this.rows.load();
    const { draft } = this;
    const now = this.rows.value?.find(({ id }) => id === draft?.id);
    if (draft === null || now === undefined) return;
    this.draft = rebased(draft, await this.read(now), now);
    this.#kept.set(this.draft);
    this.requestUpdate();
  }

  protected override updated(_changed: PropertyValues): void {
    if (this.#goes === null) return;
    const isForm = this.#goes === "form";
    if (isForm && this.rows.value === undefined) return; // the form is drawn once the rows are there
    const to = isForm ? "form :is(input, textarea, select)" : `[data-from="${CSS.escape(this.#from)}"]`;
    this.#goes = null;
    (this.renderRoot.querySelector<HTMLElement>(to) ?? this.renderRoot.querySelector<HTMLElement>("h1"))?.focus();
  }
}
