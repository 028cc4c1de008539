/** The customer's screen: a visitor, whom this browser remembers until another takes the place. */

import { type ClientError, type CustomerConversation, createClient, VisitorTokens } from "@intervene/client";
import { icon, icons } from "@intervene/ui";
import { html, nothing, type TemplateResult } from "lit";
import { Screen } from "./screen.ts";
import { type Item, mark, name, ofContact, type Party, type Reader, type Words } from "./thread.ts";

const NAMES = ["Maria", "Tom", "Priya", "Yusuf", "Leïla"];
const KEY = "intervene demo name";
/** Kept while the server knows this visitor: their conversation has begun. */
const BEGUN = "intervene demo begun";
const ANEW = "The server does not know you any more, so you go on as a new visitor. What was not sent is kept here.";

export class Customer extends Screen<CustomerConversation> {
  readonly #tokens: VisitorTokens;
  readonly #opened: (id: string) => void;
  #waits = false; // a message of this customer has no ack yet

  /** Calls `opened` with each conversation that the server gives this customer. */
  constructor(root: HTMLElement, opened: (id: string) => void) {
    const tokens = new VisitorTokens({ url: location.origin, name: localStorage.getItem(KEY) ?? (NAMES[0] as string) });
    super(root, createClient({ url: location.origin, visitor: tokens, name: "demo" }));
    this.#tokens = tokens;
    this.#opened = opened;
    this.client.on("anew", () => this.#anew());
    this.render();
    if (localStorage.getItem(BEGUN)) void this.#open();
  }

  /** Another visitor takes the place of this one. */
  async next(): Promise<void> {
    const mine = NAMES.indexOf(localStorage.getItem(KEY) ?? (NAMES[0] as string));
    localStorage.setItem(KEY, NAMES[(mine + 1) % NAMES.length] as string);
    localStorage.removeItem(BEGUN);
    this.client.stop();
    await this.#tokens.forget().catch(() => undefined); // it is forgotten here in any case
    location.assign(location.pathname + location.search);
  }

  /** With the first message: a conversation in which nothing was said would only stand in every agent's list. */
  protected override async begin(): Promise<void> {
    this.#waits = true;
    this.render();
    try {
      await this.#open();
    } catch (problem) {
      this.say((problem as Error).message);
    } finally {
      this.#waits = false;
    }
  }

  async #open(): Promise<void> {
    const conversation = await this.client.open();
    localStorage.setItem(BEGUN, conversation.id);
    this.conversation = conversation;
    conversation.on("change", () => this.render());
    this.#opened(conversation.id);
    this.render();
  }

  #anew(): void {
    localStorage.removeItem(BEGUN);
    this.conversation = null;
    this.say(ANEW);
  }

  protected override refusal(problem: ClientError): Words {
    return problem.code === "began_anew" ? ANEW : super.refusal(problem);
  }

  // -- what is shown --------------------------------------------------------------------------------------------------

  protected items(): readonly Item[] {
    return this.conversation?.view.events.map(ofContact) ?? [];
  }

  protected readonly reader: Reader = {
    isStaff: false,
    look: ({ kind }, isOpen = true) => ({ bot: "bot", agent: "other", you: "me" })[kind] ?? (isOpen ? "wait" : "shut"),
    sentence: ({ holder, is_open }, before) => sentence(holder as Party, before, is_open ?? true),
    receipt: () => nothing,
  };

  protected template(): TemplateResult {
    const { holder = { kind: "nobody" }, is_open = false } = this.conversation?.view.state ?? {};
    const look = this.conversation ? this.reader.look(holder, is_open) : "shut";
    const [who, kind, how] = this.#header(look, holder.name ?? "");
    return html`
      <header class="bar">
        ${this.conversation ? mark(look, holder.name, 40) : nothing}
        <div class="grow">
          <h2 class="clip">${who}</h2>
          <p class="sub"><span class="kind ${look}">${kind}</span><span class="clip">${this.#how(how)}</span></p>
        </div>
      </header>
      <div class="askbar" ?hidden=${look !== "bot"}>
        ${icon(icons.user)}<span>Rather talk to a person?</span>
        <button type="button" @click=${() => this.act((mine) => mine.askForPerson())}>Ask for one</button>
      </div>
      ${this.log("Messages, as the customer sees them")}
      ${this.banner()}
      <form class="compose" @submit=${this.#submitted}>
        <textarea rows="1" dir="auto" aria-label="Message to the business" placeholder="Write a message"
          @keydown=${this.keyed}></textarea>
        <button class="round" aria-label="Send">${icon(icons.send, { size: 18, mirrors: true })}</button>
      </form>`;
  }

  #submitted = async (event: Event): Promise<void> => {
    await this.submit(event, async (mine, text) => {
      this.#waits = true;
      this.render();
      await mine.say(text).finally(() => {
        this.#waits = false;
      });
    });
  };

  #header(look: string, holder: string): [string, string, string] {
    if (!this.conversation) return ["Welcome", "", ""];
    if (look === "bot") return [holder, "Bot", "Answers at once"];
    if (look === "other") return [holder, "Person", "Is with you"];
    return look === "wait"
      ? ["A person will answer", "Queue", "The answer waits here"]
      : ["Closed", "", "Write to open it again"];
  }

  #how(usual: string): string {
    if (!this.offline) return usual;
    return this.#waits ? "Kept here, sent once you are back" : this.offline;
  }
}

function sentence(holder: Party, before: Party, isOpen: boolean): Words {
  const left = before.kind === "agent" ? html`${name(before)} has left. ` : nothing;
  if (holder.kind === "agent") return html`${name(holder)} has joined. You are talking with a person now.`;
  if (holder.kind === "bot") return html`${left}${name(holder)}, a bot, answers${left === nothing ? "" : " again"}.`;
  if (isOpen) return html`${left}A person will answer. You can close this window: the answer waits here.`;
  return html`${left}This conversation is closed. Write to open it again.`;
}
