/** A link that is good once, shown once, with what it is good for and a button that copies it. */

import { icon, icons, type Words } from "@intervene/ui";
import { html, type TemplateResult } from "lit";
import { LINK_PATH } from "../../../link.ts";
import { times } from "../../../words.ts";
import { words as common } from "../words.ts";
import type { en } from "./en.ts";
import type { Invitation } from "./rows.ts";

export interface LinkCardOptions {
  readonly made: Invitation;
  readonly words: Words<typeof en>;
  readonly copied: () => void;
  readonly done: () => void;
}

export function linkCard({ made, words, copied, done }: LinkCardOptions): TemplateResult {
  const { name } = made.person;
  const copy = async (event: Event) => {
    const field = (event.currentTarget as HTMLElement).parentElement?.querySelector("input");
    field?.select();
    await navigator.clipboard.writeText(field?.value ?? "").then(copied, () => undefined); // it is selected at least
  };
  const shown = html`<p class="lead">${words("linkOnce", { name, time: times.full(made.expires) })}</p>
    <div class="link-of">
      <input class="input" id="link" readonly .value=${`${location.origin}${LINK_PATH}#link=${made.link}`}
        aria-label=${words("linkFor", { name })} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
      <button type="button" class="btn main" @click=${copy}>${icon(icons.copy)}${common("copy")}</button>
    </div>`;
  return html`<section class="card-of" aria-labelledby="link-title">
    <h2 id="link-title">${words("linkFor", { name })}</h2>
    ${made.link === "" ? html`<p class="lead" id="link" tabindex="-1">${words("linkGone", { name })}</p>` : shown}
    <div class="acts"><button type="button" class="btn" @click=${done}>${words("done")}</button></div>
  </section>`;
}
