/** The rail: places, and who one is. Only what exists is there. */

import { icon, icons, mark } from "@intervene/ui";
import { html, type TemplateResult } from "lit";
import type { Me } from "../core/dock.ts";
import { pathOf } from "../core/route.ts";
import type { Menus } from "../menu.ts";
import { words } from "../words.ts";
import { logo } from "./parts.ts";

export interface Account {
  readonly signOut: () => void;
  readonly shortcuts: () => void;
}

export function rail({ me, menus, ...account }: { readonly me: Me; readonly menus: Menus } & Account): TemplateResult {
  return html`<nav class="rail" aria-label=${words("main")}>
    ${logo()}
    <a href=${pathOf(null)} aria-label=${words("conversations")} title=${words("conversations")} aria-current="page">
      ${icon(icons.chats, { size: 20 })}
    </a>
    <div class="end">${accountMenu("account", me, menus, account)}</div>
  </nav>`;
}

/** Who one is, and the way out. `name`: there is one in the rail, and one above the list of a narrow desk. */
export function accountMenu(name: string, me: Me, menus: Menus, { signOut, shortcuts }: Account): TemplateResult {
  const who = { name: me.name, role: words(me.role) };
  return menus.template({
    name,
    label: words("account", who),
    face: mark("you", { name: me.name, size: 28 }),
    look: "icon me",
    items: [
      { label: words("shortcuts"), meaning: words("me", who), icon: icon(icons.info), act: shortcuts },
      { label: words("signOut"), meaning: words("signOutMeans"), icon: icon(icons.user), act: signOut },
    ],
  });
}
