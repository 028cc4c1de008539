/** The list that opens over the composer while one types "/" or "@": arrows move, Enter and Tab take, Esc closes. */

import type { ReactiveController, ReactiveControllerHost, TemplateResult } from "lit";
import { html, nothing } from "lit";
import {
  cannedFor,
  colleaguesFor,
  filled,
  type Inserted,
  mention,
  type Trigger,
  triggerAt,
} from "./core/completing.ts";
import { type CannedRow, type Colleague, inUse } from "./core/settings.ts";
import { completions, type Suggestion } from "./views/completions.ts";
import { words } from "./words.ts";

/** What is completed from, of the open conversation. */
export interface Sources {
  readonly isNoting: boolean;
  readonly cannedReplies: readonly CannedRow[];
  /** Who may be called to it. */
  readonly colleagues: readonly Colleague[];
  readonly names: { readonly contact: string; readonly agent: string };
  /** One of them was chosen for a mention. */
  readonly pick: (colleague: Colleague) => void;
}

type Host = ReactiveControllerHost & HTMLElement;

export class Completing implements ReactiveController {
  readonly #host: Host;
  readonly #sources: () => Sources | null;
  #trigger: Trigger | null = null;
  #at = 0;
  /** Where one has closed it: it stays closed for that word. */
  #dismissed = -1;

  constructor(host: Host, sources: () => Sources | null) {
    this.#host = host;
    this.#sources = sources;
    host.addController(this);
  }

  hostUpdated(): void {
    if (this.#trigger === null) return;
    this.#root.querySelector(".completions [data-at]")?.scrollIntoView({ block: "nearest" });
  }

  /** What the field's attributes say of the list; null while it is closed. */
  get open(): { readonly list: string; readonly option: string } | null {
    const count = this.#suggestions().length;
    return count === 0 ? null : { list: "completions", option: `completion-${Math.min(this.#at, count - 1)}` };
  }

  template(): TemplateResult | typeof nothing {
    const all = this.#suggestions();
    const trigger = this.#trigger;
    if (all.length === 0 || trigger === null) return nothing;
    const title =
      trigger.kind === "mention"
        ? words("mentionWhom")
        : trigger.typed === ""
          ? words("canned")
          : words("cannedFor", { typed: trigger.typed });
    return completions({ title, all, at: Math.min(this.#at, all.length - 1), take: (n) => this.#take(n) });
  }

  /** For those who work by touch; nothing where there is nothing to choose from. */
  button(): TemplateResult | typeof nothing {
    const sources = this.#sources();
    if (sources === null) return nothing;
    const { isNoting, colleagues, cannedReplies } = sources;
    if ((isNoting ? colleagues : inUse(cannedReplies)).length === 0) return nothing;
    const label = words(isNoting ? "mentionWhom" : "canned");
    return html`<button type="button" class="icon begin" aria-label=${label} title=${label} @click=${() => this.begin()}>
      <span aria-hidden="true">${isNoting ? "@" : "/"}</span>
    </button>`;
  }

  /** The caret or the text has changed. It opens by typing alone: a draft may end in what asks for it. */
  readonly look = (event: Event): void => {
    const field = event.target as HTMLTextAreaElement;
    if (!(field instanceof HTMLTextAreaElement) || ("isComposing" in event && event.isComposing === true)) return;
    const sources = this.#sources();
    const hasSelection = field.selectionStart !== field.selectionEnd;
    const next =
      sources === null || hasSelection ? null : triggerAt(field.value, field.selectionStart, sources.isNoting);
    if (next?.from !== this.#dismissed) this.#dismissed = -1;
    if (next?.typed !== this.#trigger?.typed || next?.from !== this.#trigger?.from) this.#at = 0;
    const isShut = next?.from === this.#dismissed || (event.type !== "input" && this.#trigger === null);
    this.#become(isShut ? null : next);
  };

  readonly close = (): void => this.#become(null);

  /** Before the composer sees the key. */
  readonly key = (event: KeyboardEvent): void => {
    const count = this.#suggestions().length;
    if (count === 0 || event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) this.#at = (Math.min(this.#at, count - 1) + step + count) % count;
    else if (event.key === "Enter" || event.key === "Tab") this.#take(Math.min(this.#at, count - 1));
    else if (event.key === "Escape") this.#dismiss();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#host.requestUpdate();
  };

  /** Types its sign into the field: for those who work by touch. */
  begin(): void {
    const field = this.#field;
    if (field === null) return;
    field.focus();
    const isApart = field.selectionStart === 0 || /\s/.test(field.value[field.selectionStart - 1] ?? "");
    const sign = this.#sources()?.isNoting ? "@" : "/";
    insert(field, field.selectionStart, field.selectionEnd, isApart ? sign : ` ${sign}`);
  }

  #dismiss(): void {
    this.#dismissed = this.#trigger?.from ?? -1;
    this.#become(null);
  }

  #suggestions(): readonly Suggestion[] {
    const [sources, trigger] = [this.#sources(), this.#trigger];
    if (sources === null || trigger === null || (trigger.kind === "mention") !== sources.isNoting) return [];
    if (trigger.kind === "mention") {
      return colleaguesFor(sources.colleagues, trigger.typed).map(({ item, from, to }) => {
        const taken = () => sources.pick(item);
        return {
          label: item.name,
          sign: "@",
          meaning: words(item.role),
          from,
          to,
          inserted: () => mention(item),
          taken,
        };
      });
    }
    return cannedFor(sources.cannedReplies, trigger.typed).map(({ item, from, to }) => {
      const inserted = () => filled(item, sources.names);
      return { label: item.name, sign: "/", meaning: item.text, from, to, inserted, taken: () => undefined };
    });
  }

  #take(n: number): void {
    const [suggestion, trigger, field] = [this.#suggestions()[n], this.#trigger, this.#field];
    if (suggestion === undefined || trigger === null || field === null) return;
    const { text, from, to }: Inserted = suggestion.inserted();
    suggestion.taken();
    this.#become(null);
    field.focus();
    insert(field, trigger.from, trigger.to, text);
    field.setSelectionRange(trigger.from + from, trigger.from + to);
    this.#become(null);
  }

  #become(trigger: Trigger | null): void {
    this.#trigger = trigger;
    this.#host.requestUpdate();
  }

  get #field(): HTMLTextAreaElement | null {
    return this.#root.querySelector(".writing textarea");
  }

  get #root(): ParentNode {
    return this.#host.shadowRoot ?? this.#host;
  }
}

/** As if it were typed, so that it can be undone; the browser tells the field that it has changed. */
function insert(field: HTMLTextAreaElement, from: number, to: number, text: string): void {
  field.setSelectionRange(from, to);
  if (text !== "" && field.ownerDocument.execCommand?.("insertText", false, text)) return;
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}
