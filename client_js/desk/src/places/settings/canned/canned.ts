/** The canned replies: texts that agents find by `/`. */

import { icon, icons } from "@intervene/ui";
import { css, html, nothing, type TemplateResult } from "lit";
import { filled } from "../../../core/completing.ts";
import type { CannedRow } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import type { Draft } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { RowsPage } from "../kit/rows-page.ts";
import { table } from "../kit/table.ts";
import { words as shared } from "../words.ts";
import { en } from "./en.ts";
import { inserted, PLACEHOLDERS } from "./inserted.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const styles = css`
  .cut { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; white-space: pre-line; color: var(--iv-text-2); overflow-wrap: anywhere; }
  .preview { padding: var(--iv-s3) var(--iv-s4); border-radius: var(--iv-r4); background: var(--iv-you-tint); font: var(--iv-t14); white-space: pre-wrap; overflow-wrap: anywhere; margin-block-start: var(--iv-s2); max-block-size: 160px; overflow-y: auto; }
  .insert { flex-wrap: wrap; }
`;

const EXAMPLE = "Maria";

type Values = Pick<CannedRow, "name" | "text">;

class CannedPage extends RowsPage<CannedRow, Values> {
  static override styles = [...RowsPage.styles, styles];

  protected override readonly words = words;
  protected override readonly path = "canned-replies";
  protected override readonly saving = this.saves(["name", "text"]);

  protected override get mayChange(): boolean {
    return this.parts.me.role !== "agent";
  }

  protected override label(member: keyof Values): string {
    return words(member);
  }

  protected override blank(): Values {
    return { name: "", text: "" };
  }

  protected override read({ name, text }: CannedRow): Values {
    return { name, text };
  }

  protected override typed({ name, text }: Readonly<Record<string, string>>, values: Values): Values {
    return { name: name ?? values.name, text: text ?? values.text };
  }

  protected override problems({ name, text }: Values): Readonly<Record<string, string>> {
    return {
      ...(name.trim() === "" && { name: shared("missing") }),
      ...(text.trim() === "" && { text: shared("missing") }),
    };
  }

  protected override list(rows: readonly CannedRow[]): TemplateResult {
    const labels = [words("name"), words("text"), ""];
    return table({
      label: words("heading"),
      columns: labels.map((label) => ({ label })),
      rows: rows.map((row) => [
        this.opener(row),
        html`<span class="cut" dir="auto">${row.text}</span>`,
        this.more(row),
      ]),
    });
  }

  protected override fields({ values }: Draft<Values>): TemplateResult {
    const { text } = filled(values, { contact: EXAMPLE, agent: this.parts.me.name });
    return html`
      ${fields.text({ name: "name", label: words("name"), hint: words("nameHint"), value: values.name, maxLength: 80, problem: this.saving.of("name"), isRequired: true })}
      ${fields.area({ name: "text", label: words("text"), hint: words("textHint"), value: values.text, rows: 6, maxLength: 4096, problem: this.saving.of("text") })}
      <div class="row insert" role="group" aria-label=${words("insert")}>
        ${PLACEHOLDERS.map((each, n) => this.#inserter(each, words(n === 0 ? "insertContact" : "insertAgent")))}
      </div>
      ${text === "" ? nothing : html`<div class="field"><span class="label">${words("preview")}</span><p class="preview" dir="auto">${text}</p></div>`}`;
  }

  #inserter(placeholder: string, label: string): TemplateResult {
    return html`<button type="button" class="btn small" title=${placeholder} @click=${() => this.#insert(placeholder)}>${icon(icons.plus, { size: 12 })}${label}</button>`;
  }

  async #insert(placeholder: string): Promise<void> {
    const area = this.renderRoot.querySelector<HTMLTextAreaElement>("textarea");
    if (area === null) return;
    const [text, caret] = inserted(area.value, area.selectionStart, area.selectionEnd, placeholder);
    this.become({ text });
    await this.updateComplete;
    area.focus();
    area.setSelectionRange(caret, caret);
  }
}

customElements.define("intervene-settings-canned", CannedPage);
