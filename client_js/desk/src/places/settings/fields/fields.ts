/** The custom fields of conversations, in the organisation's order. */

import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { FieldRow } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import { series } from "../../../words.ts";
import type { Draft } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { OrderedPage } from "../kit/ordered-page.ts";
import { en } from "./en.ts";
import { choicesProblem, type FieldValues, KINDS, toSend, typed } from "./shapes.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

class FieldsPage extends OrderedPage<FieldRow, FieldValues> {
  protected override readonly words = words;
  protected override readonly path = "fields";
  protected override readonly saving = this.saves(["name", "kind", "choices", "position"]);

  protected override label(member: keyof FieldValues): string {
    return words(member);
  }

  protected override blank(): FieldValues {
    return { name: "", kind: "text", choices: [], position: this.newPosition() };
  }

  protected override read({ name, kind, choices, position }: FieldRow): FieldValues {
    return { name, kind, choices, position };
  }

  protected override typed(entries: Readonly<Record<string, string>>, values: FieldValues): FieldValues {
    return typed(entries, values);
  }

  protected override problems(values: FieldValues): Readonly<Record<string, string>> {
    const problem = choicesProblem(values);
    const said = problem === "missing" ? words("choicesMissing") : words("choicesTwice");
    return { ...super.problems(values), ...(problem !== null && { choices: said }) };
  }

  protected override store(draft: Draft<FieldValues>): Promise<void> {
    return super.store({ ...draft, values: toSend(draft.values) });
  }

  protected override what(row: FieldRow): TemplateResult {
    return html`<span class="row">${icon(icons.filter)}<span class="named">${this.opener(row)} <small class="muted" dir="auto">${words(row.kind)}${
      row.kind === "choice" ? `: ${series(row.choices)}` : ""
    }</small></span></span>`;
  }

  protected override fields({ values }: Draft<FieldValues>): TemplateResult {
    const { name, kind, choices } = values;
    const problem = (member: keyof FieldValues) => this.saving.of(member);
    const kinds = KINDS.map((each) => ({ value: each, label: words(each) }));
    return html`
      ${fields.text({ name: "name", label: words("name"), value: name, maxLength: 80, problem: problem("name"), isRequired: true })}
      ${fields.select({ name: "kind", label: words("kind"), value: kind, choices: kinds, problem: problem("kind") })}
      ${
        kind === "choice"
          ? fields.area({
              name: "choices",
              label: words("choices"),
              hint: words("choicesHint"),
              value: choices.join("\n"),
              rows: 3,
              problem: problem("choices"),
            })
          : nothing
      }`;
  }
}

customElements.define("intervene-settings-fields", FieldsPage);
