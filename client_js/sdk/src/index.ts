/**
 * The client of an Intervene server.
 *
 * @packageDocumentation
 */

export { Client, createClient } from "./client.ts";
export { type ConversationEvents, CustomerConversation, type Typing } from "./conversation.ts";
export type { Place } from "./core/followed.ts";
export type { Ack, Command, ContactCommand, Entry, StaffCommand } from "./core/outbox.ts";
export type { Pace } from "./core/pace.ts";
export type { View } from "./core/reduce.ts";
export type { LinkState, Trouble, Welcome } from "./core/states.ts";
export type { WebSocketClass, WebSocketLike } from "./drivers/socket.ts";
export { IndexedDbStore, MemoryStore, type Store, type Stored } from "./drivers/store.ts";
export {
  BeganAnew,
  ClientError,
  Continued,
  type Facts,
  Misused,
  NoToken,
  QueueFull,
  Refused,
  Stopped,
  TokenLater,
  TooLate,
} from "./errors.ts";
export type { Attributes, ClientEvents, ClientOptions, ClientState } from "./options.ts";
export { type Act, StaffConversation } from "./staff.ts";
export { type Token, type TokenAsked, type VisitorOptions, VisitorTokens } from "./visitor.ts";
export type * as wire from "./wire.ts";
export { CloseCode } from "./wire.ts";
