/** Why conversations are closed: what queues ask for at a close. */

import { icon, icons } from "@intervene/ui";
import { html, type TemplateResult } from "lit";
import { inUse, type ReasonRow } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import { series } from "../../../words.ts";
import type { Draft } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { OrderedPage } from "../kit/ordered-page.ts";
import { en } from "./en.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

type Values = Pick<ReasonRow, "name" | "position">;

class ReasonsPage extends OrderedPage<ReasonRow, Values> {
  protected override readonly words = words;
  protected override readonly path = "reasons";
  protected override readonly saving = this.saves(["name", "position"]);

  protected override label(member: keyof Values): string {
    return words(member);
  }

  protected override blank(): Values {
    return { name: "", position: this.newPosition() };
  }

  protected override read({ name, position }: ReasonRow): Values {
    return { name, position };
  }

  protected override typed({ name }: Readonly<Record<string, string>>, values: Values): Values {
    return { ...values, name: name ?? values.name };
  }

  protected override what(row: ReasonRow): TemplateResult {
    return html`<span class="row">${icon(icons.flag)}${this.opener(row)}</span>`;
  }

  protected override fields({ values }: Draft<Values>): TemplateResult {
    return fields.text({
      name: "name",
      label: words("name"),
      value: values.name,
      maxLength: 80,
      problem: this.saving.of("name"),
      isRequired: true,
    });
  }

  protected override removal(): readonly string[] {
    const isLast = inUse(this.rows.value ?? []).length === 1;
    const queues = inUse(this.parts.session.settings.get().queues).filter((queue) => queue.needs_reason);
    if (!isLast || queues.length === 0) return [words("removal")];
    return [words("removal"), words("removalNeeded", { queues: series(queues.map(({ name }) => name)) })];
  }
}

customElements.define("intervene-settings-reasons", ReasonsPage);
