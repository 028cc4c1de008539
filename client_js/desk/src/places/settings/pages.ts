/** The pages of the settings, in the order of their navigation. A new one is an entry here, and its label in `en.ts`. */

import { icons } from "@intervene/ui";
import type { Me } from "../../core/dock.ts";

export const GROUPS = ["organisation", "work", "reach", "you"] as const;

export interface PageInfo {
  /** As in its address: `/desk/settings/{page}`. */
  readonly page: string;
  readonly group: (typeof GROUPS)[number];
  /** Which of the settings' words names it. */
  readonly label:
    | "people"
    | "account"
    | "notifications"
    | "queues"
    | "hours"
    | "statuses"
    | "tags"
    | "reasons"
    | "customFields"
    | "cannedReplies"
    | "webchat"
    | "blocklist";
  readonly icon: string;
  /** Roles that have it in their navigation. The server refuses what it is about to all others. */
  readonly roles: readonly Me["role"][];
  /** The module defines the element, a `SettingsPage`: `customElements.define(tag, ...)`. */
  readonly tag: string;
  readonly load: () => Promise<unknown>;
}

const EVERYBODY = ["agent", "supervisor", "admin"] as const;
/** Supervisors look at what only admins change. */
const LEADERS = ["supervisor", "admin"] as const;

export const PAGES: readonly PageInfo[] = [
  {
    page: "people",
    group: "organisation",
    label: "people",
    icon: icons.people,
    roles: ["admin"],
    tag: "intervene-settings-people",
    load: () => import("./people/people.ts"),
  },
  {
    page: "queues",
    group: "work",
    label: "queues",
    icon: icons.tray,
    roles: LEADERS,
    tag: "intervene-settings-queues",
    load: () => import("./queues/queues.ts"),
  },
  {
    page: "hours",
    group: "work",
    label: "hours",
    icon: icons.clock,
    roles: LEADERS,
    tag: "intervene-settings-hours",
    load: () => import("./hours/hours.ts"),
  },
  {
    page: "statuses",
    group: "work",
    label: "statuses",
    icon: icons.tag,
    roles: LEADERS,
    tag: "intervene-settings-statuses",
    load: () => import("./statuses/statuses.ts"),
  },
  {
    page: "tags",
    group: "work",
    label: "tags",
    icon: icons.tag,
    roles: LEADERS,
    tag: "intervene-settings-tags",
    load: () => import("./tags/tags.ts"),
  },
  {
    page: "fields",
    group: "work",
    label: "customFields",
    icon: icons.filter,
    roles: LEADERS,
    tag: "intervene-settings-fields",
    load: () => import("./fields/fields.ts"),
  },
  {
    page: "reasons",
    group: "work",
    label: "reasons",
    icon: icons.flag,
    roles: LEADERS,
    tag: "intervene-settings-reasons",
    load: () => import("./reasons/reasons.ts"),
  },
  {
    page: "canned-replies",
    group: "work",
    label: "cannedReplies",
    icon: icons.note,
    roles: LEADERS,
    tag: "intervene-settings-canned",
    load: () => import("./canned/canned.ts"),
  },
  {
    page: "webchat",
    group: "reach",
    label: "webchat",
    icon: icons.webchat,
    roles: LEADERS,
    tag: "intervene-settings-webchat",
    load: () => import("./webchat/webchat.ts"),
  },
  {
    page: "blocklist",
    group: "reach",
    label: "blocklist",
    icon: icons.block,
    roles: LEADERS,
    tag: "intervene-settings-blocklist",
    load: () => import("./blocklist/blocklist.ts"),
  },
  {
    page: "account",
    group: "you",
    label: "account",
    icon: icons.user,
    roles: EVERYBODY,
    tag: "intervene-settings-account",
    load: () => import("./account/account.ts"),
  },
  {
    page: "notifications",
    group: "you",
    label: "notifications",
    icon: icons.bell,
    roles: EVERYBODY,
    tag: "intervene-settings-notifications",
    load: () => import("./notifications/notifications.ts"),
  },
];

/** Those that a role has. */
export function pagesOf(role: Me["role"]): readonly PageInfo[] {
  return PAGES.filter(({ roles }) => roles.includes(role));
}
