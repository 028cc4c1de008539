/** Above the thread: whose conversation it is, who watches, who answers now, and what else can be done. */

import type { wire } from "@intervene/client";
import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { ActionKind, Offer } from "../core/actions.ts";
import type { Open } from "../core/open.ts";
import { type Look, lookOf } from "../core/rows.ts";
import type { StatusRow } from "../core/settings.ts";
import type { MenuItem, Menus } from "../menu.ts";
import { contactName, listed, words } from "../words.ts";
import { statusTag } from "./ask.ts";
import { actionIcon, keys } from "./parts.ts";
import { lookMark } from "./row.ts";

const MOST_MARKS = 3;

/** What stands behind a line in the menu, and what says there what follows from it. */
const APART: ReadonlySet<ActionKind> = new Set(["send_bot", "transcript", "close", "reopen", "hand_back"]);
const EXPLAINED: ReadonlySet<ActionKind> = new Set(["queue", "block", "hand_back", "release", "close", "reopen"]);

export interface HeaderOptions {
  readonly open: Open;
  readonly state: wire.StaffState;
  readonly me: wire.Agent | { readonly id: string };
  readonly menus: Menus;
  readonly back: (event: Event) => void;
  /** Null while it has none. */
  readonly status: Pick<StatusRow, "name" | "colour"> | null;
  readonly offers: readonly Offer[];
  readonly take: (offer: Offer) => void;
  readonly panel: Panel;
}

/** The contact panel. */
export interface Panel {
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

export function header({ open, state, me, menus, back, status, offers, take, panel }: HeaderOptions): TemplateResult {
  const { contact, channel, holder, is_open } = state;
  const look = lookOf(holder, is_open, me.id);
  return html`<header class="bar" @contextmenu=${(event: Event) => showMenu(event, menus)}>
    <button type="button" class="icon only-s" aria-label=${words("backToList")} title=${words("backToList")} @click=${back}>
      ${icon(icons.back, { size: 20, mirrors: true })}
    </button>
    <div class="grow">
      <h1 class="clip" tabindex="-1"><bdi>${contactName(contact)}</bdi></h1>
      <div class="sub">
        ${icon(icons.webchat, { size: 14 })}<span class="not-s">${channelName(channel)}</span>
        ${status === null ? nothing : html`<span class="status">${statusTag(status.colour)}<bdi class="clip">${status.name}</bdi></span>`}
        ${open.here === null ? nothing : presence(open.here.contact)}
      </div>
    </div>
    ${open.here === null ? nothing : watchers(open.here, me.id)}
    ${holderPill(look, holder.type === "nobody" ? "" : holder.name)}
    ${offers.length === 0 ? nothing : actions(offers, menus, take)}
    ${panelButton(panel)}
  </header>`;
}

function panelButton({ isOpen, toggle }: Panel): TemplateResult {
  const label = words("contactPanel");
  return html`<button type="button" class="icon" aria-label=${label} title=${label} aria-controls="context" aria-expanded=${isOpen}
    aria-keyshortcuts="Alt+C" @click=${toggle}>${icon(icons.panel, { mirrors: true })}</button>`;
}

export function channelName(channel: string): string {
  return channel === "webchat" ? words("webchat") : channel;
}

function presence(isHere: boolean): TemplateResult {
  const label = words(isHere ? "present" : "absent");
  return html`<span class="presence ${isHere ? "here" : ""}" title=${label}><i aria-hidden="true"></i><span>${label}</span></span>`;
}

/** The agents who watch beside us. Of many the server names some and counts all. */
function watchers({ agents, count = 0 }: wire.Here, me: string): TemplateResult | typeof nothing {
  const others = agents.filter(({ id }) => id !== me);
  const unnamed = Math.max(0, count - 1 - others.length); // all but oneself
  if (others.length === 0) return nothing;
  const shown = others.slice(0, MOST_MARKS);
  const rest = others.length - shown.length + unnamed;
  const names = others.map(({ name }) => name);
  const sentence =
    names.length === 1 && unnamed === 0
      ? words("watches", { name: names[0] ?? "" })
      : words("watch", { names: listed(unnamed > 0 ? [...names, words("moreWatching", { n: unnamed })] : names) });
  return html`<span class="watch" title=${sentence}>
    ${icon(icons.eye, { size: 14 })}${shown.map(({ name }) => mark("other", { name, size: 20 }))}
    ${rest > 0 ? html`<span class="num" aria-hidden="true">+${rest}</span>` : nothing}<span class="vh">${sentence}</span>
  </span>`;
}

/** A narrow desk has room for the name alone: the shape beside it says the rest. */
function holderPill(look: Look, name: string): TemplateResult {
  const sentence = {
    bot: words.rich("answers", { name }),
    other: words.rich("answers", { name }),
    you: words("youAnswer"),
    wait: words("waits"),
    closed: words("closed"),
  }[look];
  const short = { bot: name, other: name, you: words("you"), wait: words("waits"), closed: words("closed") }[look];
  return html`<span class="holder ${look}">${lookMark(look, name, 20)}<span class="clip not-s">${sentence}</span>
    <bdi class="clip only-s" aria-hidden="true">${short}</bdi><span class="vh only-s">${sentence}</span></span>`;
}

const MENU = "actions";

/** The three dots of the header; those of a row have the same items. */
function actions(offers: readonly Offer[], menus: Menus, take: (offer: Offer) => void): TemplateResult {
  return menus.template({
    name: MENU,
    label: words("more"),
    face: icon(icons.dots),
    look: "icon",
    items: menuItems(offers, take),
  });
}

/** Offers as the items of a menu, in groups. */
export function menuItems(offers: readonly Offer[], take: (offer: Offer) => void): readonly MenuItem[] {
  return offers.map((offer, n) => {
    const { kind, label, meaning, icon: path, shortcut, action } = offer;
    const isApart = n > 0 && APART.has(kind) && !(kind === "transcript" && offers[n - 1]?.kind === "send_bot");
    return {
      label: action === null ? `${label}…` : label,
      meaning: EXPLAINED.has(kind) ? meaning : "",
      icon: actionIcon(path),
      keys: shortcut === null ? undefined : (keys(shortcut) as TemplateResult),
      isApart,
      isGrave: kind === "block",
      act: () => take(offer),
    };
  });
}

/** The context menu key, and the second button of a mouse where nothing is selected. */
function showMenu(event: Event, menus: Menus): void {
  if (getSelection()?.isCollapsed === false) return;
  event.preventDefault();
  menus.open(MENU);
}
