/** The places that there are, in the order of the rail. A new one is a line here, and its paths in `edge/http/pages.py`. */

import { icons } from "@intervene/ui";
import type { PlaceInfo } from "./place.ts";

export const PLACES: readonly PlaceInfo[] = [
  {
    place: "contacts",
    icon: icons.people,
    label: "contacts",
    roles: ["agent", "supervisor", "admin"],
    tag: "intervene-contacts",
    load: () => import("./contacts/contacts.ts"),
  },
  {
    place: "wall",
    icon: icons.wall,
    label: "wall",
    roles: ["supervisor", "admin"],
    tag: "intervene-wall",
    load: () => import("./wall/wall.ts"),
  },
  {
    place: "settings",
    icon: icons.sliders,
    label: "settings",
    roles: ["agent", "supervisor", "admin"],
    tag: "intervene-settings",
    load: () => import("./settings/settings.ts"),
  },
];
