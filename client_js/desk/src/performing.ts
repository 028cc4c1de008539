/** Does what the menus offer: in the open conversation over its socket, in others and in many over HTTP. */

import { type Api, newKey } from "./api.ts";
import type { Action, ActionKind } from "./core/actions.ts";
import { bodyOf, bulksOf, commandOf, type Target } from "./core/commands.ts";
import { download, fileNameOf, transcriptOf } from "./transcript.ts";
import { reasonOf, words } from "./words.ts";

/** What was not done, and why: a sentence. */
export interface Refusal {
  readonly id: string;
  readonly reason: string;
}

interface Problem {
  readonly code: string;
  readonly detail?: string;
}

interface Outcomes {
  readonly items: readonly { readonly conversation: string; readonly refused?: Problem }[];
}

export class Performing {
  readonly #api: Api;
  readonly #now: () => number;

  /** `now`: the server's clock. */
  constructor(api: Api, now: () => number) {
    this.#api = api;
    this.#now = now;
  }

  /** In each of these; answers for each that refused why it did, and for no others. */
  async perform(action: Action, targets: readonly Target[]): Promise<readonly Refusal[]> {
    const [only] = targets;
    if (action.kind === "transcript") return this.#transcripts(targets);
    if (only !== undefined && targets.length === 1) return this.#one(action, only);
    const answers = bulksOf(action, targets).map(async (bulk) => {
      const ids = Object.keys(bulk.conversations);
      try {
        const { items } = await this.#send<Outcomes>("/v1/conversations/bulk", bulk);
        return items.flatMap(({ conversation: id, refused }) =>
          refused === undefined
            ? []
            : [{ id, reason: reasonOf({ code: refused.code, message: refused.detail ?? words("noAnswer") }) }],
        );
      } catch (problem) {
        return ids.map((id) => ({ id, reason: reasonOf(problem) }));
      }
    });
    return (await Promise.all(answers)).flat();
  }

  async #one(action: Action, target: Target): Promise<readonly Refusal[]> {
    const command = commandOf(action, target);
    if (command === null) return [];
    const path = `/v1/conversations/${encodeURIComponent(target.id)}/${command.type}`;
    return this.#attempt(target.id, () => this.#send(path, bodyOf(command, target)));
  }

  async #transcripts(targets: readonly Target[]): Promise<readonly Refusal[]> {
    const refusals: Refusal[] = [];
    for (const { id, contact } of targets) {
      const save = async () => download(await transcriptOf(this.#api, id), fileNameOf(contact, this.#now()));
      refusals.push(...(await this.#attempt(id, save)));
    }
    return refusals;
  }

  async #attempt(id: string, act: () => Promise<unknown>): Promise<readonly Refusal[]> {
    try {
      await act();
      return [];
    } catch (problem) {
      return [{ id, reason: reasonOf(problem) }];
    }
  }

  #send<T>(path: string, body: unknown): Promise<T> {
    return this.#api.send<T>("POST", path, body, { key: newKey() });
  }
}

/** What a person is told of it; "" where nothing was refused. */
export function notDone(kind: ActionKind, refusals: readonly Refusal[]): string {
  const [first] = refusals;
  if (first === undefined) return "";
  const said = { move: words(kind), reason: first.reason };
  return refusals.length === 1 ? words("notDone", said) : words("notAllDone", { ...said, n: refusals.length });
}
