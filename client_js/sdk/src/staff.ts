/** What staff can do in a conversation. */

import { Conversation, newId, type Typing } from "./conversation.ts";
import { Refused } from "./errors.ts";
import type * as wire from "./wire.ts";

/**
 * A conversation as staff see it. What speaks or acts for the business is made in the epoch that is shown: after a
 * change of holder that was not shown yet it rejects with `taken` or `stale`, and nothing happened.
 */
export class StaffConversation extends Conversation<wire.Event, wire.StaffState> {
  /** Who watches; null until the server has said. It names the first 20 of many: `watching` counts all. */
  here: wire.Here | null = null;
  /** The times of each takeover that happened while it was watched, by epoch. They grow as they become known. */
  readonly takeovers = new Map<number, wire.TakeoverTimes>();

  /** How many agents watch, ourselves included. */
  get watching(): number {
    return this.here ? this.here.count || this.here.agents.length : 0;
  }

  /**
   * Says `text` for the business. `seen`: the last event that was shown when the reply was begun, by default when it is
   * sent. `confirmed`: although the customer wrote since; otherwise `stale_view` rejects.
   */
  say(text: string, { confirmed = false, seen = this.view.number } = {}): Promise<wire.StaffAck> {
    return this.do({ type: "say", id: newId(), conversation: this.id, text, epoch: this.#epoch, seen, confirmed });
  }

  /** Gives our message of event `n` another text, while we hold control and it is new; else `unchangeable` rejects. */
  edit(n: number, text: string): Promise<wire.StaffAck> {
    return this.do({ type: "edit", id: newId(), conversation: this.id, epoch: this.#epoch, n, text });
  }

  /** Takes our message of event `n` back, likewise. */
  delete(n: number): Promise<wire.StaffAck> {
    return this.do({ type: "delete", id: newId(), conversation: this.id, epoch: this.#epoch, n });
  }

  /** Writes a private message among staff. It needs no control. `mentions`: ids of colleagues who are called to it. */
  note(text: string, mentions: readonly string[] = []): Promise<wire.StaffAck> {
    return this.do({
      type: "add_note",
      id: newId(),
      conversation: this.id,
      text,
      ...(mentions.length && { mentions }),
    });
  }

  /**
   * Takes control. Rejects with `taken`, and `facts.by`, when another person was quicker. When control changed and no
   * person has it, it is tried once more in the new epoch (R56).
   */
  async intervene(): Promise<wire.StaffAck> {
    const command: wire.Intervene = { type: "intervene", id: newId(), conversation: this.id, epoch: this.#epoch };
    try {
      return await this.do(command);
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code !== "stale" || problem.facts.epoch === undefined) throw problem;
      return this.do({ ...command, id: newId(), epoch: problem.facts.epoch });
    }
  }

  /** Gives control to a bot: a new run, of the bot that conversations start with unless one is named. */
  handBack(bot = ""): Promise<wire.StaffAck> {
    return this.do({ type: "hand_back", id: newId(), conversation: this.id, epoch: this.#epoch, bot });
  }

  /** Lets go: the conversation waits for another person. */
  release(): Promise<wire.StaffAck> {
    return this.do({ type: "release", id: newId(), conversation: this.id, epoch: this.#epoch });
  }

  /**
   * Ends it, until the customer writes again. `stale_view` rejects when the customer wrote since, and `reason_needed`
   * where its queue wants a reason: the id of one of the organisation's.
   */
  close(reason = ""): Promise<wire.StaffAck> {
    const seen = this.view.number;
    return this.do({
      type: "close",
      id: newId(),
      conversation: this.id,
      epoch: this.#epoch,
      seen,
      ...(reason && { reason }),
    });
  }

  /** Opens it again. */
  reopen(): Promise<wire.StaffAck> {
    return this.do({ type: "reopen", id: newId(), conversation: this.id, epoch: this.#epoch });
  }

  get #epoch(): number {
    return this.view.state?.epoch ?? 0;
  }

  protected override noticed(frame: Typing | wire.Here | wire.TakeoverTimes): void {
    if (frame.type === "here") this.here = frame;
    if (frame.type === "takeover") this.takeovers.set(frame.epoch, frame);
  }
}
