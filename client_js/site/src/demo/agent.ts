/** The agent's screen: the list of conversations, one thread, and the dock. */

import { type ClientError, createClient, Refused, type StaffConversation, type wire } from "@intervene/client";
import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { type Dock, dock } from "./dock.ts";
import { Screen } from "./screen.ts";
import { agentToken, conversations, type Summary } from "./server.ts";
import {
  duration,
  type Item,
  mark,
  name,
  ofStaff,
  type Party,
  party,
  type Reader,
  time,
  type Words,
} from "./thread.ts";

const LIST = 3_000; // milliseconds between two looks at the list
const SECOND = 1_000;

export class Agent extends Screen<StaffConversation> {
  readonly #me: { readonly name: string; readonly role: string };
  readonly #picked: () => string;
  #id = "";
  #bearer = "";
  #list: readonly Summary[] = [];
  #takingSince = 0;
  #clickedAt = 0;
  #isNews = false; // what is shown next happens now; false while what was missed is shown
  #isNoting = false;
  #isSure = false; // the reply goes out although the customer wrote since
  #begun = 0; // the last event that was shown when the reply was begun
  readonly #opened = new Map<string, number>(); // event -> milliseconds from the click to the open reply box
  readonly #drafts = new Map<string, readonly string[]>(); // conversation -> what was not sent: reply, note

  /** `picked`: the conversation to show, or empty. */
  constructor(root: HTMLElement, me: { readonly name: string; readonly role: string }, picked: () => string) {
    const getToken = async () => {
      this.#bearer = await agentToken(me);
      return this.#bearer;
    };
    super(root, createClient({ url: location.origin, getToken, name: "demo" }));
    this.#me = me;
    this.#picked = picked;
    this.client.on("state", (state) => {
      if (state.kind === "live" && "agent" in state.welcome) this.#id = state.welcome.agent.id;
      this.#isNews = false;
      this.follow();
    });
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.follow());
    setInterval(() => document.hidden || this.#reload(), LIST);
    setInterval(() => this.render(), SECOND); // how long somebody has been waiting
    this.render();
  }

  /** Shows the conversation that is picked. */
  follow(): void {
    const id = this.#picked();
    if (id && this.client.state.kind === "live" && id !== this.conversation?.id) this.#watch(id);
    this.render();
    void this.#reload();
  }

  #watch(id: string): void {
    this.#keepDrafts();
    this.conversation?.unwatch();
    const conversation = this.client.watch(id);
    conversation.on("change", (shown) => this.#changed(shown as readonly wire.Event[]));
    conversation.on("beside", () => this.render());
    conversation.on("end", ({ code }) => {
      if (code === "not_found" && location.hash) location.hash = "";
    });
    this.#takingSince = 0;
    this.#isNews = false;
    this.conversation = conversation;
    this.say(nothing);
    this.#boxes.forEach((box, index) => {
      Object.assign(box, { value: this.#drafts.get(id)?.[index] ?? "", readOnly: false });
    });
  }

  #keepDrafts(): void {
    const { conversation } = this;
    if (conversation)
      this.#drafts.set(
        conversation.id,
        this.#boxes.map(({ value }) => value),
      );
  }

  get #boxes(): readonly HTMLTextAreaElement[] {
    return [...this.root.querySelectorAll("textarea")];
  }

  #changed(shown: readonly wire.Event[]): void {
    const turns = this.#isNews ? shown.filter(({ body }) => body.kind === "control") : [];
    this.#isNews = this.conversation?.isLive ?? false;
    const isFree = [document.body, ...this.root.querySelectorAll(".closed button")].includes(
      document.activeElement as HTMLElement,
    );
    const isMine = turns.length > 0 && this.#look === "you";
    if (isMine) this.#isNoting = false;
    for (const { id, author } of turns) {
      if (this.#takingSince && author.type === "agent" && author.id === this.#id) {
        this.#opened.set(id, performance.now() - this.#clickedAt);
      }
    }
    this.render();
    if (isMine && isFree) this.root.querySelector<HTMLElement>("[name=reply]")?.focus({ preventScroll: true });
    if (turns.length > 0) void this.#reload();
  }

  async #reload(): Promise<void> {
    if (this.client.state.kind !== "live") return;
    const list = await conversations(this.#bearer);
    if (!list || this.root.querySelector("nav")?.matches(":focus-within")) return;
    this.#list = list;
    this.render();
  }

  // -- what the agent does --------------------------------------------------------------------------------------------

  #take = async (): Promise<void> => {
    if (this.#takingSince) return;
    this.#takingSince = Date.now();
    this.#clickedAt = performance.now();
    this.say(nothing);
    await this.act((mine) => mine.intervene());
    this.#takingSince = 0;
    this.render();
  };

  #other = (): void => {
    if (this.offline) this.client.reconnect();
    else if (this.conversation?.view.state?.is_open) void this.#take();
    else void this.act((mine) => mine.reopen());
  };

  #key(event: KeyboardEvent): void {
    if (!event.altKey || event.code !== "KeyI" || !this.#dock.main) return;
    event.preventDefault();
    void this.#take();
  }

  #write(isNoting: boolean): void {
    this.#isNoting = isNoting;
    this.render();
    this.root.querySelector<HTMLElement>(isNoting ? "[name=note]" : "[name=reply]")?.focus();
  }

  #reply = async (event: Event): Promise<void> => {
    const confirmed = this.#isSure;
    this.#isSure = false;
    await this.submit(event, (mine, text) => mine.say(text, { seen: this.#begun, confirmed }));
  };

  #note = (event: Event): Promise<void> => this.submit(event, (mine, text) => mine.note(text));

  protected override async act(work: (mine: StaffConversation) => Promise<unknown>): Promise<ClientError | null> {
    const refused = await super.act(work);
    if (refused instanceof Refused && refused.code === "stale_view") this.#askAgain();
    return refused;
  }

  #askAgain(): void {
    this.#begun = this.conversation?.view.number ?? 0; // the question below stands beside what was missed
    const why = html`<b>Not sent yet: ${name(this.#customer)} wrote while you were writing.</b> Your text is kept.`;
    this.say(why, html`<button class="btn" type="button" @click=${() => this.#sendAnyway()}>Send as it is</button>`);
  }

  #sendAnyway(): void {
    this.#isSure = true;
    this.root.querySelector<HTMLFormElement>("form:not(.notey)")?.requestSubmit();
  }

  protected override refusal(problem: ClientError): Words {
    if (!(problem instanceof Refused) || problem.code !== "taken" || !problem.facts.by) return super.refusal(problem);
    return html`${name(party(problem.facts.by))} took over before you. Nothing was sent in your name.`;
  }

  // -- what the agent sees --------------------------------------------------------------------------------------------

  get #state(): wire.StaffState | null {
    return this.conversation?.view.state ?? null;
  }

  get #customer(): string {
    return this.#state?.contact.name || "Visitor";
  }

  get #look(): string {
    return this.#state ? this.reader.look(party(this.#state.holder), this.#state.is_open) : "shut";
  }

  get #dock(): Dock {
    const turned = this.conversation?.view.events.filter(({ body }) => body.kind === "control").at(-1)?.at;
    return dock({
      look: this.#look,
      state: this.#state,
      offline: this.offline,
      taking: this.#takingSince && Math.max(1, Date.now() - this.#takingSince),
      since: turned === undefined ? null : Math.max(0, this.client.serverNow() - turned),
      isSupervisor: this.#me.role === "supervisor",
    });
  }

  protected items(): readonly Item[] {
    return this.conversation?.view.events.map(ofStaff) ?? [];
  }

  protected readonly reader: Reader = {
    isStaff: true,
    look: ({ kind, id }, isOpen = true) => {
      if (kind === "agent") return id === this.#id ? "you" : "other";
      if (kind === "nobody") return isOpen ? "wait" : "shut";
      return kind;
    },
    sentence: (item, before) => sentence(item, before, this.#opened.get(item.id)),
    receipt: (epoch, from) => receipt(this.conversation?.takeovers.get(epoch), from),
  };

  protected template(): TemplateResult {
    const { title = "", reason = "", main = "", other = "" } = this.#dock;
    const look = this.#look;
    const state = this.#state;
    const holder = state ? party(state.holder) : undefined;
    const isNoting = this.#isNoting;
    const status = look === "wait" ? "Waiting for a person." : title || "You are replying. The reply box is open.";
    document.title = state ? `${this.#customer}: ${pill(look, holder)}` : "Intervene: both sides";
    return html`
      <nav aria-label="Conversations"><h2>Conversations</h2><ul>${this.#rows}</ul></nav>
      <div class="thread">
        <header class="bar">
          <div class="grow"><h2 class="clip" dir="auto">${state ? this.#customer : this.#me.name}</h2>
            <p class="sub">${this.#here}</p></div>
          ${this.#watchers}
          ${state ? html`<span class="holder ${look}">${mark(look, holder?.name, 20)}${pill(look, holder)}</span>` : nothing}
        </header>
        ${this.log("Messages, as agents see them")}
        <div class="dock" data-look=${look}>
          ${this.banner()}
          <div class="row" ?hidden=${!state}>
            <div class="seg" role="group" aria-label="What you write">
              <button type="button" aria-pressed=${!isNoting} @click=${() => this.#write(false)}>Reply</button>
              <button type="button" aria-pressed=${isNoting} @click=${() => this.#write(true)}>${icon(icons.note)}Note</button>
            </div>
            <span class="grow"></span>
            <span class="held" ?hidden=${title !== ""}>
              <button class="btn" type="button" @click=${() => this.act((mine) => mine.handBack())}>Hand back</button>
              <button class="btn" type="button" @click=${() => this.act((mine) => mine.release())}>Release</button>
              <button class="btn" type="button" @click=${() => this.act((mine) => mine.close())}>Close</button>
            </span>
          </div>
          <form class="compose" ?hidden=${title !== "" || isNoting} @submit=${this.#reply}>
            <textarea name="reply" rows="2" dir="auto" aria-label="Reply to the customer"
              placeholder=${`Reply to ${this.#customer}`} @keydown=${this.keyed} @beforeinput=${this.#begins}></textarea>
            <footer><span class="grow">Enter sends, Shift Enter makes a new line</span><button class="btn">Send</button></footer>
          </form>
          <form class="compose notey" ?hidden=${!state || !isNoting} @submit=${this.#note}>
            <textarea name="note" rows="2" dir="auto" aria-label="Note for colleagues"
              placeholder="A note for colleagues; the customer never sees it" @keydown=${this.keyed}></textarea>
            <footer><span class="grow">Only agents read this</span><button class="btn ink">Add note</button></footer>
          </form>
          <div class="closed" ?hidden=${title === ""}>
            ${state ? mark(look, holder?.name, 32) : nothing}
            <div class="grow" id="reason"><h3>${title}</h3><p>${reason}</p></div>
            <button class="take" type="button" aria-describedby="reason" aria-keyshortcuts="Alt+I" ?hidden=${main === ""}
              aria-disabled=${main === "Taking over"} @click=${this.#take}>${icon(icons.take)}<span>${main}</span><kbd aria-hidden="true">Alt I</kbd></button>
            <button class="btn" type="button" ?hidden=${other === ""} @click=${this.#other}>${other}</button>
          </div>
          <p class="vh" role="status">${status}</p>
        </div>
      </div>`;
  }

  #begins = ({ currentTarget }: Event): void => {
    if (!(currentTarget as HTMLTextAreaElement).value) this.#begun = this.conversation?.view.number ?? 0;
  };

  /** A row stays an element of its own: what is clicked is what was aimed at, also when a new row comes above it. */
  get #rows(): unknown {
    return repeat(
      this.#list,
      ({ id }) => id,
      (line) => this.#line(line),
    );
  }

  #line({ id, contact, holder, is_open, last_at }: Summary): TemplateResult {
    const of = party(holder);
    const look = this.reader.look(of, is_open);
    const who = { you: "You", wait: "Waiting", shut: "Closed" }[look] ?? of.name;
    return html`<li><a class=${look} href="#${id}" aria-current=${id === this.conversation?.id ? "true" : nothing}>
      ${mark(look, of.name, 28)}<span class="grow"><b class="clip" dir="auto">${contact.name || "Visitor"}</b>
      <span class="clip who">${who}</span></span>${time(last_at)}</a></li>`;
  }

  get #here(): Words {
    const { here } = this.conversation ?? {};
    if (!here) return nothing;
    return here.contact ? "On the page now" : "Not on the page";
  }

  /** The others; not all of a crowd are named. One of those who watch is the agent of this screen. */
  get #watchers(): Words {
    const { watching = 0, here } = this.conversation ?? {};
    const others = here?.agents.filter(({ id }) => id !== this.#id) ?? [];
    const rest = Math.max(0, watching - 1 - others.length);
    if (others.length === 0) return nothing;
    const named = [...others.map((other) => other.name), ...(rest ? [`${rest} more`] : [])];
    return html`<span class="watchers">${icon(icons.eye)}${others.map((other) => mark("other", other.name, 20))}
      ${rest ? html`<span aria-hidden="true">+${rest}</span>` : nothing}<span class="vh">${named.join(", ")} watching</span></span>`;
  }
}

const pill = (look: string, holder?: Party): string =>
  ({ you: "You answer", wait: "Waiting", shut: "Closed" })[look] ?? `${holder?.name} answers`;

/** `opened`: milliseconds from this agent's click to the open reply box. */
function sentence({ move = "", by, holder, reason }: Item, before: Party, opened?: number): Words {
  const who = by.kind === "system" ? "Intervene" : name(by);
  if (move === "intervene") {
    const how = before.kind === "nobody" ? html`${who} picked up` : html`${who} took over from ${name(before)}`;
    return html`${how}${opened === undefined ? nothing : html`<span>, reply enabled in ${duration(opened)}</span>`}`;
  }
  const words = {
    start: html`${name(holder as Party)} answers`,
    hand_back: html`${who} handed back to ${name(holder as Party)}: a new run`,
    ask: html`${who} asked for a person`,
    finish: html`${who} is done`,
    release: html`${who} released it: waiting for a person`,
    close: html`${who} closed it`,
    reopen: html`${who} opened it again`,
  }[move];
  return html`${words}${reason ? html`: <bdi>${reason}</bdi>` : nothing}`;
}

function receipt(times: wire.TakeoverTimes | undefined, from: Party): Words {
  if (!times) return nothing;
  const { committed_ms, seen = 0, seen_ms = -1, bot_stopped_ms = -1 } = times;
  const item = (ms: number, words: string) => {
    return html`<li><b>${ms < 0 ? "…" : duration(ms)}</b> ${words}</li>`; // not known yet: never a guess
  };
  return html`<ul class="receipt" aria-label="Times of this takeover">${item(committed_ms, "fenced")}
    ${item(seen_ms, `seen by ${seen} ${seen === 1 ? "session" : "sessions"}`)}
    ${from.kind === "bot" ? item(bot_stopped_ms, "bot stopped") : nothing}</ul>`;
}
