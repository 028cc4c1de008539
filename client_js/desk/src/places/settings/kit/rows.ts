/** Rows of the organisation's settings over HTTP: all of a kind, a new one, a change for the version that was seen. */

import type { Api } from "../../../api.ts";
import { type Row, sorted } from "../../../core/settings.ts";
import { changesOf, type Draft } from "./drafts.ts";

interface Page<R> {
  readonly items: readonly R[];
  readonly next?: string;
}

/** In the order in which they are offered, archived ones too. `path` as in `/v1/{path}`. */
export async function readRows<R extends Row>(api: Pick<Api, "get">, path: string): Promise<readonly R[]> {
  return sorted(await readAll<R>(api, path));
}

/** All pages of a list. */
export async function readAll<R>(api: Pick<Api, "get">, path: string): Promise<readonly R[]> {
  const rows: R[] = [];
  let next = "";
  do {
    const cursor: string = next === "" ? "" : `?cursor=${encodeURIComponent(next)}`;
    const page: Page<R> = await api.get(`/v1/${path}${cursor}`);
    rows.push(...page.items);
    next = page.next ?? "";
  } while (next !== "");
  return rows;
}

/** Makes or changes it; the row as it is then, null where nothing of it is to change. */
export async function storeDraft<R extends Row>(
  api: Pick<Api, "send">,
  path: string,
  draft: Omit<Draft<object>, "theirs">,
): Promise<R | null> {
  const { id, key, version, values } = draft;
  if (id === "") return api.send<R>("POST", `/v1/${path}`, values, { key });
  const changes = changesOf(draft);
  if (Object.keys(changes).length === 0) return null;
  return changeRow(api, path, { id, version }, changes);
}

export function changeRow<R extends Row>(
  api: Pick<Api, "send">,
  path: string,
  { id, version }: Pick<Row, "id" | "version">,
  members: object,
): Promise<R> {
  return api.send<R>("PATCH", `/v1/${path}/${encodeURIComponent(id)}`, members, { version });
}
