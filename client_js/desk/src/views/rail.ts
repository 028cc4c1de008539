/** The rail: places, and who one is. Only what exists is there, and only for roles that have it. */

import type { wire } from "@intervene/client";
import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Me } from "../core/dock.ts";
import { type Place, pathOf } from "../core/route.ts";
import type { Menus } from "../menu.ts";
import { PLACES } from "../places/index.ts";
import { words } from "../words.ts";
import { logo, presenceDot } from "./parts.ts";

export interface Account {
  /** How colleagues see a person; null until the server has said. */
  readonly presence: (id: string) => wire.Availability | null;
  readonly setPresence: (presence: wire.Choice) => void;
  readonly open: () => void;
  readonly shortcuts: () => void;
  readonly signOut: () => void;
}

export interface RailOptions extends Account {
  readonly me: Me;
  readonly menus: Menus;
  readonly place: Place;
}

export function rail({ me, menus, place, ...account }: RailOptions): TemplateResult {
  const there = PLACES.filter(({ roles }) => roles.includes(me.role));
  return html`<nav class="rail" aria-label=${words("main")}>
    ${logo()} ${link("conversations", icons.chats, words("conversations"), place)}
    ${there.map((info) => link(info.place, info.icon, words(info.label), place))}
    <div class="end">${accountMenu("account", me, menus, account)}</div>
  </nav>`;
}

function link(to: Place, path: string, label: string, place: Place): TemplateResult {
  return html`<a href=${pathOf(to)} aria-label=${label} title=${label} aria-current=${to === place ? "page" : nothing}>
    ${icon(path, { size: 20 })}<span class="only-s" aria-hidden="true">${label}</span>
  </a>`;
}

/** Who one is, how colleagues see one, and the way out. There is one in the rail, and one above the list of a narrow desk. */
export function accountMenu(name: string, me: Me, menus: Menus, acts: Account): TemplateResult {
  const who = { name: me.name, role: words(me.role) };
  const presence = acts.presence(me.id);
  const shown = presence ?? "available";
  return menus.template({
    name,
    label:
      presence === null
        ? words("account", who)
        : words("accountSeen", { ...who, presence: words(shown === "offline" ? "offlineNow" : shown) }),
    face: html`${mark("you", { name: me.name, size: 28 })}${presence === null ? nothing : presenceDot(shown)}`,
    look: "icon me",
    items: [
      // From the start: items that come later would move those below from under a pointer.
      ...CHOICES.map((choice) => presenceItem(choice, presence, acts)),
      { label: words("myAccount"), isApart: true, meaning: words("me", who), icon: icon(icons.user), act: acts.open },
      { label: words("shortcuts"), meaning: "", icon: icon(icons.info), act: acts.shortcuts },
      {
        label: words("signOut"),
        meaning: words("signOutMeans"),
        icon: icon(icons.leave, { mirrors: true }),
        act: acts.signOut,
      },
    ],
  });
}

const CHOICES = ["available", "busy"] as const;

/** Whoever is away by itself has chosen one of the two before; input brings that back. */
function presenceItem(choice: wire.Choice, shown: wire.Availability | null, { setPresence }: Account) {
  return {
    label: words(choice),
    meaning: words(`${choice}Means`),
    icon: html`<span class="i">${presenceDot(choice)}</span>`,
    isChosen: choice === shown,
    act: () => setPresence(choice),
  };
}
