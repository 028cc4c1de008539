/** The statuses: the organisation's own labels for conversations, in its order. */

import { icon, icons } from "@intervene/ui";
import { css, html, type TemplateResult } from "lit";
import { colourOf } from "../../../core/lists.ts";
import type { StatusRow } from "../../../core/settings.ts";
import { inLanguage } from "../../../language.ts";
import type { Draft } from "../kit/drafts.ts";
import * as fields from "../kit/fields.ts";
import { OrderedPage } from "../kit/ordered-page.ts";
import { COLOURS } from "./colours.ts";
import { en } from "./en.ts";

const words = inLanguage(en, { ar: () => import("./ar.ts") });

const styles = css`
  .tag { display: inline-flex; align-items: center; gap: 6px; } .tag > .i { color: var(--c, var(--iv-text-3)); }
  .of-bad { --c: var(--iv-bad-solid); } .of-wait { --c: var(--iv-wait-solid); } .of-note { --c: var(--iv-note-solid); } .of-good { --c: var(--iv-good-solid); } .of-bot { --c: var(--iv-bot-solid); } .of-you { --c: var(--iv-you-solid); } .of-other { --c: var(--iv-other-solid); } .of-plain { --c: var(--iv-text-3); }
  .sw { display: flex; flex-wrap: wrap; min-block-size: max(36px, var(--iv-hit)); align-items: center; }
  .field .sw label { inline-size: max(28px, var(--iv-hit)); block-size: max(28px, var(--iv-hit)); display: inline-grid; place-items: center; cursor: pointer; margin: 0; position: relative; }
  .sw input { appearance: none; inline-size: 18px; block-size: 18px; margin: 0; border-radius: 50%; background: var(--c); cursor: pointer; }
  .sw input:checked { outline: 2px solid var(--iv-text); outline-offset: 2px; }
  .sw input:focus-visible { outline: 2px solid var(--iv-focus); outline-offset: 4px; box-shadow: 0 0 0 2px var(--iv-surface), 0 0 0 4px var(--iv-text); }
  @media (forced-colors: active) { .sw input { forced-color-adjust: none; } .sw input:checked { outline-color: Highlight; } }
`;

type Values = Pick<StatusRow, "name" | "colour" | "position">;

class StatusesPage extends OrderedPage<StatusRow, Values> {
  static override styles = [...OrderedPage.styles, styles];

  protected override readonly words = words;
  protected override readonly path = "statuses";
  protected override readonly saving = this.saves(["name", "colour", "position"]);

  protected override label(member: keyof Values): string {
    return words(member);
  }

  protected override blank(): Values {
    return { name: "", colour: COLOURS.bot, position: this.newPosition() };
  }

  protected override read({ name, colour, position }: StatusRow): Values {
    return { name, colour, position };
  }

  /** A colour of before the fixed ones stays until another is chosen. */
  protected override typed({ name, colour }: Readonly<Record<string, string>>, values: Values): Values {
    const isSame = colour === undefined || colour === colourOf(values.colour);
    return {
      ...values,
      name: name ?? values.name,
      colour: isSame ? values.colour : COLOURS[colour as keyof typeof COLOURS],
    };
  }

  protected override what(row: StatusRow): TemplateResult {
    return html`<span class="tag of-${colourOf(row.colour)}">${icon(icons.tag, { size: 14 })}${this.opener(row)}</span>`;
  }

  protected override fields({ values }: Draft<Values>): TemplateResult {
    const chosen = colourOf(values.colour);
    return html`
      ${fields.text({ name: "name", label: words("name"), value: values.name, maxLength: 80, problem: this.saving.of("name"), isRequired: true })}
      <fieldset class="field"><legend>${words("colour")}</legend><div class="sw">
        ${(Object.keys(COLOURS) as (keyof typeof COLOURS)[]).map(
          (each) =>
            html`<label title=${words(each)} class="of-${each}"><input type="radio" name="colour" value=${each} aria-label=${words(each)} .checked=${each === chosen} /></label>`,
        )}
      </div></fieldset>`;
  }
}

customElements.define("intervene-settings-statuses", StatusesPage);
