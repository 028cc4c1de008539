/**
 * Asks for what an action still needs: one of several choices, tags, for how long somebody is blocked, or what a bot is
 * told that gets a conversation. One dialog for
 * menus, shortcuts, bulk and the palette; the browser keeps the focus in it and gives it back.
 */

import { nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import type { Action, ActionKind, Offer } from "./core/actions.ts";
import type { Target } from "./core/commands.ts";
import { type Found, found } from "./core/finding.ts";
import { ask, type Option } from "./views/ask.ts";
import { words } from "./words.ts";

/** What helps with an answer. */
export interface Hints {
  /** The tags that these have. */
  readonly tags: readonly string[];
  /** Those that others have. */
  readonly known: readonly string[];
  /** What the bot is called that would get it; "" where that is not known. */
  readonly bot: string;
}

/** What is asked for, and of which conversations. */
interface Asked {
  readonly offer: Offer;
  readonly targets: readonly Target[];
  readonly hints: Hints;
}

export interface AskingParts {
  readonly does: (action: Action, targets: readonly Target[]) => void;
  readonly serverNow: () => number;
}

type Host = ReactiveControllerHost & HTMLElement;

const DAY = 86_400_000;
const BLOCKS = [
  ["blockDay", DAY],
  ["blockWeek", 7 * DAY],
  ["blockMonth", 30 * DAY],
  ["blockForGood", 0],
] as const;
/** Where what is typed is the answer, and finds nothing in the list below it. */
const WRITTEN: ReadonlySet<ActionKind> = new Set(["block", "hand_back", "send_bot"]);
const NO_HINTS: Hints = { tags: [], known: [], bot: "" };
const MOST_TAGS = 20;
const TAG_LENGTH = 40;

export class Asking implements ReactiveController {
  readonly #host: Host;
  readonly #parts: AskingParts;
  #asked: Asked | null = null;
  #isFresh = false;
  #typed = "";
  #at = 0;
  #tags: readonly string[] = [];

  constructor(host: Host, parts: AskingParts) {
    this.#host = host;
    this.#parts = parts;
    host.addController(this);
  }

  get isOpen(): boolean {
    return this.#asked !== null;
  }

  /** Does it at once where nothing has to be chosen. */
  start(offer: Offer, targets: readonly Target[], hints: Hints = NO_HINTS): void {
    if (offer.action !== null) {
      this.#parts.does(offer.action, targets);
      return;
    }
    this.#asked = { offer, targets, hints };
    this.#typed = "";
    this.#tags = hints.tags;
    this.#at = Math.max(
      0,
      offer.choices.findIndex(({ isCurrent }) => isCurrent),
    );
    this.#isFresh = true;
    this.#host.requestUpdate();
  }

  /** The tags that others have were read. */
  know(known: readonly string[]): void {
    if (this.#asked?.offer.kind !== "tags") return;
    this.#asked = { ...this.#asked, hints: { ...this.#asked.hints, known } };
    this.#host.requestUpdate();
  }

  hostUpdated(): void {
    if (this.#asked === null) return;
    if (this.#isFresh) this.#dialog?.showModal();
    this.#isFresh = false;
    this.#dialog?.querySelector("[data-at]")?.scrollIntoView({ block: "nearest" });
  }

  template(): TemplateResult | typeof nothing {
    if (this.#asked === null) return nothing;
    const { offer } = this.#asked;
    const options = this.#options();
    return ask({
      title: offer.label,
      meaning: offer.kind === "block" ? offer.meaning : WRITTEN.has(offer.kind) ? words("toKnowMeans") : "",
      typed: this.#typed,
      placeholder: this.#placeholder(offer),
      isText: WRITTEN.has(offer.kind),
      options,
      at: Math.min(this.#at, options.length - 1),
      isMultiple: offer.kind === "tags",
      empty: emptyOf(offer),
      type: (typed) => this.#type(typed),
      move: (by) => this.#move(by, options.length),
      take: (n) => this.#take(options[n]),
      done: offer.kind === "tags" ? () => this.#does({ kind: "tags", tags: this.#tags }) : null,
      close: () => this.#close(),
    });
  }

  #placeholder({ kind }: Offer): string {
    if (kind === "block") return words("blockWhy");
    if (WRITTEN.has(kind)) return words("toKnow");
    return kind === "tags" ? words("tagsFind") : words("find");
  }

  #options(): readonly Option[] {
    const { offer, hints } = this.#asked as Asked;
    if (offer.kind === "tags") return this.#tagOptions(hints.known);
    if (offer.kind === "hand_back" || offer.kind === "send_bot") return botOptions(offer.kind, hints.bot, this.#typed);
    if (offer.kind === "block")
      return BLOCKS.map(([word, lasts]) => blockOption(word, this.#until(lasts), this.#typed));
    return found(offer.choices, ({ label }) => label, this.#typed).map(({ item, from, to }) => ({ ...item, from, to }));
  }

  #until(lasts: number): number {
    return lasts === 0 ? 0 : Math.round(this.#parts.serverNow()) + lasts;
  }

  #tagOptions(known: readonly string[]): readonly Option[] {
    const all = [...new Set([...this.#tags, ...known])];
    const options = found(all, (tag) => tag, this.#typed).map((each) => this.#tagOption(each));
    const typed = this.#typed.trim().slice(0, TAG_LENGTH);
    if (typed === "" || all.includes(typed) || this.#tags.length >= MOST_TAGS) return options;
    return [...options, { ...NO_OPTION, label: words("addTag", { tag: typed }), tag: typed }];
  }

  #tagOption({ item: tag, from, to }: Found<string>): Option {
    return { ...NO_OPTION, label: tag, tag, from, to, isCurrent: this.#tags.includes(tag) };
  }

  #type(typed: string): void {
    this.#typed = typed;
    if (this.#asked !== null && !WRITTEN.has(this.#asked.offer.kind)) this.#at = 0;
    this.#host.requestUpdate();
  }

  #move(by: number, count: number): void {
    if (count > 0) this.#at = (this.#at + by + count) % count;
    this.#host.requestUpdate();
  }

  #take(option: Option | undefined): void {
    if (option === undefined) return;
    if (option.tag !== undefined) {
      const { tag } = option;
      const has = this.#tags.includes(tag);
      if (has) this.#tags = this.#tags.filter((each) => each !== tag);
      else if (this.#tags.length < MOST_TAGS) this.#tags = [...this.#tags, tag];
      this.#typed = "";
      this.#at = 0;
      this.#host.requestUpdate();
    } else if (option.isCurrent || option.action === null) this.#dialog?.close();
    else this.#does(option.action);
  }

  #does(action: Action): void {
    const targets = this.#asked?.targets ?? [];
    this.#dialog?.close();
    this.#close();
    this.#parts.does(action, targets);
  }

  #close(): void {
    this.#asked = null;
    this.#host.requestUpdate();
  }

  get #dialog(): HTMLDialogElement | null {
    return (this.#host.shadowRoot ?? this.#host).querySelector("dialog.choose");
  }
}

const NO_OPTION: Option = { label: "", meaning: "", colour: "", isCurrent: false, action: null, from: 0, to: 0 };

function emptyOf({ kind, choices }: Offer): string {
  if (kind === "tags") return words("noTags");
  return words(kind === "close" && choices.length === 0 ? "noReasons" : "noneFound");
}

/** Who gets it: a new run of the bot, or those who wait for it in the queue, where one holds it oneself. */
function botOptions(kind: "hand_back" | "send_bot", bot: string, typed: string): readonly Option[] {
  const reason = typed.trim();
  const label = bot === "" ? words("toBot") : bot;
  const meaning = words(reason === "" ? `${kind}Untold` : `${kind}Told`);
  const toBot = { ...NO_OPTION, label, meaning, look: "bot", action: { kind, reason } } as const;
  const [queue, means] = [words("toQueue"), words(reason === "" ? "toQueueMeans" : "toQueueTold")];
  const action = { kind: "release", reason } as const;
  const toQueue = { ...NO_OPTION, label: queue, meaning: means, look: "wait", action } as const;
  return kind === "hand_back" ? [toBot, toQueue] : [toBot];
}

function blockOption(word: (typeof BLOCKS)[number][0], until: number, why: string): Option {
  return { ...NO_OPTION, label: words(word), action: { kind: "block", until, why: why.trim() } };
}
