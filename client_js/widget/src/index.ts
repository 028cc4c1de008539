/**
 * The chat on a page of one's own. Importing it defines `<intervene-chat>`.
 *
 * @packageDocumentation
 */

import "./chat.ts";

export type { Attributes, BootOptions, Call, ChatEvents, Intervene, Speaker, Theme, UserToken } from "./api.ts";
export { EVENT_PREFIX } from "./api.ts";
export { InterveneChat } from "./element.ts";
