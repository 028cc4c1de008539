/** What an agent writes in the open conversation: drafts, typing, what is sent, and what comes back unsent. */

import { Refused, type StaffConversation } from "@intervene/client";
import type { Editing, Open } from "./core/open.ts";
import * as opens from "./core/open.ts";
import { reasonOf, words } from "./words.ts";

export type Slot = "reply" | "note";

/** What was typed and not sent. */
export interface DraftsOfPerson {
  get(conversation: string, slot: Slot): string;
  set(conversation: string, slot: Slot, text: string): void;
}

/** What the parts of a session share of it. */
export interface Screen {
  /** The open conversation as it is shown, and as the server's events change it; both null while none is open. */
  readonly open: () => Open | null;
  readonly watched: () => StaffConversation | null;
  /** Changes a conversation that is or was open. */
  readonly change: (id: string, change: (open: Open) => Open) => void;
  /** Whom a note in the open conversation mentions, by their ids. */
  readonly mentions: (text: string) => readonly string[];
}

const TYPING_AGAIN = 3000; // ms
const NEVER = Number.NEGATIVE_INFINITY;

export class Writing {
  readonly #screen: Screen;
  readonly #drafts: DraftsOfPerson;
  #typedAt = NEVER;

  constructor(screen: Screen, drafts: DraftsOfPerson) {
    this.#screen = screen;
    this.#drafts = drafts;
  }

  /** What stands in a field now, whose conversation and slot are given: another may be open by then. */
  write(text: string, id: string, slot: Slot): void {
    this.#drafts.set(id, slot, text);
    const open = this.#screen.open();
    if (open?.id !== id || slot === "note") return;
    this.#screen.change(open.id, (was) => opens.written(was, text));
    const now = performance.now();
    if (text !== "" && now - this.#typedAt > TYPING_AGAIN) this.#typing(true);
    else if (text === "") this.stopTyping();
  }

  stopTyping(): void {
    if (this.#typedAt > NEVER) this.#typing(false);
  }

  #typing(on: boolean): void {
    this.#typedAt = on ? performance.now() : NEVER;
    this.#screen.watched()?.setTyping(on);
  }

  setNoting(isNoting: boolean): void {
    const open = this.#screen.open();
    if (open !== null) this.#screen.change(open.id, (was) => ({ ...was, isNoting }));
  }

  /** A draft of before this page was opened counts as begun now: what is on the screen is what it answers. */
  resume(id: string): void {
    const reply = this.#drafts.get(id, "reply");
    if (reply !== "") this.#screen.change(id, (open) => (open.view.state === null ? open : opens.written(open, reply)));
  }

  /** Sends what is in the composer. A reply waits for a yes when the customer wrote since it was begun. */
  send(isConfirmed = false): void {
    const open = this.#screen.open();
    const conversation = this.#screen.watched();
    if (open === null || conversation === null) return;
    const text = this.#drafts.get(open.id, slotOf(open));
    if (text.trim() === "") return;
    const count = opens.missed(open);
    if (!open.isNoting && !isConfirmed && count > 0) {
      this.#screen.change(open.id, (was) => opens.isStale(was, count));
      return;
    }
    this.write("", open.id, slotOf(open));
    this.#screen.change(open.id, (was) => ({ ...was, notice: null, unreadAfter: null }));
    const said = open.isNoting
      ? conversation.note(text, this.#screen.mentions(text))
      : conversation.say(text, { confirmed: isConfirmed });
    said.catch(() => undefined); // `unsent` brings it back, as it does for what an earlier page had sent
  }

  /** Writes a message of mine anew; null ends that, and what was changed is lost. The draft of a reply stays as it is. */
  edit(editing: Editing | null): void {
    const open = this.#screen.open();
    if (open !== null) this.#screen.change(open.id, (was) => ({ ...was, editing, notice: null }));
  }

  /** The message reads so from now on. If that is refused, the text stays in the field. */
  async saveEdit(): Promise<void> {
    const open = this.#screen.open();
    const { editing } = open ?? {};
    if (open === null || !editing || editing.text.trim() === "") return;
    await this.#amend(open.id, (conversation) => conversation.edit(editing.n, editing.text), "editMessage");
  }

  /** Takes a message of mine back. */
  async takeBack(n: number): Promise<void> {
    const open = this.#screen.open();
    if (open !== null) await this.#amend(open.id, (conversation) => conversation.delete(n), "deleteMessage");
  }

  async #amend(
    id: string,
    act: (conversation: StaffConversation) => Promise<unknown>,
    name: "editMessage" | "deleteMessage",
  ) {
    const conversation = this.#screen.watched();
    if (conversation === null) return;
    try {
      await act(conversation);
      this.#screen.change(id, (open) => ({ ...open, editing: null }));
    } catch (problem) {
      const text = words("notDone", { move: words(name), reason: reasonOf(problem) });
      this.#screen.change(id, (open) => ({ ...open, notice: { kind: "failed", text } }));
    }
  }

  /** Nothing was sent: the text goes back to the conversation that it was written in, whichever is open now. */
  giveBack(
    command: { readonly type: string; readonly conversation: string; readonly text: string },
    problem: Error,
  ): void {
    const { conversation: id, text } = command;
    const slot = command.type === "say" ? "reply" : "note";
    const since = this.#drafts.get(id, slot);
    this.#drafts.set(id, slot, since.trim() === "" ? text : `${text}\n\n${since}`);
    this.#screen.change(id, (open) => {
      const isStale = problem instanceof Refused && problem.code === "stale_view";
      if (!isStale)
        return { ...open, notice: { kind: "failed", text: words("notSent", { reason: reasonOf(problem) }) } };
      const begun = Math.min(open.begun || open.view.number, (problem.facts.asked ?? open.view.number) - 1);
      const stale = { ...open, begun };
      return opens.isStale(stale, Math.max(1, opens.missed(stale)));
    });
  }
}

function slotOf({ isNoting }: Open): Slot {
  return isNoting ? "note" : "reply";
}
