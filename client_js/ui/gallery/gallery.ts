/**
 * Every shared part in every state, for eyes and for tests. `?locale=ar&theme=dark&part=widget` chooses; `?part=lab` is a
 * thread that a test drives through `document.querySelector("iv-lab")`.
 */

import { css, html, LitElement, type TemplateResult } from "lit";
import {
  Announcer, banner, base, composer, composerStyles, contactSentence, createDurations, createTimes, customerReader, Drafts, deskBase, deskThreadStyles,
  type Failed, type HandoverItem, type Input, icon, icons, type Kind, loadStaffWords, loadWords, mark, note, pillComposerStyles, ReadingPosition,
  receipt, type SharedWords, staffReader, staffSentence, ThreadItems, thread, threadStyles, tokens,toNewest, 
  widgetThreadStyles,
} from "../src/index.ts"; // biome-ignore format: one a line says nothing
import { HOSTILE } from "../tests/hostile.ts";
import { ANA, BEN, BOT, entry, MARIA, START, Story, takeover } from "../tests/kit.ts";

const asked = new URLSearchParams(location.search);
const locale = asked.get("locale") ?? "en";
const words = await loadWords([locale]);
const staff = await loadStaffWords(locale);
const now = () => START + 7_200_000;
const times = { ...createTimes({ locale, zone: "UTC", now }), ...createDurations(locale) };

if (asked.get("theme")) document.documentElement.dataset.theme = asked.get("theme") ?? "";
document.documentElement.lang = locale;
document.documentElement.dir = words.direction;
document.adoptedStyleSheets = [
  tokens.styleSheet as CSSStyleSheet,
  css`body { margin: 0; background: var(--iv-bg); }`.styleSheet as CSSStyleSheet,
];

type Rest = Partial<Omit<Input<never, never>, "view" | "times">>;

const noop = () => undefined;
const handlers = { onRetry: noop, onEdit: noop, onRemove: noop };

function widget(
  title: string,
  story: Story,
  rest: Rest = {},
  { text = "", top = null as TemplateResult | null } = {},
): TemplateResult {
  const items = new ThreadItems(customerReader()).next({
    view: story.forCustomer(),
    isLive: true,
    times,
    readUpTo: 6,
    ...rest,
  });
  const sentence = (item: HandoverItem) => contactSentence(item, words);
  return html`<figure><figcaption>${title}</figcaption><section class="w" aria-label=${title}>${top}
    ${thread({ items, look: "widget", words, times, sentence, interrupted: words("stoppedHere"), liveFrom: 0, isLoading: false, ...handlers })}
    ${composer({ words, text, placeholder: words("write"), onInput: noop, onSend: noop })}</section></figure>`;
}

const TIMES = {
  type: "takeover",
  conversation: "c",
  epoch: 2,
  by: ANA,
  committed_ms: 6,
  seen: 3,
  seen_ms: 38,
} as const;

function desk(
  title: string,
  story: Story,
  rest: Rest = {},
  { me = ANA, text = "", isNote = false } = {},
): TemplateResult {
  const items = new ThreadItems(staffReader(me)).next({
    view: story.forStaff(),
    isLive: true,
    times,
    readUpTo: 0,
    ...rest,
  });
  const sentence = (item: HandoverItem) => staffSentence(item, words, staff, item.isNewest ? times.duration(38) : "");
  const last = items.at(-1);
  return html`<figure><figcaption>${title}</figcaption><section class="d" aria-label=${title}>
    ${thread({
      items, look: "desk", words, times, sentence, interrupted: staff("nothingMore"), note: (item) => note(item, staff, { words, times, interrupted: "", ...handlers }), liveFrom: 0, isLoading: false,
      receipt: (item) => (item.isNewest && item.move === "intervene" ? receipt(TIMES, staff, times, item) : html``), ...handlers,
    })}
    <div class="dock"><i class="control" data-line=${last?.line ?? "none"}></i>
    ${composer({ words, text, placeholder: "Reply to Maria", sendText: isNote ? "Add note" : "Send", isNote, hint: "Enter to send", onInput: noop, onSend: noop })}</div>
  </section></figure>`; // biome-ignore format: options in a row
}

const begun = () => new Story().moves("start", { type: "system" }, BOT);

function writing(): Story {
  const story = begun().says(MARIA, "Hi, I got a letter about €412.60 and I cannot pay it all at once.").begins(BOT);
  return story
    .says(BOT, "Hello Maria. Would you like to pay in instalments?")
    .says(MARIA, "Yes")
    .begins(BOT, "I understand. With a plan there is no interest for the first three");
}

function failed(id: string, text: string, code: string, remedy: Failed["remedy"]): Failed {
  return { id, type: "say", text, at: START + 700_000, code, remedy };
}

const TYPES: Kind[] = ["you", "bot", "other", "wait", "contact"];

function parts(): TemplateResult {
  return html`<section class="parts">
    <div>${TYPES.map((kind) => [20, 28, 40].map((size) => mark(kind, { name: "Ana Ruiz", size })))}${mark("contact", { size: 40 })}${mark("bot", { size: 40, isLive: true })}</div>
    <div>${Object.values(icons).map((path) => icon(path, { size: 18 }))}</div>
    ${banner({ text: words.rich("offlineRetry", { duration: times.duration(8000) }), icon: icons.off, actions: [{ text: words("tryNow"), onClick: noop }] })}
    ${banner({ text: words("ratherPerson"), tone: "quiet", icon: icons.user, actions: [{ text: words("askForOne"), onClick: noop }] })}
    ${banner({ text: words("blocked"), tone: "bad", icon: icons.alert })}
    ${banner({ text: "Ben took over 0.2 s before you.", tone: "other", icon: icons.info })}
  </section>`;
}

function widgets(): readonly TemplateResult[] {
  const offline = [entry("k1", "Is there any interest after the three months?")];
  const refused = [
    failed("k2", "x".repeat(60), "too_long", "edit"),
    failed("k3", "And can I pay earlier?", "too_old", "retry"),
  ];
  return [
    widget("The bot writes", writing()),
    widget("A person joins", takeover(), { unreadAfter: 6 }),
    widget("Offline", takeover(), { pending: offline, failed: refused, isLive: false }, {
      text: "And can I pay earlier", top: banner({ text: words("offline"), icon: icons.off, actions: [{ text: words("tryNow"), onClick: noop }] }),
    }), // biome-ignore format: options in a row
    widget(
      "Hand back, closed",
      takeover().moves("hand_back", ANA, BOT).says(BOT, "I am back.").moves("close", BOT, { type: "nobody" }, false),
    ),
    widget(
      "A person types",
      begun().says(MARIA, "Hello?").moves("ask", MARIA),
      { typing: { kind: "other", name: "Ana", id: "" } },
      { text: "a\nb\nc\nd" },
    ),
    widget(
      "Hostile text",
      HOSTILE.reduce(
        (story, text, index) =>
          story.says(index % 2 ? MARIA : { ...BOT, name: text.slice(0, 200) }, text.slice(0, 400)),
        begun(),
      ),
    ),
  ];
}

function desks(): readonly TemplateResult[] {
  const pending = [entry("k1", "One moment please"), entry("k2", "Look at the invoice first", { type: "add_note" })];
  return [
    desk("You took over", takeover()),
    desk("The receipt", taken()),
    desk(
      "Another agent, notes",
      takeover().notes(BEN, "Her pay day moved in October.\nSee the letter.").says(MARIA, "Thank you"),
      { pending, isLive: false, unreadAfter: 11 },
      { me: BEN, isNote: true, text: "be kind" },
    ),
    desk(
      "Waiting, and the bot again",
      takeover()
        .moves("release", ANA)
        .says(MARIA, "Anybody there?")
        .moves("intervene", BEN, BEN)
        .says(BEN, "Yes")
        .moves("hand_back", BEN, BOT)
        .begins(BOT, "Hello Maria, I am back and"),
      {},
      { text: "x".repeat(16_400) },
    ),
    desk(
      "Hostile text",
      HOSTILE.reduce(
        (story, text, index) =>
          story.says([MARIA, ANA, { ...BEN, name: text.slice(0, 200) }][index % 3] ?? BOT, text.slice(0, 400)),
        begun(),
      ),
    ),
  ];
}

function taken(): Story {
  return begun()
    .says(MARIA, "But my pay day is the 25th now.")
    .begins(BOT)
    .says(BOT, "The first one is due on 1 Dec", { interrupted: true })
    .moves("intervene", ANA, ANA);
}

const page = css`
  :host { display: block; padding: 24px; color: var(--iv-text); font: var(--iv-t13); }
  .board { display: flex; flex-wrap: wrap; gap: 24px; margin-block-start: 24px; }
  figure { display: grid; grid-template-columns: minmax(0, auto); gap: 8px; max-inline-size: 100%; }
  .w, .d { position: relative; display: flex; flex-direction: column; inline-size: 376px; max-inline-size: 100%; block-size: var(--high, 640px); background: var(--iv-surface); border-radius: var(--iv-r5); box-shadow: var(--iv-shadow-2); overflow: hidden; }
  .w > .compose { margin: 8px 12px 12px; }
  .d { inline-size: 640px; --high: 720px; border-radius: 0; }
  .dock { position: relative; padding: 0 16px 16px; }
  .dock .compose { position: relative; }
  .control { position: absolute; inset-block: 0 50%; inset-inline-end: 35px; inline-size: 2px; background: var(--line); }
  .parts { display: grid; gap: 16px; max-inline-size: 640px; }
  .parts > div:not(.banner) { display: flex; flex-wrap: wrap; gap: 12px; align-items: center; }
`;

class Gallery extends LitElement {
  override updated(): void {
    for (const log of this.renderRoot.querySelectorAll(".log")) log.scrollTop = log.scrollHeight;
  }

  static override styles = [
    tokens,
    base,
    deskBase,
    threadStyles,
    widgetThreadStyles,
    deskThreadStyles,
    composerStyles,
    pillComposerStyles,
    page,
  ];

  override render(): TemplateResult {
    const part = asked.get("part") ?? "all";
    const has = (name: string) => part === "all" || part === name;
    return html`${has("parts") ? parts() : html``}<div class="board">${has("widget") ? widgets() : html``}${has("desk") ? desks() : html``}</div>`;
  }
}

/** A living thread: what a test needs to do to it, and nothing else. */
class Lab extends LitElement {
  static override styles = [
    tokens,
    base,
    deskBase,
    threadStyles,
    widgetThreadStyles,
    composerStyles,
    pillComposerStyles,
    page,
  ];
  readonly #items = new ThreadItems(customerReader());
  readonly position = new ReadingPosition(this, { scroller: () => this.renderRoot.querySelector<HTMLElement>(".log") });
  readonly announcer = new Announcer(this);
  readonly drafts = new Drafts(this);
  story = begun();
  from = 0;
  liveFrom = 0;

  /** Tells `count` messages; the first view of the thread shows the newest `shown` of them. */
  fill(count: number, shown = count): Promise<unknown> {
    this.story = begun();
    for (let index = 0; index < count; index += 1) {
      this.story.says(
        index % 4 === 0 ? MARIA : BOT,
        `Message ${index}. ${"More words that wrap. ".repeat(index % 5)}`,
        { after: index % 7 ? 20 : 4000 },
      );
    }
    this.from = count + 1 - shown;
    this.liveFrom = this.story.forCustomer().number;
    return this.#done();
  }

  older(count: number): Promise<unknown> {
    this.from = Math.max(0, this.from - count);
    return this.#done();
  }

  bot(text: string): Promise<unknown> {
    this.story.says(BOT, text);
    return this.#done();
  }

  begin(text: string): Promise<unknown> {
    this.story.begins(BOT, text);
    return this.#done();
  }

  grow(text: string): Promise<unknown> {
    if (this.story.stream) this.story.growing(text);
    return this.#done();
  }

  end(interrupted = false): Promise<unknown> {
    this.story.says(BOT, this.story.stream?.text ?? "", { interrupted });
    return this.#done();
  }

  joins(): Promise<unknown> {
    this.story.moves("intervene", ANA, ANA);
    return this.#done();
  }

  async #done(): Promise<unknown> {
    this.requestUpdate();
    return this.updateComplete;
  }

  override render(): TemplateResult {
    const items = this.#items.next({ view: this.story.forCustomer({ from: this.from }), isLive: true, times });
    const sentence = (item: HandoverItem) => contactSentence(item, words);
    this.announcer.handovers("c", items, sentence);
    const text = this.drafts.get("lab", "c");
    return html`${this.announcer.regions()}<section class="w">
      ${thread({ items, look: "widget", words, times, sentence, interrupted: words("stoppedHere"), liveFrom: this.liveFrom, isLoading: false, ...handlers })}
      ${toNewest(words as SharedWords, { isAtEnd: this.position.isAtEnd, count: this.position.newSince(items), onClick: () => this.position.toEnd() })}
      ${composer({
        words, text, placeholder: words("write"), onInput: (typed) => this.drafts.set(typed, "lab", "c"),
        onSend: (said) => {
          this.drafts.set("", "lab", "c");
          this.story.says(MARIA, said);
          this.position.toEnd();
        },
      })}
    </section>`; // biome-ignore format: options in a row
  }
}

customElements.define("iv-gallery", Gallery);
customElements.define("iv-lab", Lab);
const element = document.createElement(asked.get("part") === "lab" ? "iv-lab" : "iv-gallery");
if (asked.get("theme")) element.dataset.theme = asked.get("theme") ?? "";
document.body.append(element);
