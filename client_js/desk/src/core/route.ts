/** What the address bar names: a place of the desk, what is open in it, and for conversations what is listed. */

import { ALL, type Filter, filterOf, searchOf } from "./lists.ts";

export type Place = "conversations" | "contacts" | "wall" | "settings";

export interface Route {
  readonly place: Place;
  /** The conversation, the contact or the page of the settings; null for none. */
  readonly id: string | null;
  /** What is listed beside a conversation. */
  readonly filter: Filter;
}

const HOME = "/desk";
const SEGMENTS: Readonly<Record<Place, string>> = {
  conversations: "c",
  contacts: "contacts",
  wall: "wall",
  settings: "settings",
};

export function isOfDesk(path: string): boolean {
  return path === HOME || path.startsWith(`${HOME}/`);
}

/** Of a path with its query. What the desk never made names its conversations, and none of them. */
export function routeOf(address: string): Route {
  const [path = "", search = ""] = address.split("?", 2);
  const filter = filterOf(search);
  const [segment, id, ...more] = path.split("/").slice(2);
  const found = (Object.keys(SEGMENTS) as Place[]).find((place) => SEGMENTS[place] === segment);
  const place = more.length === 0 && path.startsWith(`${HOME}/`) ? found : undefined;
  return place === undefined ? { place: "conversations", id: null, filter } : { place, id: decoded(id), filter };
}

export function pathOf(place: Place, id: string | null = null, filter: Filter = ALL): string {
  const search = searchOf(filter);
  if (id !== null) return `${HOME}/${SEGMENTS[place]}/${encodeURIComponent(id)}${search}`;
  return place === "conversations" ? `${HOME}${search}` : `${HOME}/${SEGMENTS[place]}`;
}

function decoded(id: string | undefined): string | null {
  try {
    return id === undefined || id === "" ? null : decodeURIComponent(id);
  } catch {
    return null; // a path that the desk never makes
  }
}
