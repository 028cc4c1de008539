/** What an agent does with the open conversation: takes control, and gives it away. */

import { Refused, type wire } from "@intervene/client";
import type { Action } from "./core/actions.ts";
import { lost, NONE } from "./core/attempt.ts";
import { commandOf, type Target } from "./core/commands.ts";
import type { Open } from "./core/open.ts";
import { notDone, type Refusal } from "./performing.ts";
import { reasonOf } from "./words.ts";
import type { Screen } from "./writing.ts";

export class Acting {
  readonly #screen: Screen;
  readonly #serverNow: () => number;
  /** The takeover that was asked for here last, and when, until its event comes. */
  #click: { readonly conversation: string; readonly at: number } | null = null;

  constructor(screen: Screen, serverNow: () => number) {
    this.#screen = screen;
    this.#serverNow = serverNow;
  }

  async take(): Promise<void> {
    const open = this.#screen.open();
    const conversation = this.#screen.watched();
    if (open === null || conversation === null || open.view.state === null) return;
    const clicked = this.#serverNow();
    const taking = { kind: "taking", since: performance.now() } as const;
    this.#click = { conversation: open.id, at: taking.since };
    this.#screen.change(open.id, (was) => ({ ...was, attempt: taking, notice: null }));
    try {
      await conversation.intervene();
      this.#screen.change(open.id, (was) => (was.attempt === taking ? { ...was, attempt: NONE } : was));
    } catch (problem) {
      this.#click = null;
      this.#screen.change(open.id, (was) => refusedTake(was, problem as Error, clicked));
    }
  }

  /** Another conversation is shown: when the event of a takeover is shown again, it may be history. */
  leave(): void {
    this.#click = null;
  }

  /** How long it took from the click to this event, if it is the takeover that was asked for here. */
  tookWith({ command, body }: wire.Event, me: string | undefined): { id: string; took: number } | null {
    const click = command === undefined ? null : this.#click;
    if (click === null || body.kind !== "control" || body.move !== "intervene") return null;
    if (body.holder.type !== "agent" || body.holder.id !== me) return null;
    this.#click = null;
    return { id: click.conversation, took: performance.now() - click.at };
  }

  /** Does it in the open conversation, in the epoch that is shown. Why it was refused is said in the dock too. */
  async perform(action: Action, target: Target): Promise<readonly Refusal[]> {
    const command = commandOf(action, target);
    const conversation = this.#screen.watched();
    if (command === null || conversation === null) return [];
    if (command.type === "intervene") {
      await this.take();
      return [];
    }
    this.#screen.change(target.id, (was) => ({ ...was, attempt: { kind: "moving", move: action.kind }, notice: null }));
    try {
      await conversation.act(command);
      this.#screen.change(target.id, (was) => ({ ...was, attempt: NONE }));
      return [];
    } catch (problem) {
      const refusals = [{ id: target.id, reason: reasonOf(problem) }];
      const notice = { kind: "failed", text: notDone(action.kind, refusals) } as const;
      this.#screen.change(target.id, (was) => ({ ...was, attempt: NONE, notice }));
      return refusals;
    }
  }
}

function refusedTake(open: Open, problem: Error, clicked: number): Open {
  if (!(problem instanceof Refused))
    return { ...open, attempt: NONE, notice: { kind: "failed", text: reasonOf(problem) } };
  const { by, at, epoch } = problem.facts;
  if (problem.code === "taken" && by) return { ...open, attempt: lost(by, at ?? clicked, clicked, epoch ?? 0) };
  return { ...open, attempt: NONE, notice: { kind: "failed", text: reasonOf(problem) } };
}
