/** Above the thread: whose conversation it is, who watches, who answers now, and what else can be done. */

import type { wire } from "@intervene/client";
import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Dock, Move } from "../core/dock.ts";
import type { Shortcut } from "../core/keys.ts";
import type { Open } from "../core/open.ts";
import { type Look, lookOf } from "../core/rows.ts";
import type { Menus } from "../menu.ts";
import { contactName, listed, words } from "../words.ts";
import { lookMark } from "./list.ts";
import { keys } from "./parts.ts";

const MOST_MARKS = 3;

const MOVES: Readonly<Record<Move, readonly [path: string, shortcut: Shortcut | null]>> = {
  hand_back: [icons.handback, "back"],
  release: [icons.tray, null],
  close: [icons.check, "close"],
  reopen: [icons.undo, null],
};

export interface HeaderOptions {
  readonly open: Open;
  readonly state: wire.StaffState;
  readonly me: wire.Agent | { readonly id: string };
  readonly dock: Dock;
  readonly menus: Menus;
  readonly back: (event: Event) => void;
  readonly move: (move: Move) => void;
}

export function header({ open, state, me, dock, menus, back, move }: HeaderOptions): TemplateResult {
  const { contact, channel, holder, is_open } = state;
  const look = lookOf(holder, is_open, me.id);
  return html`<header class="bar">
    <button type="button" class="icon only-s" aria-label=${words("backToList")} title=${words("backToList")} @click=${back}>
      ${icon(icons.back, { size: 20, mirrors: true })}
    </button>
    <div class="grow">
      <h1 class="clip" tabindex="-1"><bdi>${contactName(contact)}</bdi></h1>
      <div class="sub">
        ${icon(icons.webchat, { size: 14 })}<span class="not-s">${channelName(channel)}</span>
        ${open.here === null ? nothing : presence(open.here.contact)}
      </div>
    </div>
    ${open.here === null ? nothing : watchers(open.here, me.id)}
    ${holderPill(look, holder.type === "nobody" ? "" : holder.name)}
    ${dock.moves.length === 0 ? nothing : moves(dock.moves, menus, move)}
  </header>`;
}

export function channelName(channel: string): string {
  return channel === "webchat" ? words("webchat") : channel;
}

function presence(isHere: boolean): TemplateResult {
  return html`<span class="presence ${isHere ? "here" : ""}"><i aria-hidden="true"></i>${words(isHere ? "present" : "absent")}</span>`;
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

function holderPill(look: Look, name: string): TemplateResult {
  const sentence = {
    bot: words.rich("answers", { name }),
    other: words.rich("answers", { name }),
    you: words("youAnswer"),
    wait: words("waits"),
    closed: words("closed"),
  }[look];
  return html`<span class="holder ${look}">${lookMark(look, name, 20)}<span class="clip">${sentence}</span></span>`;
}

function moves(offered: readonly Move[], menus: Menus, act: (move: Move) => void): TemplateResult {
  return menus.template({
    name: "moves",
    label: words("more"),
    face: icon(icons.dots),
    look: "icon",
    items: offered.map((move) => {
      const [path, shortcut] = MOVES[move];
      return {
        label: words(move),
        meaning: words(`${move}Means`),
        icon: icon(path, { mirrors: move === "hand_back" || move === "reopen" }),
        keys: shortcut === null ? undefined : (keys(shortcut) as TemplateResult),
        act: () => act(move),
      };
    }),
  });
}
