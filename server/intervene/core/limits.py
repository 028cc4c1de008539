"""Every bound of the product, with its unit. What happens at a bound is said beside it. How long a server waits is in
`timing`."""

FRAME_BYTES = 64 * 1024  # one inbound message; closed with 1009
FRAME_FRAGMENTS = 64  # fragments of one inbound message; closed with 1009
TEXT_BYTES = 16 * 1024  # text of one message or note, as UTF-8; bad_text
ID_CHARS = 64  # any identifier a client chooses; bad_frame
PERSON_CHARS = 254  # who a token is about: an e-mail address fits (RFC 5321); closed with 4500
NAME_CHARS = 80  # of a person or bot; cut
REASON_CHARS = 200  # why a bot asks for a person; cut
BRIEFING_BYTES = 1024  # why an agent gives a conversation to a bot, as UTF-8; bad_text
AMEND_SECONDS = 15 * 60  # in which its author may edit or delete a message; unchangeable
CARD_BYTES = 1024  # queue, status, tags and fields of one conversation, as JSON; bad_text
TAG_RENAMED_IN = 50  # conversations, for one request; the rest is at the cursor
TAGS_LISTED = 200  # in one answer: the most used
TAGS, TAG_CHARS = 20, 40  # of one conversation; bad_frame; cut
DRAFTS = 200  # kept of one person; the one kept longest ago is dropped
DRAFT_SECONDS = 30 * 24 * 3600  # that a draft is kept
MENTIONS = 20  # people whom one note mentions; bad_frame
COMMENT_BYTES = 2048  # of a customer's rating, as UTF-8; bad_text
LAST_BYTES = 160  # of the last message, as UTF-8, for lists; cut
LAST_NAME_BYTES = 64  # of what its author is called, likewise

HEAD_BYTES, HEAD_FIELDS = 32 * 1024, 128  # request line and headers of one HTTP request, upgrades too; 431
BODY_BYTES = 16 * 1024  # of one HTTP request; 413
BODY_LINES = 512  # of a body in chunks: theirs, its trailers' and its own; 413
REQUEST_SECONDS = 5.0  # from the connection, or the first byte of a later request, to its end; 408
IDLE_SECONDS = 5.0  # between two HTTP requests of a connection; closed
WRITE_SECONDS = 15.0  # for a peer to read an HTTP answer; cut off
LINGER_SECONDS = 2.0  # for a peer to hang up after a refusal; cut off
HTTP_REQUESTS = 100  # of one connection; closed behind the last answer
HTTP_REQUESTS_A_ROUND = 1  # begun in one round of the loop; others wait for the next
HTTP_CONNECTIONS = (
    1000  # of a node, sockets not among them; the one that waits longest for its peer is closed, else 503
)
HTTP_RESERVED = 100  # of these, only for proxies and this machine: health probes, and who comes through a proxy
HTTP_BURST, HTTP_PER_SECOND = 1000, 200.0  # connections that one address opens, upgrades too; 429
HTTP_PER_ADDRESS = 64  # connections of one address, and requests of one client under way; 429

HELLO_SECONDS = 5.0  # from the upgrade to hello; closed with 4002
SOCKETS_BEFORE_HELLO = 20  # per address; refused with 429 before the upgrade
STAFF_SHARE = 0.1  # of a node's sessions, for staff alone; customers beyond the rest are closed with 1013
BEFORE_HELLO_SHARE = 0.1  # of a node's sessions, of all addresses; the oldest makes room, closed with 4002
SOCKETS_OF_CONTACT, SOCKETS_OF_AGENT = 10, 40  # sessions of one person at a node; one more is closed with 4007
SESSIONS_PER_ADDRESS = 1000  # of customers of one address, unless the setting says otherwise; closed with 4007
PING_SECONDS = 20.0  # between protocol pings of a socket; without a pong by the next it is closed with 4004

# Of one person, over all sessions; too_fast, then closed with 4003. Reads: watches, pages, `open`s, refreshes, lists.
CONTACT_BURST, CONTACT_PER_SECOND = 20, 2.0  # messages
CONTACT_READ_BURST, CONTACT_READS_PER_SECOND = 40, 4.0
AGENT_BURST, AGENT_PER_SECOND = 100, 20.0
AGENT_READ_BURST, AGENT_READS_PER_SECOND = 500, 50.0
ADDRESS_BURST, ADDRESS_PER_SECOND = (
    0.4,
    0.1,
)  # of one address' customers, times SESSIONS_PER_ADDRESS: messages, upgrades
ADDRESS_READS = 2  # times as many reads
REQUESTS_BURST, REQUESTS_PER_SECOND = 2000, 400.0  # operations over HTTP that one address asks for; 429
BULK = 100  # conversations that one request gives a command in; bad_request
VISITOR_BURST, VISITORS_PER_SECOND = 20, 0.5  # visitors' tokens for one address; 429
ACCOUNTS = 20_000  # persons or addresses whose spending is remembered; the quarter nearest to full is forgotten
TYPING_SECONDS = 1.0  # between two changes shown of one person in one conversation; the last state wins
TYPING_OF_PERSON = 10  # conversations in which that goes on at once for one person; more is dropped
TYPING_AT_ONCE = 10_000  # for all persons of a node; more is dropped
LARGE_BYTES = 4096  # a frame of more is counted in bytes too, by person and address; closed with 4003 beyond these
CONTACT_KIB_BURST, CONTACT_KIB_PER_SECOND = 2 * 1024, 256.0  # a customer's 20 longest messages, escaped, fit
AGENT_KIB_BURST, AGENT_KIB_PER_SECOND = 8 * 1024, 2 * 1024.0
ADDRESS_KIB_BURST, ADDRESS_KIB_PER_SECOND = 16 * 1024, 4 * 1024.0  # of customers, and of sockets before hello
FRAMES_BURST, FRAMES_PER_SECOND = 400, 100.0  # any frames of one socket, control frames included; closed with 4003
OFFENCES = 20  # refusals for speed or form in a row before the socket is closed

IN_FLIGHT = 64  # commands of one session without an answer; the socket is not read until one is answered
WATCHED_BY_CONTACT, WATCHED_BY_AGENT = 4, 500  # conversations of one session; too_many

VIEWS_OF_SESSION = 8  # lists of conversations that are open in one session; too_many
VIEW_PAGE, VIEW_ROWS = 50, 500  # rows of one view at first and with each `more_rows`, and at most; no more are added
LOOKED_AT, TAIL_CHARS = 40, 80  # rows on a screen, of what is written in each; bad_frame; the last ones
BOARD_ROWS = 20_000  # open conversations of one organisation that a node keeps at hand; the rest is paged over HTTP
LINE_ROWS = 1000  # that wait in one organisation, among which customers are shown their place
BOARDS_ROWS, LITTLE_BOARD_ROWS = 100_000, 1000  # of all organisations at a node; those after it have so many each
BOARDS_BELOW = 50  # organisations that one view covers; too_many
LIST_ROWS = 2000  # looked at for one page of a list; the page is answered as it is, with a cursor

BACKLOG_FRAMES, BACKLOG_BYTES = 256, 1024 * 1024  # what waits for one slow socket; closed with 4000
ANSWER_BYTES = 256 * 1024  # events of one answer, encoded, but always one; a resume is reset, the rest is paged
EVENT_MARGIN = 128  # counted for each event besides its stored form: the most that a frame or page adds to it
MOST_FRAME_BYTES = 512 * 1024  # no frame of the server's is larger: an answer, an open reply (192 KiB), the state
READS_OF_PERSON = 2  # reads that run at once for one person, over all their sessions; more wait their turn
READS_OF_SESSION = 2  # pages and `open`s of one session that wait or run; too_many
LISTS_OF_PERSON = 4  # lists over HTTP that wait or run for one person; 429

PAGE_EVENTS = 500  # events that one resume or page returns; the rest is paged
SHARES_CONVERSATIONS = 1000  # of which an answer says how often people took them from bots
TAKEOVERS_PAGE = 200  # takeovers in one answer; the rest is paged
HISTORY_ROWS = 2000  # events that one page of actions or of a transcript is made of; the rest is paged
FRESH_EVENTS = 100  # events of the page that a watch without a position begins with

LANE_COMMANDS = 1024  # commands that wait for one conversation on one node; busy, but for an intervene
COMMAND_BYTES = 1024  # counted for each besides its text, for what an event has; a commit takes ANSWER_BYTES of them
GROUP_ITEMS, GROUP_BYTES = 512, 4 * 1024 * 1024  # conversations in one group commit; the rest waits for the next
EARLY_ENVELOPES = 64  # envelopes held behind a hole; others are dropped, and the read that fills it has them
EARLY_BYTES = 16 * 1024 * 1024  # of them, for all conversations of a node; the same
TREE_DEPTH, ORGANISATIONS = 8, 10_000  # levels of organisations, and organisations below others; too_many
PEOPLE = 10_000  # who work for one organisation, of all roles; too_many
NEWCOMERS_BURST, NEWCOMERS_PER_SECOND = 50, 10.0  # people of an organisation whom a node sees first; closed with 1013
DEVICE_SECONDS = 30 * 24 * 3600  # that a device may go unused and still be signed in; signed_out
DEVICES = 50  # of one person that are signed in; the one that was used longest ago is signed out
ACCESS_SECONDS = 15 * 60  # an access token of somebody who signed in; a new one is got with the refresh token
LINK_SECONDS = {"invitation": 7 * 24 * 3600, "reset": 24 * 3600, "first_admin": 24 * 3600}  # links; bad_link
PASSWORD_CHARS_LEAST, PASSWORD_CHARS = 10, 256  # of a password; bad_request
HASHES_WAITING = 20  # passwords that wait for one of two threads, half of them for known devices alone; busy
SIGN_IN_SECONDS = 3600  # in which attempts are counted; too_fast
SIGN_INS_OF_ACCOUNT = 10  # failures of one account, from unknown devices
SIGN_INS_OF_DEVICE = 20  # failures from one known device
SIGN_INS_OF_NETWORK = 100  # failures of one network, from unknown devices
AUDIT_WAITING = 1000  # entries of the audit that wait to be written; more are dropped, and logged
AUDITED_LATELY = 10_000  # of them, remembered so that none is written twice
PEOPLE_KNOWN = 1_000  # rows of people that a node remembers; the one read longest ago is forgotten
POLICIES = 10_000  # organisations whose settings a node remembers; the one read longest ago is forgotten
IDLE_FEEDS = 20_000  # conversations remembered without a watching session; the oldest is forgotten

REQUEST_KEPT_SECONDS = 24 * 3600  # that a request with an Idempotency-Key can be repeated, at least

KEY_CHARS, PEM_CHARS = 512, 4096  # of a signing key, a secret or a public one
KEY_LIFETIME_SECONDS = 30 * 24 * 3600  # the longest life of its tokens; bad_request
SIGNING_KEYS_AT_HAND = 1024  # public keys that a node has read; others are read again for each token

# Of one organisation, archived ones not counted; limit_reached.
SIGNING_KEYS = 20
QUEUES, STATUSES, CANNED_REPLIES, CHANNELS = 200, 100, 1000, 100
HOURS, FIELDS, REASONS = 200, 50, 100
ARCHIVED = 5  # times as many, archived ones counted; limit_reached
MEMBERS = 20_000  # agents in queues, of all queues of one organisation; limit_reached
MEMBERS_AT_ONCE = 200  # agents that one request adds to a queue, or removes; bad_request
SETTING_BYTES = 16 * 1024  # one queue, status ... as JSON; bad_setting
SETTINGS_PAGE = 50  # of one kind in one answer; the rest is paged
CANNED_BYTES = 4 * 1024  # text of a canned reply, a greeting or a message outside hours, as UTF-8; bad_text
CHOICES, ORIGINS = 100, 50  # of a field, of a channel; bad_request
SPANS, HOLIDAYS = 100, 400  # spans of a week or a holiday, holidays of a week; bad_request
LIMIT_SECONDS = 30 * 24 * 3600  # the longest limit of a queue for absence or silence; bad_request
REOPEN_HOURS = 10 * 365 * 24  # the longest time in which a closed conversation is reopened; bad_request
ADDRESSES, ADDRESS_CHARS = 20, 254  # of one identity; limit_reached
ATTRIBUTES, ATTRIBUTE_BYTES = 50, 1024  # names of one contact, and a value as UTF-8; limit_reached, bad_text
CONTACT_WORDS = 8  # of a name after its first, by which it is found
ATTRIBUTES_AT_ONCE, ATTRIBUTE_CHARS = 20, 40  # in one frame or token, and a name; bad_text
BOT_ATTRIBUTES_BYTES = 4096  # names and values that a bot says at once: they are an event of the log
CONTACTS_PAGE = 50  # contacts, or conversations of one, in one answer; the rest is paged
BLOCKS, WHY_BYTES = 10_000, 500  # blocked addresses of an organisation; why, as UTF-8; limit_reached, bad_text
BLOCKS_PAGE = 100  # of them in one answer; the rest is paged
POSITIONS = 10_000  # the highest place in an order; bad_request

CANCELS = 3  # of a turn that goes on, CANCEL_SECONDS apart, then it is abandoned and counted
CANCEL_SECONDS = 1.0
ABANDONED_PER_BOT = 8  # turns of one bot that ignored their cancel; then the bot gets no more on this node
BOT_BURST, BOT_PER_SECOND = 10, 5.0  # messages of one turn; it waits
BOT_STREAK = 30  # messages of a bot without a human between; it hands to a person
REPLY_BYTES = 32 * 1024  # one streamed reply, as UTF-8; cut there
GATHER_SECONDS = 0.1  # how long streamed text is gathered into one piece
TURN_SECONDS = 600.0  # one turn; then a person gets the conversation, and the turn is cancelled
TURN_RESTARTS = 3  # by input that came before the turn's first commit; then the input waits for the next turn
TURN_LOSSES = 3  # nodes that died with the turn; then a person gets it
WAIT_SECONDS = 30 * 24 * 3600.0  # the longest timer of a bot
CURSOR_BYTES = 1024  # what a bot may keep between turns
HISTORY_EVENTS, HISTORY_BYTES = 200, 1024 * 1024  # of the conversation that a turn is given: the newest

LAPSE_SECONDS = 2.0  # from finding that a conversation is due to come back to the decision; dropped, and found again
LAPSES_AT_ONCE = 64  # under way; the others are found again
LAPSES_WATCHED = 1000  # conversations due to come back whose holders may type; the others wait their turn
SILENCES = 20_000  # unanswered messages whose age a node counts, where queues limit silence; others are not due
STRANDED_TRIES = 3  # at least, to write a heartbeat, the last one under way

EPHEMERAL_SECONDS = 5.0  # typing without a renewal
AWAY_SECONDS, OFFLINE_SECONDS = 300.0, 20.0  # without input, and without a session, a person is shown so
ACTIVE_SECONDS = 30.0  # between two writes that a person is active, and between two `active` frames of a client
ABSENT_PEOPLE = 10_000  # of the staff whose absence a node counts; the longest one is forgotten
PRESENCE_PEOPLE = 500  # people in one `presence` frame; those who are offline are left out first
HERE_AGENTS = 20  # named to those who watch, and between nodes; the others are counted
HERE_SECONDS = 1.0  # between two lists of who watches a conversation; what changes meanwhile is in the next
