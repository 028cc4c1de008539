"""The tables of the log and of what stands beside it; those of people are in `people_tables`, those of contacts in
`contacts_tables`. `migrations/` creates them, and a test holds the two together.

What COMMIT costs is the number of pages it dirties, so a message touches few: its row, the end of `event` and two
indexes. Every unique key begins with the conversation: nothing waits for another conversation's row.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, text

from intervene.adapters.sql.amendments import IS_AMENDMENT

metadata = MetaData()

handle = BigInteger().with_variant(Integer(), "sqlite")  # there only INTEGER PRIMARY KEY names the row itself


def column(name: str, kind: Any = BigInteger, **options: Any) -> Column[Any]:
    return Column(name, kind, **{"nullable": False, **options})


def index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


conversation = Table(
    "conversation",
    metadata,
    column("handle", handle, primary_key=True),
    column("organisation", Text),
    column("id", Text),
    column("version"),
    column("seq"),
    column("pub"),
    column("epoch"),
    column("runner", Text),  # `Conversation.runner`
    column("due"),  # of the bot's timer, 0 for none: nodes of the release before read it, and write it alone
    column("format"),  # `packing.FORMAT`
    column("changed_at"),
    column("state", LargeBinary),  # `packing.pack`: what every commit moves, or in format 1 all
    column("base", LargeBinary, nullable=True),  # what only moves change, and NULL in format 1
    column("card", LargeBinary, nullable=True),  # of the inbox (format 3): at most 1 KB, written when it changes
    # By which rows are listed (`columns.Columns`). In formats before 3 a trigger of PostgreSQL writes them.
    column("place", nullable=True),  # NULL: not filled in yet
    column("since", server_default=text("0")),
    column("holder", Text, server_default=""),
    column("contact", Text, server_default=""),
    column("queue", Text, server_default=""),
    column("status", Text, server_default=""),
    Index("conversation_id", "organisation", "id", unique=True),
    Index("conversation_place", "organisation", "place", "since"),
    Index("conversation_contact", "organisation", "contact", "handle"),
    index("conversation_holder", "holder", "handle", where="holder <> ''"),
    index("conversation_runner", "runner", where="runner <> ''"),
    index("conversation_due", "due", where="due > 0"),
    postgresql_with={"fillfactor": 50},  # every commit writes the row again, and wants room on its page
)
"""`handle` is short for organisation and id in the other tables. A database that was restored may give it to another
conversation, so each use of one compares organisation and id too."""

timer = Table(
    "timer",
    metadata,
    column("conversation", primary_key=True),
    column("kind", Text, primary_key=True),  # `timers.Kind`
    column("due"),  # milliseconds since 1970, on the database's clock
    column("epoch"),  # in which it was set
    Index("timer_due", "kind", "due"),
)
"""What is to happen to conversations at a time. Written by the append that sets or ends one. Where a node of the
release before sets `conversation.due`, a trigger of PostgreSQL writes the row."""

event = Table(
    "event",
    metadata,
    column("conversation", primary_key=True),
    column("seq", primary_key=True),
    column("pub"),
    column("version"),  # of the commit
    column("epoch"),
    column("kind", Text),
    column("id", Text),
    column("author", Text),  # `events.author_key`
    column("command", Text, nullable=True),
    column("turn"),
    column("message", Text, nullable=True),
    column("at"),
    column("data", LargeBinary),  # `framing.encode_event`; the other columns are there for keys, walls and `verify`
    index("event_command", "conversation", "author", "command", where="command IS NOT NULL", unique=True),
    index("event_control", "conversation", "epoch", where="kind = 'control'", unique=True),
    index("event_amendment", "conversation", "message", "seq", where=IS_AMENDMENT),
    index("event_reply", "conversation", "message", "kind", where="turn > 0", unique=True),
)

piece = Table(
    "piece",
    metadata,
    column("conversation", primary_key=True),
    column("message", Text, primary_key=True),
    column("n", primary_key=True),
    column("version"),
    column("text", Text),
)

channel_id = Table(
    "channel_id",
    metadata,
    column("organisation", Text, primary_key=True),
    column("channel", Text, primary_key=True),
    column("address", Text, primary_key=True),
    column("conversation", Text),
    column("spent", server_default=text("0")),  # when it was given up, 0: it was not; the release before has no idea
    column("id", Text, server_default=""),  # as the author of what came from it; "": the address
    column("identity", Text, server_default=""),  # to which it belongs; "": one whose id is the address
    column("kind", Text, server_default=""),  # `contacts.AddressKind`; "": the channel's own
    column("vouched", server_default=text("0")),  # 1: the host application or a provider says whose it is
    column("moved", server_default=text("0")),  # when it got another identity, 0: never
    index("channel_id_spent", "spent", where="spent > 0"),
    index("channel_id_moved", "moved", where="moved > 0"),
    Index("channel_id_address", "organisation", "address"),
    index("channel_id_identity", "organisation", "channel", "identity", where="identity <> ''"),
)
"""A contact's address on a channel, and their latest conversation there, "" for none. The release before reads and
writes the first five columns alone."""

takeover = Table(
    "takeover",
    metadata,
    column("conversation", primary_key=True),
    column("epoch", primary_key=True),
    column("agent", Text),
    column("name", Text),
    column("at"),
    column("committed_ms", Float),
    column("written"),
    column("written_ms", Float),
    column("seen"),
    column("seen_ms", Float),
    column("bot_stopped_ms", Float),
    Index("takeover_at", "at", "conversation", "epoch"),
)

read_position = Table(
    "read_position",
    metadata,
    column("conversation", primary_key=True),
    column("reader", Text, primary_key=True),
    column("n"),
)

organisation = Table(
    "organisation",
    metadata,
    column("id", Text, primary_key=True),
    column("settings_version"),  # each change of the settings adds one
    column("settings", Text),  # `policy.Settings` as JSON: what a newer release adds stays in it
    column("parent", Text, server_default=""),  # "" for none
    column("name", Text, server_default=""),
    column("archived", server_default=text("0")),  # when, 0: it is not
    column("version", server_default=text("0")),  # of name, parent and archived
    index("organisation_parent", "parent", where="parent <> ''"),
)
"""One that has set nothing may have no row: it is a root of the tree, and has the defaults."""

revision = Table("revision", metadata, column("name", Text, primary_key=True), column("version"))
"""What all nodes keep a copy of, and how often it has changed: today the tree of organisations."""

node = Table(
    "node",
    metadata,
    column("id", Text, primary_key=True),
    column("beats"),
    column("about", Text, server_default=""),  # a release that does not know of it beats too
    column("agents_beat", nullable=True),  # the node's own count of heartbeats when `node_agent` was last right
)

node_agent = Table(
    "node_agent",
    metadata,
    column("node", Text, primary_key=True),
    column("organisation", Text, primary_key=True),
    column("agent", Text, primary_key=True),
    column("active_beat", nullable=True),  # the node's own count when the agent gave input last; NULL: just now
    Index("node_agent_agent", "organisation", "agent"),
)
"""The agents who have a session with a node. `agents_beat` less `active_beat` is for how long one gave no input: both
are the node's own count, so neither a database that is away nor one that was restored makes a person absent. Not bound
to `node`: what a node says of itself needs no order."""
