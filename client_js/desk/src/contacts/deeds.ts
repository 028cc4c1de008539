/** The action history in sentences, the newest first. */

import type { wire } from "@intervene/client";
import { icon, icons, mark, type Rich } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { type Action, holderBefore, type Times } from "../core/history.ts";
import { pathOf } from "../core/route.ts";
import type { Summary } from "../core/summary.ts";
import { facts } from "../views/facts.ts";
import { listed, series, times } from "../words.ts";
import { shownValue } from "./editing.ts";
import { channelNamed, type Known, moment, who, whom } from "./names.ts";
import { said } from "./words.ts";

type Body<K extends Action["body"]["kind"]> = Extract<Action["body"], { readonly kind: K }>;

/**
 * The newest `most` of them. `takeovers`: times that this page has received, by epoch; they are newer than those of an
 * action. `before`: what there was when an epoch began, where it began with a takeover from a bot and that is known.
 */
export function deeds(
  actions: readonly Action[],
  most: number,
  takeovers: ReadonlyMap<number, Times>,
  before: (epoch: number) => Summary | null,
  known: Known,
): TemplateResult {
  return html`<ol class="acts">${actions.slice(0, most).map((action, n) => {
    const measured = action.action === "intervene" ? (takeovers.get(action.epoch) ?? action.times ?? null) : null;
    const more = [why(action), measured === null ? "" : timesOf(measured, holderBefore(actions, n))].filter(
      (part) => part !== "",
    );
    return html`<li>
      ${markOf(action, known)}
      <span class="deed">${deed(action, actions, n, known)}${more.map((part) => html`<small>${part}</small>`)}${handoff(action, before)}${linkOf(action)}</span>
      <time datetime=${new Date(action.at).toISOString()} title=${times.full(action.at)}>${moment(action.at)}</time>
    </li>`;
  })}</ol>`;
}

/** The summary that whoever took over was shown. */
function handoff(
  { action, epoch }: Action,
  before: (epoch: number) => Summary | null,
): TemplateResult | typeof nothing {
  const summary = action === "intervene" || action === "assign" ? before(epoch) : null;
  if (summary === null) return nothing;
  return html`<details class="handed"><summary>${said("beforeIt")}</summary>${facts(summary)}</details>`;
}

function markOf({ by, body }: Action, { me }: Known): TemplateResult {
  if (body.kind === "opened") return html`<span class="m">${icon(icons.chats, { size: 14 })}</span>`;
  if (body.kind === "control" && body.move === "start" && body.holder.type === "bot") return mark("bot", { size: 20 });
  if (by.type === "system") {
    const isOver = body.kind === "control" && body.is_open === false;
    return html`<span class="m">${icon(isOver ? icons.check : icons.clock, { size: 14 })}</span>`;
  }
  const kind = by.type === "agent" ? (by.id === me.id ? "you" : "other") : by.type;
  return mark(kind, { name: by.name, size: 20 });
}

/** One of them, as a sentence. */
export function deed(action: Action, actions: readonly Action[], n: number, known: Known): Rich {
  const { body } = action;
  const by = who(action.by, known);
  switch (body.kind) {
    case "opened": {
      const channel = channelNamed(body.channel, known);
      return action.by.type === "agent" ? said.rich("began", { by, channel }) : said.rich("opened", { channel });
    }
    case "control":
      return moved(action, body, actions, n, known);
    case "queue_set":
      return said.rich("moved", { by, queue: body.name });
    case "status_set":
      return body.name ? said.rich("statusSet", { by, status: body.name }) : said.rich("statusGone", { by });
    case "tags_set":
      return body.tags.length > 0
        ? said.rich("tagsSet", { by, tags: listed(body.tags) })
        : said.rich("tagsGone", { by });
    case "fields_set":
      return fieldsSet(body, by, known);
    case "attributes_kept":
      return attributesKept(body, by);
    case "rated":
      return said.rich("gaveRating", { by, score: String(body.score) });
    case "identified":
      return said.rich("identified", { name: body.contact.name || body.contact.id });
    case "continued":
      return said.rich("continuedTo");
    case "continued_from":
      return said.rich("continuedFrom");
    case "blocked":
      return said.rich("blockedBy", { by, address: body.address });
    case "unblocked":
      return said.rich("unblockedBy", { by, address: body.address });
    case "edited":
      return said.rich("edited", { by });
    case "deleted":
      return said.rich("deleted", { by });
    default:
      return said.rich("unknownAction", { by, action: action.action }); // of a newer server
  }
}

function moved(
  { by: author }: Action,
  body: Body<"control">,
  actions: readonly Action[],
  n: number,
  known: Known,
): Rich {
  const by = who(author, known);
  const to = whom(body.holder, known);
  const before = holderBefore(actions, n);
  const from = before === null ? said("nobody") : whom(before, known);
  switch (body.move) {
    case "intervene":
      if (before === null) return said.rich("took", { by });
      return before.type === "nobody" ? said.rich("pickedUp", { by }) : said.rich("tookOver", { by, from });
    case "hand_back":
      return said.rich("handedBack", { by, to });
    case "release":
      return said.rich("letGo", { by });
    case "assign":
      return said.rich("assigned", { by, to });
    case "transfer":
      return body.queue_name ? said.rich("moved", { by, queue: body.queue_name }) : said.rich("movedOn", { by });
    case "lapse":
      return said.rich("lapsed", { from });
    case "ask":
      return author.type === "system" ? said.rich("botFailed", { from }) : said.rich("asked", { by });
    case "finish":
      return said.rich("finished", { from: before === null ? by : from });
    case "close":
      return said.rich("closedBy", { by });
    case "reopen":
      return author.type === "contact" ? said.rich("wroteAgain", { by }) : said.rich("reopened", { by });
    case "begin":
      return said.rich("took", { by });
    case "continue":
      return said.rich("joined");
    default:
      return author.type === "agent" ? said.rich("sentBot", { by, to }) : said.rich("started", { to });
  }
}

function fieldsSet({ fields }: Body<"fields_set">, by: string, { settings }: Known): Rich {
  const all = Object.entries(fields);
  const [first] = all;
  if (first === undefined || all.length > 1) return said.rich("fieldsSet", { by, n: all.length });
  const [id, given] = first;
  const row = settings.fields.find((each) => each.id === id);
  const field = row?.name ?? id;
  const value = shownValue(row?.kind === "checkbox" ? "checkbox" : "text", given);
  return value === "" ? said.rich("fieldGone", { by, field }) : said.rich("fieldSet", { by, field, value });
}

function attributesKept({ values }: Body<"attributes_kept">, by: string): Rich {
  const all = Object.entries(values);
  const [first] = all;
  if (first === undefined || all.length > 1) return said.rich("attributesSet", { by, n: all.length });
  const [field, value] = first;
  return value === "" ? said.rich("fieldGone", { by, field }) : said.rich("fieldSet", { by, field, value });
}

const REASONS = {
  blocked: "reason_blocked",
  continued: "reason_continued",
  detached: "reason_detached",
  runaway: "reason_runaway",
  bot_lost: "reason_bot_lost",
  bot_failed: "reason_bot_failed",
  fenced: "reason_bot_failed",
  turn_too_long: "reason_turn_too_long",
  bot_disabled: "reason_no_bot",
  no_such_bot: "reason_no_bot",
  absent: "reason_absent",
  silent: "reason_silent",
  disabled: "reason_disabled",
} as const;

/** Why, where it was said: a word of the product, of the organisation, or a bot's own. */
function why({ by, body }: Action): TemplateResult | "" {
  const reason =
    body.kind === "control"
      ? reasonOf(by, body)
      : body.kind === "blocked"
        ? (body.why ?? "")
        : body.kind === "rated"
          ? (body.comment ?? "")
          : "";
  return reason === ""
    ? ""
    : html`<span dir="auto">${body.kind === "rated" ? reason : said.rich("because", { reason })}</span>`;
}

/** What a person wrote is none of the product's words. */
export function reasonOf(by: Action["by"], { move, reason = "", reason_name: name = "" }: Body<"control">): string {
  const isWritten = by.type === "agent" && move !== "close";
  return name || (!isWritten && reason in REASONS ? said(REASONS[reason as keyof typeof REASONS]) : reason);
}

/** "In 38 ms, seen by 3 sessions, bot stopped in 112 ms": what is not known, or did not happen, is not said. */
function timesOf(
  { committed_ms, seen = 0, bot_stopped_ms = -1 }: Times,
  before: wire.ControlChanged["holder"] | null,
): string {
  const parts = [
    committed_ms < 0 ? "" : said("inTime", { duration: times.duration(committed_ms) }),
    seen > 0 ? said("seenIn", { n: seen }) : "",
    bot_stopped_ms < 0 || before?.type !== "bot" ? "" : said("stoppedIn", { duration: times.duration(bot_stopped_ms) }),
  ];
  return series(parts.filter((part) => part !== ""));
}

function linkOf({ body }: Action): TemplateResult | typeof nothing {
  const to = body.kind === "continued" ? body.to : body.kind === "continued_from" ? body.conversation : "";
  return to === "" ? nothing : html`<a href=${pathOf("conversations", to)}>${said("openIt")}</a>`;
}
