/** Of what the wall is: one queue or all, and whether it has the whole screen. */

import type { wire } from "@intervene/client";
import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import type { Me } from "../../core/dock.ts";
import { queuesOf } from "../../core/lists.ts";
import { nameOf } from "../../core/settings.ts";
import type { MenuItem, Menus } from "../../menu.ts";
import type { Session } from "../../session.ts";
import { said } from "./words.ts";

export interface QueueOptions {
  readonly me: Me;
  readonly session: Session;
  readonly menus: Menus;
  /** The one that is shown; "" for all. */
  readonly queue: string;
  readonly choose: (queue: string) => void;
}

/** Nothing where there is no choice. */
export function queues({ me, session, menus, queue, choose }: QueueOptions): TemplateResult | typeof nothing {
  const settings = session.settings.get();
  const all = queuesOf(me, settings);
  if (all.length < 2 && queue === "") return nothing;
  const name = queue === "" ? said("allQueues") : nameOf(settings.queues, queue) || queue;
  const item = (id: string, label: string): MenuItem => ({
    label,
    meaning: "",
    icon: icon(id === queue ? icons.check : icons.tray),
    act: () => choose(id),
  });
  return menus.template({
    name: "queues",
    label: said("queueOf", { name }),
    look: "btn",
    face: html`${icon(icons.tray)}<span class="clip">${name}</span>${icon(icons.down)}`,
    items: [item("", said("allQueues")), ...all.map(({ id, name: label }) => item(id, label))],
  });
}

/** How many conversations are open with whom, in one queue or in all. */
export function sumsOf(counts: wire.Counts, queue: string): Readonly<Record<"bot" | "waiting" | "agent", number>> {
  const { bot = 0, waiting = 0, agent = 0 } = queue === "" ? counts : (counts.queues?.[queue] ?? {});
  return { bot, waiting, agent };
}

/** For a screen on a wall. A browser that does not offer it has no button. */
export function wholeScreen(host: HTMLElement & { requestUpdate(): void }): TemplateResult | typeof nothing {
  if (!document.fullscreenEnabled) return nothing;
  const isWhole = document.fullscreenElement !== null;
  const label = said(isWhole ? "leaveWhole" : "whole");
  const turn = async () => {
    await (isWhole ? document.exitFullscreen() : host.requestFullscreen()).catch(() => undefined);
    host.requestUpdate();
  };
  return html`<button type="button" class="icon whole" aria-label=${label} title=${label} aria-pressed=${isWhole} @click=${turn}>
    ${icon(isWhole ? icons.shrink : icons.grow)}
  </button>`;
}
