/** A tile: a bot at work in one conversation, what it writes, and the way to take over. */

import type { wire } from "@intervene/client";
import { icon, icons, mark } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { pathOf } from "../../core/route.ts";
import { nameOf, type Snapshot } from "../../core/settings.ts";
import { contactName, times } from "../../words.ts";
import { doingOf, needsLook } from "./look.ts";
import { said } from "./words.ts";

export interface TileOptions {
  readonly settings: Snapshot;
  readonly tails: ReadonlyMap<string, string>;
  /** Those that no bot has any more: they stay until tiles may move. */
  readonly gone: ReadonlySet<string>;
  /** The server's clock. */
  readonly now: number;
  readonly intervene: (conversation: string) => void;
}

/** What stands in an `li` of its own. */
export function tile(row: wire.Row, options: TileOptions): TemplateResult {
  const { settings, tails, gone, intervene } = options;
  const tail = gone.has(row.id) ? "" : (tails.get(row.id) ?? "");
  const name = contactName(row.contact);
  const bot = row.holder.type === "bot" ? row.holder.name : "";
  return html`<div class="head">
      ${mark("bot", { size: 28, isLive: tail !== "" })}
      <div class="grow">
        <a class="name clip" href=${pathOf("conversations", row.id)} aria-describedby="about-${row.id}"><bdi>${name}</bdi></a>
        <small>${icon(icons.webchat, { size: 12 })}<span class="vh">${channelOf(row, settings)}</span><bdi class="clip">${bot}</bdi></small>
      </div>
    </div>
    ${words(row, tail)}
    <div class="foot" id="about-${row.id}">
      ${gone.has(row.id) ? html`<span>${said("isGone")}</span>` : doing(row, tail !== "", options.now)}
      ${
        gone.has(row.id)
          ? nothing
          : html`<button type="button" class="btn main" aria-label=${said("interveneIn", { name })} @click=${() => intervene(row.id)}>
              ${icon(icons.take)}${said("intervene")}
            </button>`
      }
    </div>`;
}

/** The live end of a reply, cut at its start so that its last words are seen; or what was said last. */
function words({ last }: wire.Row, tail: string): TemplateResult {
  if (tail !== "") {
    return html`<p class="live" aria-hidden="true"><span dir="auto">${tail}<i class="caret"></i></span></p>`;
  }
  if (last == null || last.text === "") return html`<p class="silent">${said("nothingSaid")}</p>`;
  return last.by === "contact"
    ? html`<p>${said.rich("quoted", { text: last.text })}</p>`
    : html`<p dir="auto">${last.text}</p>`;
}

function doing(row: wire.Row, isWriting: boolean, now: number): TemplateResult {
  const { what, since } = doingOf(row, isWriting);
  const took = Math.max(0, now - since);
  // A name that changes each second is read each second.
  const time =
    since === 0
      ? nothing
      : html`<span class="num" aria-hidden="true"><bdi>${times.duration(took)}</bdi></span><span class="vh">${times.minutes(took)}</span>`;
  if (needsLook(row, isWriting, now)) {
    const both = [said("noAnswer", { time: times.duration(took) }), said("noAnswer", { time: times.minutes(took) })];
    return html`<span class="why">${icon(icons.alert, { size: 14 })}<span aria-hidden="true">${both[0]}</span><span class="vh">${both[1]}</span></span>`;
  }
  if (what === "writing") {
    return html`<span>${said("isWriting")}</span><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${time}`;
  }
  return html`<span>${said(what === "silent" ? "isSilent" : "isWaiting")}</span>${time}`;
}

function channelOf({ channel }: wire.Row, { channels }: Snapshot): string {
  return nameOf(channels, channel) || (channel === "webchat" ? said("webchat") : channel);
}
