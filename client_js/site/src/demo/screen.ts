/** What both screens do: a client, the conversation on it, its log, and what was refused. */

import { type Client, ClientError, type CustomerConversation, type StaffConversation } from "@intervene/client";
import { html, nothing, render, type TemplateResult } from "lit";
import { day, type Item, type Reader, thread, type Words } from "./thread.ts";

const NEAR = 40; // pixels from the end within which a reader follows it

export abstract class Screen<C extends CustomerConversation | StaffConversation> {
  conversation: C | null = null;
  protected readonly root: HTMLElement;
  protected readonly client: Client;
  protected abstract readonly reader: Reader;
  #alert: Words = nothing;
  #action: TemplateResult | typeof nothing = nothing;
  #trouble = "Connecting";
  #isAtEnd = true;

  constructor(root: HTMLElement, client: Client) {
    this.root = root;
    this.client = client;
    client.on("state", () => this.render());
    new ResizeObserver(() => this.#follow()).observe(root);
  }

  protected abstract template(): TemplateResult;
  protected abstract items(): readonly Item[];

  /** Why nothing can be sent now, in words; empty while it can. */
  protected get offline(): string {
    const { state } = this.client;
    if (state.kind === "live") return "";
    if (state.kind === "stopped") return `The server sent us away: ${state.reason}.`;
    if (state.kind === "waiting") {
      const isBlocked = state.trouble.kind === "blocked";
      this.#trouble = isBlocked
        ? "Something on the way blocks websockets. Trying again."
        : "No connection. Trying again.";
    }
    return this.#trouble;
  }

  render(): void {
    render(this.template(), this.root);
    this.#follow();
  }

  // -- the log --------------------------------------------------------------------------------------------------------

  protected log(label: string): TemplateResult {
    const view = this.conversation?.view;
    const older = view?.more ? day("Older messages are not shown on this page.") : nothing;
    const shown = thread(this.items(), view?.stream ?? null, this.reader);
    return html`<div class="log" role="log" aria-label=${label} tabindex="0" @scroll=${this.#scrolled}>
      <div class="spring"></div>${older}${shown}</div>`;
  }

  /** A reader at the end stays there; one who scrolled up is left alone. */
  #follow(): void {
    const log = this.root.querySelector(".log");
    if (log && this.#isAtEnd) log.scrollTop = log.scrollHeight;
  }

  #scrolled = ({ currentTarget }: Event): void => {
    const log = currentTarget as HTMLElement;
    this.#isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  };

  // -- what was refused -----------------------------------------------------------------------------------------------

  protected say(words: Words, action: TemplateResult | typeof nothing = nothing): void {
    this.#alert = words;
    this.#action = action;
    this.render();
  }

  protected banner(): TemplateResult {
    return html`<div class="banner" role="alert" ?hidden=${this.#alert === nothing}>
      <p class="grow">${this.#alert}</p>${this.#action}</div>`;
  }

  protected refusal(problem: ClientError): Words {
    return problem.message;
  }

  /** Does something and shows why it was refused, unless another conversation is shown by then. */
  protected async act(work: (conversation: C) => Promise<unknown>): Promise<ClientError | null> {
    const { conversation } = this;
    if (!conversation) return null;
    let refused: ClientError | null = null;
    try {
      await work(conversation);
    } catch (problem) {
      if (!(problem instanceof ClientError)) throw problem;
      refused = problem;
    }
    if (conversation === this.conversation) this.say(refused ? this.refusal(refused) : nothing);
    return refused;
  }

  // -- the composer ---------------------------------------------------------------------------------------------------

  /** Enter sends. */
  protected keyed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    (event.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
  }

  /** Where there is no conversation yet, a screen may begin one with what is sent. */
  protected async begin(): Promise<void> {}

  /** The text stays, locked, until the server has it; what is refused can be changed. */
  protected async submit(event: Event, send: (conversation: C, text: string) => Promise<unknown>): Promise<void> {
    event.preventDefault();
    const box = (event.currentTarget as HTMLFormElement).querySelector("textarea");
    if (!box || box.readOnly || !box.value.trim()) return;
    box.readOnly = true;
    this.render();
    if (!this.conversation) await this.begin();
    const { conversation } = this;
    if (!conversation) {
      box.readOnly = false;
      this.render();
      return;
    }
    const refused = await this.act((mine) => send(mine, box.value));
    const isAnothers = conversation !== this.conversation && refused?.code !== "began_anew";
    if (isAnothers) return; // the box is another conversation's by now
    box.readOnly = false;
    if (!refused) box.value = "";
    this.render();
  }
}
