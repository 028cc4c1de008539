// Generated from the server's Structs by `make schema`: do not edit. Optional members have defaults.

export const SUBPROTOCOL = "intervene.v1";

/** The person has used the page. Sent at most every 30 s. */
export interface Active {
  readonly type: "active";
}

/** `mentions`: colleagues who are called to it, by their ids; what stands twice counts once. */
export interface AddNote {
  readonly type: "add_note";
  readonly id: string;
  readonly conversation: string;
  readonly text: string;
  readonly mentions?: ReadonlyArray<string>;
  readonly organisation?: string;
}

/** A person who works for the organisation: the id in their token, and the name that customers see. */
export interface Agent {
  readonly type: "agent";
  readonly id: string;
  readonly name: string;
}

export interface AskForPerson {
  readonly type: "ask_for_person";
  readonly id: string;
  readonly conversation: string;
}

/** `agent`: the id of a colleague. */
export interface Assign {
  readonly type: "assign";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly agent: string;
  readonly organisation?: string;
}

/** What a bot says of the contact, by name; an empty value: it says so no more. */
export interface AttributesKept {
  readonly kind: "attributes_kept";
  readonly values: Readonly<Record<string, string>>;
}

/** Those of the `set_attributes` with that id are kept. */
export interface AttributesSet {
  readonly type: "attributes_set";
  readonly id: string;
}

/** What colleagues see: the choice, unless the person gave no input for a while, or has no session. */
export type Availability = "available" | "away" | "busy" | "offline";

/** This node is going: come back, to another or the same, after so many milliseconds. */
export interface Away {
  readonly type: "away";
  readonly after_ms: number;
}

/**
 * Begin a conversation with a contact, or find the one that is open: the `ack` names it. `channel`: empty, the only
 * one on which the contact is reached. `queue`: where it waits once nobody holds it; empty: the channel's.
 */
export interface Begin {
  readonly type: "begin";
  readonly id: string;
  readonly contact: string;
  readonly channel?: string;
  readonly queue?: string;
  readonly organisation?: string;
}

/** The conversation's customer, on its channel or `everywhere`; the conversation closes. `why` is for staff. */
export interface Block {
  readonly type: "block";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly until?: number;
  readonly why?: string;
  readonly everywhere?: boolean;
  readonly organisation?: string;
}

/**
 * The customer's address is blocked on the channel, empty: everywhere, until a time in milliseconds since 1970, 0:
 * for good. Nothing opens the conversation before that.
 */
export interface Blocked {
  readonly kind: "blocked";
  readonly channel: string;
  readonly address: string;
  readonly until?: number;
  readonly why?: string;
}

/** A bot: its id, and the name that customers see. */
export interface Bot {
  readonly type: "bot";
  readonly id: string;
  readonly name: string;
}

/** What a person chooses, and their row keeps. */
export type Choice = "available" | "busy";

export interface CloseConversation {
  readonly type: "close";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly seen: number;
  readonly reason?: string;
  readonly organisation?: string;
}

export interface CloseView {
  readonly type: "close_view";
  readonly view: string;
}

/**
 * A customer: their id, and a name, empty if none was given. As an author, the id of the address they write from;
 * `vouched`: the host application or a provider says that it is theirs.
 */
export interface Contact {
  readonly type: "contact";
  readonly id: string;
  readonly name: string;
  readonly vouched?: boolean;
}

export interface ContactAck {
  readonly type: "ack";
  readonly id: string;
  readonly conversation: string;
  readonly pub?: number;
  readonly at?: number;
}

/** It goes on in another conversation: open that one. */
export interface ContactContinued {
  readonly kind: "continued";
  readonly to: string;
}

export interface ContactControl {
  readonly kind: "control";
  readonly holder: Party;
  readonly is_open: boolean;
}

export interface ContactDeleted {
  readonly kind: "deleted";
  readonly message: string;
}

export interface ContactEdited {
  readonly kind: "edited";
  readonly message: string;
  readonly text: string;
}

/**
 * Only the sentence, when to retry and where to go on: who holds what, in which epoch, is not a customer's to
 * know.
 */
export interface ContactError {
  readonly type: "error";
  readonly code: ErrorCode;
  readonly message: string;
  readonly id?: string;
  readonly conversation?: string;
  readonly retry_after?: number;
  readonly to?: string;
}

export interface ContactEvent {
  readonly type: "event";
  readonly conversation: string;
  readonly pub: number;
  readonly id: string;
  readonly at: number;
  readonly event: ContactMessageStarted | ContactMessage | ContactEdited | ContactDeleted | ContactControl | ContactContinued;
}

export interface ContactMessage {
  readonly kind: "message";
  readonly message: string;
  readonly by: Party;
  readonly text: string;
  readonly interrupted?: boolean;
  readonly edited?: boolean;
  readonly deleted?: boolean;
}

export interface ContactMessageStarted {
  readonly kind: "message_started";
  readonly message: string;
  readonly by: Party;
}

export interface ContactPage {
  readonly type: "page";
  readonly conversation: string;
  readonly events: ReadonlyArray<ContactEvent>;
  readonly more: boolean;
}

/** The customer has read up to there, in their own count: that of `pub` of events. The highest counts. */
export interface ContactRead {
  readonly type: "contact_read";
  readonly conversation: string;
  readonly pub: number;
}

export interface ContactSay {
  readonly type: "say";
  readonly id: string;
  readonly conversation: string;
  readonly text: string;
}

export interface ContactState {
  readonly pub: number;
  readonly holder: Party;
  readonly is_open: boolean;
}

export interface ContactTyping {
  readonly type: "typing";
  readonly conversation: string;
  readonly who: Party;
  readonly on: boolean;
}

/** As `StaffWatched`, in numbers that count only what a customer may see. */
export interface ContactWatched {
  readonly type: "watched";
  readonly conversation: string;
  readonly events: ReadonlyArray<ContactEvent>;
  readonly state: ContactState;
  readonly more: boolean;
  readonly reset: boolean;
  readonly stream?: OpenStream | null;
  readonly read?: number;
}

/** As `StaffWelcome`. `claimed`: the visitor of `hello.claim` is the user now, and their token is good no more. */
export interface ContactWelcome {
  readonly type: "welcome";
  readonly name: string;
  readonly expires: number;
  readonly ping_seconds: number;
  readonly features?: ReadonlyArray<string>;
  readonly now?: number;
  readonly claimed?: boolean;
}

/**
 * It goes on in the conversation `to`; nothing more is taken here. `unanswered`: the customer had written here and
 * was not answered, which customers are not shown.
 */
export interface Continued {
  readonly kind: "continued";
  readonly to: string;
  readonly unanswered?: boolean;
}

/** The other end of `Continued`. `unanswered`: the customer had written there and was not answered. */
export interface ContinuedFrom {
  readonly kind: "continued_from";
  readonly conversation: string;
  readonly unanswered?: boolean;
}

/** The holder changed. `epoch` of the event is the new one; nothing of a lower epoch follows. */
export interface ControlChanged {
  readonly kind: "control";
  readonly move: Move;
  readonly holder: Bot | Agent | Nobody;
  readonly is_open?: boolean;
  readonly reply_enabled?: boolean;
  readonly answered?: number;
  readonly reason?: string;
  readonly reason_name?: string;
  readonly queue?: string;
  readonly queue_name?: string;
}

/**
 * Of open conversations that one may see, in one organisation, or with `below` also in those below. `truncated`:
 * there are more.
 */
export interface Counts {
  readonly type: "counts";
  readonly organisation: string;
  readonly below?: boolean;
  readonly mine?: number;
  readonly unread?: number;
  readonly waiting?: number;
  readonly agent?: number;
  readonly bot?: number;
  readonly queues?: Readonly<Record<string, Sum>>;
  readonly statuses?: Readonly<Record<string, number>>;
  readonly truncated?: boolean;
}

/** I take my message back, that of event number `n`. */
export interface Delete {
  readonly type: "delete";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly n: number;
  readonly organisation?: string;
}

/** Its author took a message back: that of event number `n`. */
export interface Deleted {
  readonly kind: "deleted";
  readonly message: string;
  readonly n: number;
}

/** My message, that of event number `n`, shall read so. */
export interface Edit {
  readonly type: "edit";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly n: number;
  readonly text: string;
  readonly organisation?: string;
}

/** Its author wrote a message anew: that of event number `n`. `text` is all of it. */
export interface Edited {
  readonly kind: "edited";
  readonly message: string;
  readonly n: number;
  readonly text: string;
}

/** What a frame met. `id` names the command, `conversation` and `view` what it is about, where they are known. */
export interface Error {
  readonly type: "error";
  readonly code: ErrorCode;
  readonly message: string;
  readonly id?: string;
  readonly conversation?: string;
  readonly retry_after?: number;
  readonly by?: Agent | null;
  readonly at?: number;
  readonly holder?: Bot | Agent | Nobody | null;
  readonly epoch?: number;
  readonly asked?: number;
  readonly move?: string;
  readonly place?: string;
  readonly to?: string;
  readonly view?: string;
  readonly until?: number;
}

export type ErrorCode =
  | "bad_frame"
  | "bad_text"
  | "blocked"
  | "busy"
  | "continued"
  | "forbidden"
  | "id_reused"
  | "illegal_move"
  | "not_found"
  | "not_holder"
  | "out_of_order"
  | "over"
  | "reason_needed"
  | "stale"
  | "stale_view"
  | "taken"
  | "too_fast"
  | "too_long"
  | "too_many"
  | "unavailable"
  | "unchangeable";

/**
 * One committed fact. `seq` counts all events of the conversation from 1; `pub` counts those a customer may
 * see and is 0 on the others; `at` is in milliseconds since 1970, never falling.
 */
export interface Event {
  readonly seq: number;
  readonly pub?: number;
  readonly id: string;
  readonly at: number;
  readonly epoch: number;
  readonly author: Bot | Agent | Contact | System;
  readonly body: Opened | MessageStarted | Message | Note | Edited | Deleted | ControlChanged | QueueSet | StatusSet | TagsSet | FieldsSet | AttributesKept | Rated | Identified | Continued | ContinuedFrom | Blocked | Unblocked;
  readonly command?: string;
  readonly turn?: number;
}

/** The custom fields that have changed; an empty value: it has none. */
export interface FieldsSet {
  readonly kind: "fields_set";
  readonly fields: Readonly<Record<string, string>>;
}

/** The events before number `before`, newest `limit` of them. */
export interface GetPage {
  readonly type: "get_page";
  readonly conversation: string;
  readonly before: number;
  readonly limit?: number;
}

/** The watch has ended: the person may not see the conversation any more. `why` as in `access.Unseen`. */
export interface Gone {
  readonly type: "gone";
  readonly conversation: string;
  readonly why: Unseen;
}

export interface HandBack {
  readonly type: "hand_back";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly bot?: string;
  readonly reason?: string;
  readonly organisation?: string;
}

/** `claim`: the token of the visitor that the user has been, whose conversation becomes the user's. */
export interface Hello {
  readonly type: "hello";
  readonly token: string;
  readonly client?: string;
  readonly claim?: string;
}

/**
 * Who watches: the agents, and whether the customer is connected. `count`: how many agents there are, if those
 * that are named are not all.
 */
export interface Here {
  readonly type: "here";
  readonly conversation: string;
  readonly agents: ReadonlyArray<Agent>;
  readonly contact: boolean;
  readonly count?: number;
}

/**
 * It is that identity's from now on, because its own was joined to it. `vouched`: the host application or a
 * provider has said so.
 */
export interface Identified {
  readonly kind: "identified";
  readonly identity: string;
  readonly contact: Contact;
  readonly vouched?: boolean;
}

export interface Intervene {
  readonly type: "intervene";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly organisation?: string;
}

/**
 * The beginning of the last message that the customer sees, and what wrote it: `bot`, `agent`, `contact`. `id` and
 * `name`: of a bot or an agent, as it was called then.
 */
export interface LastLine {
  readonly by: string;
  readonly text: string;
  readonly id?: string;
  readonly name?: string;
}

/** Which of the conversations that one may see. */
export type Listed = "agent" | "all" | "bot" | "closed" | "mine" | "waiting";

/** These rows of the view are on the screen, in the place of others before: show what is being written in them. */
export interface Look {
  readonly type: "look";
  readonly view: string;
  readonly conversations: ReadonlyArray<string>;
}

/**
 * Event number `n` of a conversation of that organisation is a note that mentions the person. It comes beside the
 * log, whatever the session watches, and once: who has no session then finds it in the conversation.
 */
export interface Mentioned {
  readonly type: "mentioned";
  readonly organisation: string;
  readonly conversation: string;
  readonly n: number;
  readonly by: Bot | Agent | Contact | System;
  readonly at: number;
}

export interface Message {
  readonly kind: "message";
  readonly message: string;
  readonly text: string;
  readonly interrupted?: boolean;
  readonly reason?: string;
  readonly edited?: boolean;
  readonly deleted?: boolean;
}

/** A reply began; this is its place in the order. Its text comes in pieces, then as one `Message`. */
export interface MessageStarted {
  readonly kind: "message_started";
  readonly message: string;
}

/** The next ones. `view`: the name of one that is open. */
export interface MoreRows {
  readonly type: "more_rows";
  readonly view: string;
}

export type Move =
  | "ask"
  | "assign"
  | "begin"
  | "close"
  | "continue"
  | "finish"
  | "hand_back"
  | "intervene"
  | "lapse"
  | "release"
  | "reopen"
  | "start"
  | "transfer";

/** Nobody holds control: the conversation waits for a person, or is closed. */
export interface Nobody {
  readonly type: "nobody";
}

/** Private among agents. `mentions`: those who are called to it, by their ids. */
export interface Note {
  readonly kind: "note";
  readonly message: string;
  readonly text: string;
  readonly mentions?: ReadonlyArray<string>;
}

/** My conversation; it is created if there is none. `fresh`: the next one, if the latest is over. */
export interface Open {
  readonly type: "open";
  readonly fresh?: boolean;
}

/** The reply that is being written now: all its committed text and the number of its last piece. */
export interface OpenStream {
  readonly message: string;
  readonly n: number;
  readonly text: string;
}

/** List the conversations of the view, and what changes. */
export interface OpenView {
  readonly type: "open_view";
  readonly view: View;
}

/**
 * The conversation exists. `address`: where on the channel it came from; empty, it is the contact's id. `queue`:
 * where it waits for people; empty, in the default one. `identity`: whose it is; empty, the one of the address.
 */
export interface Opened {
  readonly kind: "opened";
  readonly contact: Contact;
  readonly channel: string;
  readonly address?: string;
  readonly queue?: string;
  readonly identity?: string;
}

export interface OpenedConversation {
  readonly type: "opened";
  readonly conversation: string;
}

/** Who wrote or holds control, as a customer may know it: `you`, `bot`, `agent` or `nobody`. */
export interface Party {
  readonly kind: string;
  readonly name?: string;
}

export interface PersonPresence {
  readonly person: Agent;
  readonly presence: Availability;
}

export interface PieceAdded {
  readonly type: "piece";
  readonly conversation: string;
  readonly message: string;
  readonly n: number;
  readonly text: string;
}

export interface Ping {
  readonly type: "ping";
}

/**
 * My conversation waits for a person, and `ahead` others have waited in its queue for longer; absent: that is shown
 * no more. `open`: within hours. Sent when it changes; it ends with control, and with the session.
 */
export interface PlaceInLine {
  readonly type: "position";
  readonly conversation: string;
  readonly ahead?: number | null;
  readonly open?: boolean;
}

export interface Pong {
  readonly type: "pong";
}

/** The last event a client has: its number (`seq` for staff, `pub` for customers) and its id. */
export interface Position {
  readonly n: number;
  readonly id: string;
}

/** It waits there, or would. `name`: what the queue was called then. */
export interface QueueSet {
  readonly kind: "queue_set";
  readonly queue: string;
  readonly name: string;
}

/** What I think of the conversation that was closed: from 1, which is bad, to 5. */
export interface Rate {
  readonly type: "rate";
  readonly id: string;
  readonly conversation: string;
  readonly score: number;
  readonly comment?: string;
}

/** What the customer thinks of the conversation that was closed: `score` from 1, which is bad, to 5. */
export interface Rated {
  readonly kind: "rated";
  readonly score: number;
  readonly comment?: string;
}

/**
 * For staff: where they themselves have read to, when another session of theirs moved that. For a customer: where
 * the agent who holds control has read to. The highest `n` counts.
 */
export interface ReadUpTo {
  readonly type: "read";
  readonly conversation: string;
  readonly n: number;
}

/** A newer token for the same person. */
export interface Refresh {
  readonly type: "refresh";
  readonly token: string;
}

export interface Refreshed {
  readonly type: "refreshed";
  readonly expires: number;
}

export interface Release {
  readonly type: "release";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly reason?: string;
  readonly organisation?: string;
}

export interface Reopen {
  readonly type: "reopen";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly organisation?: string;
}

/** From least to most: each may do all that those before it may. */
export type Role = "admin" | "agent" | "supervisor";

/**
 * A conversation in a list. `since`: when its holder changed last, or when it began; of a closed one, when that
 * was. `asked`: the number of the customer's last message; it is dealt with if `answered` is not below it.
 * `waiting_since`: 0 unless nobody holds it and it is open. `unanswered_since`: when the customer wrote what no whole
 * message of a bot or agent has followed, 0 for none. Times are in milliseconds since 1970.
 */
export interface Row {
  readonly organisation: string;
  readonly id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly contact: Contact;
  readonly channel: string;
  readonly holder: Bot | Agent | Nobody;
  readonly is_open: boolean;
  readonly since: number;
  readonly asked: number;
  readonly answered: number;
  readonly last_at: number;
  readonly queue: string;
  readonly waiting_since?: number;
  readonly unanswered_since?: number;
  readonly status?: string;
  readonly tags?: ReadonlyArray<string>;
  readonly last?: LastLine | null;
}

/**
 * `changed` are in the view, with these values, and stand where the order puts them; `left` are not, or stand
 * behind what is loaded.
 */
export interface RowsChanged {
  readonly type: "rows";
  readonly view: string;
  readonly changed?: ReadonlyArray<Row>;
  readonly left?: ReadonlyArray<string>;
  readonly more?: boolean;
}

/** The control event with number `n` is on my screen now. */
export interface Seen {
  readonly type: "seen";
  readonly conversation: string;
  readonly n: number;
}

export interface SendBot {
  readonly type: "send_bot";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly bot?: string;
  readonly reason?: string;
  readonly organisation?: string;
}

/** What my page says of me, by name; an empty text says it no more. Staff are shown it as unverified. */
export interface SetAttributes {
  readonly type: "set_attributes";
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The custom fields that change, by their ids; an empty value removes one. */
export interface SetFields {
  readonly type: "set_fields";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly organisation?: string;
}

/** The sender can be reached, or would rather not: in all sessions, until they choose otherwise. */
export interface SetPresence {
  readonly type: "set_presence";
  readonly presence: Choice;
}

export interface SetQueue {
  readonly type: "set_queue";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly queue: string;
  readonly organisation?: string;
}

/** I have read up to number `n`. */
export interface SetRead {
  readonly type: "set_read";
  readonly conversation: string;
  readonly n: number;
}

/** Empty: none. */
export interface SetStatus {
  readonly type: "set_status";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly status: string;
  readonly organisation?: string;
}

/** All that it shall have. What is not visible is left out, and so is what stands twice. */
export interface SetTags {
  readonly type: "set_tags";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly tags: ReadonlyArray<string>;
  readonly organisation?: string;
}

export interface SetTyping {
  readonly type: "set_typing";
  readonly conversation: string;
  readonly on: boolean;
}

/** The command's event. An answer without `seq` means that nothing had to change. */
export interface StaffAck {
  readonly type: "ack";
  readonly id: string;
  readonly conversation: string;
  readonly seq?: number;
  readonly epoch: number;
  readonly at?: number;
}

export interface StaffEvent {
  readonly type: "event";
  readonly conversation: string;
  readonly event: Event;
}

export interface StaffGetPage {
  readonly type: "get_page";
  readonly conversation: string;
  readonly before: number;
  readonly limit?: number;
  readonly organisation?: string;
}

export interface StaffPage {
  readonly type: "page";
  readonly conversation: string;
  readonly events: ReadonlyArray<Event>;
  readonly more: boolean;
}

/**
 * Of the people of the organisation, those who are seen otherwise now. `reset`: forget what you had; who is not
 * named is offline, or one of `more` whom the list has no room for.
 */
export interface StaffPresence {
  readonly type: "presence";
  readonly people: ReadonlyArray<PersonPresence>;
  readonly reset?: boolean;
  readonly more?: number;
}

export interface StaffSay {
  readonly type: "say";
  readonly id: string;
  readonly conversation: string;
  readonly text: string;
  readonly epoch: number;
  readonly seen: number;
  readonly confirmed?: boolean;
  readonly organisation?: string;
}

export interface StaffSeen {
  readonly type: "seen";
  readonly conversation: string;
  readonly n: number;
  readonly organisation?: string;
}

export interface StaffSetRead {
  readonly type: "set_read";
  readonly conversation: string;
  readonly n: number;
  readonly organisation?: string;
}

export interface StaffSetTyping {
  readonly type: "set_typing";
  readonly conversation: string;
  readonly on: boolean;
  readonly organisation?: string;
}

/** What is true of a conversation at number `seq`. */
export interface StaffState {
  readonly contact: Contact;
  readonly channel: string;
  readonly seq: number;
  readonly epoch: number;
  readonly holder: Bot | Agent | Nobody;
  readonly is_open: boolean;
  readonly reply_enabled: boolean;
  readonly asked: number;
  readonly queue: string;
  readonly status?: string;
  readonly tags?: ReadonlyArray<string>;
  readonly fields?: Readonly<Record<string, string>>;
  readonly reason?: string;
  readonly rating?: number;
}

export interface StaffTyping {
  readonly type: "typing";
  readonly conversation: string;
  readonly who: Bot | Agent | Contact | System;
  readonly on: boolean;
  readonly epoch: number;
}

export interface StaffUnwatch {
  readonly type: "unwatch";
  readonly conversation: string;
  readonly organisation?: string;
}

export interface StaffWatch {
  readonly type: "watch";
  readonly conversation: string;
  readonly after?: Position | null;
  readonly organisation?: string;
}

/**
 * Complete up to `state.seq`: what follows comes as frames. `reset`: forget what you had, this replaces it.
 * `more`: older events exist. `stream` is absent when nothing is being written. `read` is as in `ReadUpTo`, and
 * `contact_read` as `pub` in `ContactRead`.
 */
export interface StaffWatched {
  readonly type: "watched";
  readonly conversation: string;
  readonly events: ReadonlyArray<Event>;
  readonly state: StaffState;
  readonly more: boolean;
  readonly reset: boolean;
  readonly stream?: OpenStream | null;
  readonly read?: number;
  readonly contact_read?: number;
}

/** `features` as in `core.features`; `now` is the server's clock. */
export interface StaffWelcome {
  readonly type: "welcome";
  readonly agent: Agent;
  readonly role: Role;
  readonly expires: number;
  readonly ping_seconds: number;
  readonly features?: ReadonlyArray<string>;
  readonly now?: number;
}

/** `status` is empty for none. `name`: what it was called then. */
export interface StatusSet {
  readonly kind: "status_set";
  readonly status: string;
  readonly name?: string;
}

/** Of open conversations that one may see. */
export interface Sum {
  readonly waiting?: number;
  readonly agent?: number;
  readonly bot?: number;
}

/** The product itself: policies, housekeeping. */
export interface System {
  readonly type: "system";
}

/** All tags that it has from now on. */
export interface TagsSet {
  readonly kind: "tags_set";
  readonly tags: ReadonlyArray<string>;
}

/**
 * The last characters of what is being written in rows that were looked at, those that have changed. Empty: nothing
 * is being written.
 */
export interface Tails {
  readonly type: "tails";
  readonly tails: Readonly<Record<string, string>>;
}

/**
 * Milliseconds since the click reached the server; -1 while unknown. `seen` counts the sessions that
 * confirmed, `written` those that were written to.
 */
export interface TakeoverTimes {
  readonly type: "takeover";
  readonly conversation: string;
  readonly epoch: number;
  readonly by: Agent;
  readonly committed_ms: number;
  readonly written?: number;
  readonly written_ms?: number;
  readonly seen?: number;
  readonly seen_ms?: number;
  readonly bot_stopped_ms?: number;
}

/** `queue` may be the one that it is in. */
export interface Transfer {
  readonly type: "transfer";
  readonly id: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly queue: string;
  readonly organisation?: string;
}

/** The address is not blocked any more. */
export interface Unblocked {
  readonly kind: "unblocked";
  readonly channel: string;
  readonly address: string;
}

/** Why somebody may not see a conversation. */
export type Unseen = "held" | "queue" | "rights";

export interface Unwatch {
  readonly type: "unwatch";
  readonly conversation: string;
}

/**
 * Which conversations are listed. `unread`: of one's own, those with a message of the customer that one has neither
 * read nor answered. `below`: also those of the organisations below.
 */
export interface View {
  readonly list?: Listed;
  readonly queue?: string;
  readonly status?: string;
  readonly tag?: string;
  readonly unread?: boolean;
  readonly organisation?: string;
  readonly below?: boolean;
}

/**
 * The rows that are loaded, in their order, in the place of all that was shown of the view; with `continued`, those
 * behind what was shown. `read`: up to where one has read, of those in which one has. `more`: there are others behind
 * them. `truncated`: the server has not all at hand, and the end of the list is missing. `complete`: false while
 * conversations that a release before wrote may be missing.
 */
export interface ViewShown {
  readonly type: "view";
  readonly view: string;
  readonly filter: View;
  readonly rows: ReadonlyArray<Row>;
  readonly continued?: boolean;
  readonly read?: Readonly<Record<string, number>>;
  readonly more?: boolean;
  readonly truncated?: boolean;
  readonly complete?: boolean;
}

/** Follow a conversation. With `after` it resumes there; without it starts with the newest page. */
export interface Watch {
  readonly type: "watch";
  readonly conversation: string;
  readonly after?: Position | null;
}

export type StaffIn =
  | Hello
  | Refresh
  | Ping
  | StaffWatch
  | StaffUnwatch
  | StaffGetPage
  | StaffSetTyping
  | StaffSetRead
  | StaffSeen
  | SetPresence
  | Active
  | OpenView
  | MoreRows
  | CloseView
  | Look
  | Begin
  | StaffSay
  | AddNote
  | Intervene
  | HandBack
  | Release
  | CloseConversation
  | Reopen
  | SetQueue
  | SetStatus
  | SetTags
  | SetFields
  | Assign
  | Transfer
  | SendBot
  | Edit
  | Delete
  | Block;

export type StaffOut =
  | StaffWelcome
  | Pong
  | Refreshed
  | Away
  | Error
  | StaffWatched
  | StaffPage
  | StaffEvent
  | PieceAdded
  | StaffAck
  | StaffTyping
  | ReadUpTo
  | ContactRead
  | Here
  | TakeoverTimes
  | Gone
  | StaffPresence
  | ViewShown
  | RowsChanged
  | Counts
  | Tails
  | Mentioned;

export type ContactIn =
  | Hello
  | Refresh
  | Ping
  | Watch
  | Unwatch
  | GetPage
  | SetTyping
  | SetRead
  | Seen
  | Open
  | SetAttributes
  | ContactSay
  | AskForPerson
  | Rate;

export type ContactOut =
  | ContactWelcome
  | Pong
  | Refreshed
  | Away
  | ContactError
  | OpenedConversation
  | ContactWatched
  | ContactPage
  | ContactEvent
  | PieceAdded
  | ContactAck
  | ContactTyping
  | ReadUpTo
  | AttributesSet
  | PlaceInLine;

/** Close codes. Their range says whether to come back. */
export const CloseCode = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  BAD_DATA: 1007,
  TOO_BIG: 1009,
  INTERNAL: 1011,
  RESTART: 1012,
  OVERLOADED: 1013,
  RESUME: 4000,
  TOKEN_EXPIRED: 4001,
  HELLO_TIMEOUT: 4002,
  TOO_FAST: 4003,
  GONE_SILENT: 4004,
  ELSEWHERE: 4005,
  NEW_TOKEN: 4006,
  TOO_MANY_SESSIONS: 4007,
  BAD_TOKEN: 4500,
  BAD_HELLO: 4501,
  BLOCKED: 4502,
  FOREIGN_ORIGIN: 4503,
} as const;
