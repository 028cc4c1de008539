/** What supervisors do with an address of a contact: block it, unblock it, detach it. Each says before what it does. */

import { html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import type { Asked } from "../../contacts/asked.ts";
import { channelNamed, type Known } from "../../contacts/names.ts";
import { type AddressLine, BLOCK_FOR, type BlockFor, blockUntil } from "../../contacts/shapes.ts";
import { said } from "../../contacts/words.ts";
import { reasonOf } from "../../words.ts";

type Host = ReactiveControllerHost & HTMLElement;
type Act = "block" | "detach";

export interface AddressActsParts {
  readonly asked: () => Asked;
  readonly contact: () => string;
  readonly serverNow: () => number;
  /** Said aloud, once it is done. */
  readonly done: (sentence: string) => void;
}

const FOR = {
  hour: "forHour",
  day: "forDay",
  week: "forWeek",
  good: "forGood",
} as const satisfies Readonly<Record<BlockFor, string>>;

export class AddressActs {
  readonly #host: Host;
  readonly #parts: AddressActsParts;
  #open = "";
  #problem = "";
  #isBusy = false;
  #focus = "";

  constructor(host: Host, parts: AddressActsParts) {
    this.#host = host;
    this.#parts = parts;
    host.addController({ hostUpdated: () => this.#updated() });
  }

  drop(): void {
    this.#open = "";
    this.#problem = "";
  }

  template(line: AddressLine, known: Known): TemplateResult {
    const { address, spent } = line;
    if (this.#open === keyOf("block", line)) return this.#block(line, known);
    if (this.#open === keyOf("detach", line)) return this.#detach(line);
    const button = (label: string, name: string, act: () => unknown, key: string) => html`<button
      type="button" class="btn small" aria-label=${name} data-act=${key} @click=${act}>${label}</button>`;
    const unblock = button(
      said("unblock"),
      said("unblockAddress", { address }),
      () => this.#lift(line),
      keyOf("block", line),
    );
    const block = button(
      said("block"),
      said("blockAddress", { address }),
      () => this.#show("block", line),
      keyOf("block", line),
    );
    return html`<div class="does">
      ${line.block === null ? (spent ? nothing : block) : unblock}
      ${
        spent
          ? nothing
          : button(
              said("detach"),
              said("detachAddress", { address }),
              () => this.#show("detach", line),
              keyOf("detach", line),
            )
      }
    </div>${this.#problem !== "" && this.#open === "" ? this.#refusal() : nothing}`;
  }

  #block(line: AddressLine, known: Known): TemplateResult {
    const { address, channel } = line;
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const given = new FormData(event.target as HTMLFormElement);
      const until = blockUntil(String(given.get("for")) as BlockFor, this.#parts.serverNow());
      const where = given.get("where") === "everywhere" ? "" : channel;
      const why = String(given.get("why") ?? "").trim();
      void this.#try(
        line,
        "block",
        () => this.#parts.asked().block({ address, channel: where, until, why }),
        said("wasBlocked", { address }),
      );
    };
    return this.#form(
      said("blockAddress", { address }),
      submit,
      html`<p>${said.rich("blockLead", { address })}</p>
        <label><span>${said("blockFor")}</span><select class="input" name="for">
          ${(Object.keys(BLOCK_FOR) as BlockFor[]).map((each) => html`<option value=${each} ?selected=${each === "good"}>${said(FOR[each])}</option>`)}
        </select></label>
        <label><span>${said("blockWhere")}</span><select class="input" name="where">
          <option value="here">${said("onChannel", { channel: channelNamed(channel, known) })}</option>
          <option value="everywhere">${said("everywhere")}</option>
        </select></label>
        <label><span>${said("blockReason")}</span><input class="input" name="why" maxlength="200" autocomplete="off" dir="auto" /></label>`,
      said("block"),
      line,
      "block",
    );
  }

  #detach(line: AddressLine): TemplateResult {
    const { address } = line;
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const asks = () => this.#parts.asked().detach(this.#parts.contact(), line);
      void this.#try(line, "detach", asks, said("wasDetached", { address }));
    };
    const lead = html`<p tabindex="-1">${said.rich("detachLead", { address })}</p>`;
    return this.#form(said("detachAddress", { address }), submit, lead, said("detach"), line, "detach");
  }

  #form(
    label: string,
    submit: (event: SubmitEvent) => void,
    fields: TemplateResult,
    act: string,
    line: AddressLine,
    kind: Act,
  ): TemplateResult {
    return html`<form class="edit act" aria-label=${label} @submit=${submit} @keydown=${(event: KeyboardEvent) => this.#pressed(event, kind, line)}>
      ${fields} ${this.#problem === "" ? nothing : this.#refusal()}
      <div class="does">
        <button class="btn small main" aria-disabled=${this.#isBusy}>${act}</button>
        <button type="button" class="btn small" @click=${() => this.#hide(kind, line)}>${said("cancel")}</button>
      </div>
    </form>`;
  }

  #refusal(): TemplateResult {
    return html`<p class="problem" role="alert">${this.#problem}</p>`;
  }

  #lift(line: AddressLine): void {
    const { block, address } = line;
    if (block === null) return;
    void this.#try(line, "block", () => this.#parts.asked().unblock(block), said("wasUnblocked", { address }));
  }

  async #try(line: AddressLine, kind: Act, ask: () => Promise<unknown>, sentence: string): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#host.requestUpdate();
    try {
      await ask();
      this.#isBusy = false;
      this.#hide(kind, line);
      this.#parts.done(sentence);
    } catch (problem) {
      this.#isBusy = false;
      this.#problem = said("notSaved", { reason: reasonOf(problem) });
      this.#host.requestUpdate();
    }
  }

  #show(kind: Act, line: AddressLine): void {
    this.#open = keyOf(kind, line);
    this.#problem = "";
    this.#focus = "form.act :is(select, p[tabindex])";
    this.#host.requestUpdate();
  }

  #hide(kind: Act, line: AddressLine): void {
    this.drop();
    this.#focus = `[data-act="${CSS.escape(keyOf(kind, line))}"]`;
    this.#host.requestUpdate();
  }

  #pressed(event: KeyboardEvent, kind: Act, line: AddressLine): void {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.#hide(kind, line);
  }

  #updated(): void {
    if (this.#focus === "") return;
    const selector = this.#focus;
    this.#focus = "";
    this.#host.shadowRoot?.querySelector<HTMLElement>(selector)?.focus();
  }
}

function keyOf(act: Act, { channel, address }: AddressLine): string {
  return `${act} ${channel} ${address}`;
}
