/** What staff can do in a conversation. */

import { Conversation, newId, type Typing } from "./conversation.ts";
import type { StaffCommand } from "./core/outbox.ts";
import { Refused } from "./errors.ts";
import type * as wire from "./wire.ts";

type ActOf<C> = C extends { readonly epoch: number }
  ? Omit<C, "id" | "conversation" | "epoch"> & { readonly epoch?: number }
  : never;

/** A command of staff that is fenced by the epoch, without what `act` knows. */
export type Act = ActOf<Exclude<StaffCommand, wire.StaffSay>>;

/**
 * A conversation as staff see it. What speaks or acts for the business is made in the epoch that is shown: after a
 * change of holder that was not shown yet it rejects with `taken` or `stale`, and nothing happened.
 */
export class StaffConversation extends Conversation<wire.Event, wire.StaffState> {
  /** Who watches; null until the server has said. It names the first 20 of many: `watching` counts all. */
  here: wire.Here | null = null;
  /** The times of each takeover that happened while it was watched, by epoch. They grow as they become known. */
  readonly takeovers = new Map<number, wire.TakeoverTimes>();

  /** Up to where the customer has read: the `pub` of an event. It only grows. */
  get contactRead(): number {
    return this.line.followed(this.id)?.contactRead ?? 0;
  }

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
    return this.act({ type: "edit", n, text });
  }

  /** Takes our message of event `n` back, likewise. */
  delete(n: number): Promise<wire.StaffAck> {
    return this.act({ type: "delete", n });
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
    try {
      return await this.act({ type: "intervene" });
    } catch (problem) {
      if (!(problem instanceof Refused) || problem.code !== "stale" || problem.facts.epoch === undefined) throw problem;
      return this.act({ type: "intervene", epoch: problem.facts.epoch });
    }
  }

  /**
   * Gives control to a bot: a new run, of the bot that conversations start with unless one is named. `reason`: what that
   * bot is told of why, where `features` names `briefing`.
   */
  handBack(bot = "", reason = ""): Promise<wire.StaffAck> {
    return this.act({ type: "hand_back", bot, ...(reason && { reason }) });
  }

  /** Lets go: the conversation waits for another person. `reason`: why, for colleagues, as of `handBack`. */
  release(reason = ""): Promise<wire.StaffAck> {
    return this.act({ type: "release", ...(reason && { reason }) });
  }

  /**
   * Ends it, until the customer writes again. `stale_view` rejects when the customer wrote since, and `reason_needed`
   * where its queue wants a reason: the id of one of the organisation's.
   */
  close(reason = ""): Promise<wire.StaffAck> {
    return this.act({ type: "close", seen: this.view.number, ...(reason && { reason }) });
  }

  /** Opens it again. */
  reopen(): Promise<wire.StaffAck> {
    return this.act({ type: "reopen" });
  }

  /**
   * Gives any other command of staff, in the epoch that is shown: `act({ type: "assign", agent: "ben" })`. Which there
   * are, and what they refuse, is in the protocol (R125, R142, R143, R162).
   */
  act(command: Act): Promise<wire.StaffAck> {
    const whole = { epoch: this.#epoch, ...command, id: newId(), conversation: this.id };
    return this.do(whole as StaffCommand);
  }

  get #epoch(): number {
    return this.view.state?.epoch ?? 0;
  }

  protected override noticed(frame: Typing | wire.Here | wire.TakeoverTimes): void {
    if (frame.type === "here") this.here = frame;
    if (frame.type === "takeover") this.takeovers.set(frame.epoch, frame);
  }
}
