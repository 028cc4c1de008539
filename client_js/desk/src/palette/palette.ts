/** The command palette: a field, and below it what one can do and where one can go. Arrows move, Enter does it. */

import { base, deskBase, icon, icons } from "@intervene/ui";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { Asked } from "../contacts/asked.ts";
import type { Me } from "../core/dock.ts";
import type { Found } from "../core/finding.ts";
import type { Shortcut } from "../core/keys.ts";
import { ALL, type Filter, queuesOf, TABS } from "../core/lists.ts";
import { choicesOf, type Entry, entriesOf, type Group, type ShownGroup, shownGroups } from "../core/palette.ts";
import { pathOf } from "../core/route.ts";
import type { Doing } from "../doing.ts";
import { Search } from "../places/contacts/search.ts";
import { PLACES } from "../places/index.ts";
import type { Session } from "../session.ts";
import { controls, forms } from "../styles.ts";
import { highlighted } from "../views/ask.ts";
import { TAB_NAMES } from "../views/list.ts";
import { actionIcon, keyOf } from "../views/parts.ts";
import { contactName, words } from "../words.ts";

export interface PaletteParts {
  readonly me: Me;
  readonly session: Session;
  readonly doing: Doing;
  readonly filter: Filter;
  readonly go: (path: string) => void;
  readonly does: (shortcut: Shortcut) => void;
}

const TAB_KEYS: Readonly<Partial<Record<(typeof TABS)[number], Shortcut>>> = {
  mine: "mine",
  waiting: "waits",
  bot: "bots",
  all: "all",
};

export class Palette extends LitElement {
  static override styles = [base, deskBase, controls, forms, looks()];

  #parts: PaletteParts | null = null;
  #typed = "";
  #at = 0;
  readonly #people = new Search(
    () => new Asked((this.#parts as PaletteParts).session.api),
    () => this.requestUpdate(),
    () => undefined,
  );

  get isOpen(): boolean {
    return this.#dialog?.open ?? false;
  }

  /** At once: the next key is typed into it. */
  open(parts: PaletteParts, typed: string): void {
    if (this.isOpen) return;
    this.#parts = parts;
    this.#type(typed);
    this.performUpdate();
    this.#dialog?.showModal();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.#parts === null) return nothing;
    const groups = shownGroups(this.#groups(this.#parts), this.#typed);
    const count = groups.reduce((sum, { entries }) => sum + entries.length, 0);
    const at = Math.min(this.#at, count - 1);
    return html`<dialog aria-label=${words("palette")} @close=${this.#left} @click=${leave}>
      ${this.#field(groups, count, at)}
      ${
        count === 0
          ? html`<p class="none" role="status">${words("noneFound")}</p>`
          : html`<div id="entries" role="listbox" aria-label=${words("palette")}>${listed(groups, at, (entry) => this.#take(entry))}</div>`
      }
      <footer aria-hidden="true">
        <span><span class="keys"><kbd>↑</kbd><kbd>↓</kbd></span>${words("paletteMove")}</span>
        <span><span class="keys"><kbd>Enter</kbd></span>${words("paletteDo")}</span>
        <span><span class="keys"><kbd>Esc</kbd></span>${words("paletteClose")}</span>
      </footer>
    </dialog>`;
  }

  #field(groups: readonly ShownGroup[], count: number, at: number): TemplateResult {
    const pressed = (event: KeyboardEvent) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.isComposing || (step === undefined && event.key !== "Enter")) return;
      event.preventDefault();
      if (step !== undefined) this.#move(at + step, count);
      else this.#take(groups.flatMap(({ entries }) => entries)[at]?.item);
    };
    return html`<label class="q">${icon(icons.search, { size: 20 })}<input
      type="text" role="combobox" autofocus autocomplete="off" spellcheck="false" maxlength="100" dir="auto"
      aria-label=${words("palette")} placeholder=${words("palettePlaceholder")} aria-expanded="true" aria-autocomplete="list"
      aria-controls="entries" aria-activedescendant=${count === 0 ? nothing : `entry-${at}`}
      .value=${live(this.#typed)} @input=${(event: Event) => this.#type((event.currentTarget as HTMLInputElement).value)} @keydown=${pressed}
    /></label>`;
  }

  // -- what is offered ------------------------------------------------------------------------------------------------

  #groups(parts: PaletteParts): readonly Group[] {
    return [
      ...this.#here(parts),
      { title: words("paletteGo"), entries: ways(parts) },
      ...rows(parts),
      this.#contacts(parts),
    ];
  }

  #here({ session, doing, does }: PaletteParts): readonly Group[] {
    const { conversation } = session;
    if (conversation === null) return [];
    const offers = doing.offers(conversation);
    const take = (offer: (typeof offers)[number]) => doing.take(offer, [conversation]);
    const title = words("paletteHere", { name: contactName(conversation.contact) });
    const isTheirs = conversation.holder.type === "agent" && conversation.holder.id === session.state.me?.id;
    const intervene = entry(
      words(conversation.holder.type === "nobody" ? "pickUp" : "intervene"),
      icons.take,
      "take",
      () => does("take"),
    );
    const takes = conversation.is_open && !isTheirs && conversation.holder.type !== "agent" ? [intervene] : [];
    const notes = entry(words("note"), icons.note, "note", () => does("note"));
    return [
      { title, entries: [...takes, notes, ...entriesOf(offers, take)] },
      { title: words("paletteChoices"), entries: choicesOf(offers, take), isFoundOnly: true },
    ];
  }

  #contacts({ go }: PaletteParts): Group {
    const { state, query } = this.#people;
    const found = state.kind === "here" && query.trim() !== "" ? [...state.value.exact, ...state.value.named] : [];
    const entries = found.map((contact) =>
      entry(contactName(contact), icons.user, null, () => go(pathOf("contacts", contact.id))),
    );
    return { title: words("contacts"), entries, isFoundOnly: true, isFound: true };
  }

  // -- what is done ---------------------------------------------------------------------------------------------------

  #type(typed: string): void {
    this.#typed = typed;
    this.#at = 0;
    if (typed.trim() === "") this.#people.stop();
    else this.#people.type(typed);
    this.requestUpdate();
  }

  #move(to: number, count: number): void {
    this.#at = count === 0 ? 0 : (to + count) % count;
    this.requestUpdate();
  }

  /** The focus goes back to where it was, and then where what is done puts it. */
  #take(chosen: Entry | undefined): void {
    if (chosen === undefined) return;
    this.#dialog?.close();
    chosen.act();
  }

  readonly #left = (): void => {
    this.#people.stop();
    this.#parts = null;
    this.requestUpdate();
  };

  protected override updated(): void {
    this.#dialog?.querySelector("[data-at]")?.scrollIntoView({ block: "nearest" });
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }
}

function entry(label: string, path: string, shortcut: Shortcut | null, act: () => void, meaning = ""): Entry {
  return { label, icon: path, shortcut, act, meaning };
}

/** Places, lists and queues. */
function ways({ me, session, filter, go, does }: PaletteParts): readonly Entry[] {
  const places = PLACES.filter(({ roles }) => roles.includes(me.role)).map((info) =>
    entry(words(info.label), info.icon, null, () => go(pathOf(info.place))),
  );
  const tabs = TABS.map((tab) => {
    const shortcut = TAB_KEYS[tab] ?? null;
    const act = () => (shortcut === null ? go(pathOf("conversations", null, { ...filter, tab })) : does(shortcut));
    return entry(words(TAB_NAMES[tab]), icons.chats, shortcut, act);
  });
  const queues = queuesOf(me, session.state.settings).map(({ id, name }) =>
    entry(words("queueOf", { name }), icons.tray, null, () => go(pathOf("conversations", null, { ...ALL, queue: id }))),
  );
  const help = entry(words("shortcuts"), icons.info, "help", () => does("help"));
  return [...tabs, ...places, ...queues, help];
}

/** Conversations that are known here: what is listed, what waits, and one's own. */
function rows({ session, filter, go }: PaletteParts): readonly Group[] {
  const { list } = session.state;
  const { waiting, mine } = session.called;
  const all = new Map([...waiting.shown.rows, ...mine.shown.rows, ...list.rows].map((row) => [row.id, row]));
  const entries = [...all.values()].map((row) =>
    entry(
      contactName(row.contact),
      icons.chats,
      null,
      () => go(pathOf("conversations", row.id, filter)),
      row.holder.type === "nobody"
        ? words(row.is_open ? "waits" : "closed")
        : words("answers", { name: row.holder.name }),
    ),
  );
  return [{ title: words("conversations"), entries, isFoundOnly: true }];
}

function listed(groups: readonly ShownGroup[], at: number, take: (entry: Entry) => void): readonly TemplateResult[] {
  let n = 0;
  return groups.map(({ title, entries }) => {
    const id = `group-${n}`;
    return html`<div role="group" aria-labelledby=${id}>
      <h3 id=${id} role="presentation">${title}</h3>
      ${entries.map((found) => {
        const here = n;
        n += 1;
        return option(found, here, here === at, take);
      })}
    </div>`;
  });
}

function option(
  { item, from, to }: Found<Entry>,
  n: number,
  isAt: boolean,
  take: (entry: Entry) => void,
): TemplateResult {
  const { label, meaning, icon: path, shortcut } = item;
  return html`<div id="entry-${n}" role="option" class="mi" aria-selected=${isAt} data-at=${isAt ? "" : nothing} @click=${() => take(item)}>
    ${actionIcon(path)}<span class="grow"><bdi>${highlighted(label, from, to)}</bdi></span>
    ${meaning === "" ? nothing : html`<span class="muted">${meaning}</span>`}
    ${shortcut === null ? nothing : pressed(shortcut)}
  </div>`;
}

const TAB_DIGITS: Readonly<Partial<Record<Shortcut, string>>> = { mine: "1", waits: "2", bots: "3", all: "4" };

function pressed(shortcut: Shortcut): TemplateResult {
  if (shortcut === "help") return html`<span class="keys"><kbd>?</kbd></span>`;
  return html`<span class="keys"><kbd>Alt</kbd><kbd>${TAB_DIGITS[shortcut] ?? keyOf(shortcut)}</kbd></span>`;
}

/** A press beside the dialog closes it. */
function leave(event: MouseEvent): void {
  if (event.target === event.currentTarget) (event.currentTarget as HTMLDialogElement).close();
}

function looks() {
  return css`
    dialog { padding: 0; inline-size: min(600px, calc(100vw - 32px)); margin-block-start: min(12dvh, 120px); overflow: hidden; }
    .q { display: flex; align-items: center; gap: var(--iv-s4); padding-inline: var(--iv-s5); border-block-end: 1px solid var(--iv-line); } .q .i { color: var(--iv-text-3); }
    .q input { flex: 1; min-inline-size: 0; min-block-size: 56px; border: 0; outline: 0; background: none; color: inherit; font: 400 1rem/1.5rem var(--iv-font); }
    #entries { max-block-size: min(420px, 56dvh); overflow: hidden auto; scrollbar-width: thin; padding: var(--iv-s3); }
    h3 { font: var(--iv-t11); color: var(--iv-text-3); padding: var(--iv-s3) var(--iv-s3) var(--iv-s2); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .mi { min-block-size: max(36px, var(--iv-hit)); cursor: pointer; font: var(--iv-t13); } .mi .grow { min-inline-size: 0; overflow-wrap: anywhere; } .mi .muted { font: var(--iv-t12); }
    .mi[data-at] { background: var(--iv-sunken); box-shadow: inset 3px 0 0 var(--iv-focus); } .mi[data-at]:dir(rtl) { box-shadow: inset -3px 0 0 var(--iv-focus); }
    .hit { background: none; color: var(--iv-you-ink); font-weight: 600; }
    .none { padding: var(--iv-s6); color: var(--iv-text-2); text-align: center; }
    footer { display: flex; gap: var(--iv-s5); padding: var(--iv-s3) var(--iv-s5); border-block-start: 1px solid var(--iv-line); font: var(--iv-t12); color: var(--iv-text-2); background: var(--iv-bg); } footer > span { display: inline-flex; gap: 6px; align-items: center; }
    @media (max-width: 719px) { .keys, footer { display: none; } .mi { min-block-size: 44px; } dialog { margin-block-start: 8px; } }
    @media (forced-colors: active) { .mi[data-at] { outline: 2px solid Highlight; outline-offset: -2px; } }
  `;
}

customElements.define("intervene-palette", Palette);
