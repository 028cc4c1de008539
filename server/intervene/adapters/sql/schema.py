"""The tables. `migrations/` creates them, and a test holds the two together.

What COMMIT costs is the number of pages it dirties, so a message touches few: its row, the end of `event` and two
indexes. Every unique key begins with the conversation: nothing waits for another conversation's row.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()

_Handle = BigInteger().with_variant(Integer(), "sqlite")  # there only INTEGER PRIMARY KEY names the row itself


def _column(name: str, kind: Any = BigInteger, **options: Any) -> Column[Any]:
    return Column(name, kind, **{"nullable": False, **options})


def _index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


conversation = Table(
    "conversation",
    metadata,
    _column("handle", _Handle, primary_key=True),
    _column("organisation", Text),
    _column("id", Text),
    _column("version"),
    _column("seq"),
    _column("pub"),
    _column("epoch"),
    _column("runner", Text),  # `Conversation.runner`
    _column("due"),  # of the bot's timer, 0 for none: nodes of the release before read it, and write it alone
    _column("format"),  # `packing.FORMAT`
    _column("changed_at"),
    _column("state", LargeBinary),  # `packing.pack`: what every commit moves, or in format 1 all
    _column("base", LargeBinary, nullable=True),  # what only moves change, and NULL in format 1
    _column("card", LargeBinary, nullable=True),  # of the inbox (format 3): at most 1 KB, written when it changes
    Index("conversation_id", "organisation", "id", unique=True),
    Index("conversation_changed", "organisation", "changed_at"),
    _index("conversation_runner", "runner", where="runner <> ''"),
    _index("conversation_due", "due", where="due > 0"),
    postgresql_with={"fillfactor": 50},  # every commit writes the row again, and wants room on its page
)
"""`handle` is short for organisation and id in the other tables. A database that was restored may give it to another
conversation, so each use of one compares organisation and id too."""

timer = Table(
    "timer",
    metadata,
    _column("conversation", primary_key=True),
    _column("kind", Text, primary_key=True),  # `timers.Kind`
    _column("due"),  # milliseconds since 1970, on the database's clock
    _column("epoch"),  # in which it was set
    Index("timer_due", "kind", "due"),
)
"""What is to happen to conversations at a time. Written by the append that sets or ends one. Where a node of the
release before sets `conversation.due`, a trigger of PostgreSQL writes the row."""

event = Table(
    "event",
    metadata,
    _column("conversation", primary_key=True),
    _column("seq", primary_key=True),
    _column("pub"),
    _column("version"),  # of the commit
    _column("epoch"),
    _column("kind", Text),
    _column("id", Text),
    _column("author", Text),  # `events.author_key`
    _column("command", Text, nullable=True),
    _column("turn"),
    _column("message", Text, nullable=True),
    _column("at"),
    _column("data", LargeBinary),  # `framing.encode_event`; the other columns are there for keys, walls and `verify`
    _index("event_command", "conversation", "author", "command", where="command IS NOT NULL", unique=True),
    _index("event_control", "conversation", "epoch", where="kind = 'control'", unique=True),
    _index("event_reply", "conversation", "message", "kind", where="turn > 0", unique=True),
)

piece = Table(
    "piece",
    metadata,
    _column("conversation", primary_key=True),
    _column("message", Text, primary_key=True),
    _column("n", primary_key=True),
    _column("version"),
    _column("text", Text),
)

channel_id = Table(
    "channel_id",
    metadata,
    _column("organisation", Text, primary_key=True),
    _column("channel", Text, primary_key=True),
    _column("address", Text, primary_key=True),
    _column("conversation", Text),
    _column("spent", server_default=text("0")),  # when it was given up, 0: it was not; the release before has no idea
    _index("channel_id_spent", "spent", where="spent > 0"),
)
"""A person's address on a channel, and their latest conversation there, "" for none."""

takeover = Table(
    "takeover",
    metadata,
    _column("conversation", primary_key=True),
    _column("epoch", primary_key=True),
    _column("agent", Text),
    _column("name", Text),
    _column("at"),
    _column("committed_ms", Float),
    _column("written"),
    _column("written_ms", Float),
    _column("seen"),
    _column("seen_ms", Float),
    _column("bot_stopped_ms", Float),
)

read_position = Table(
    "read_position",
    metadata,
    _column("conversation", primary_key=True),
    _column("reader", Text, primary_key=True),
    _column("n"),
)

organisation = Table(
    "organisation",
    metadata,
    _column("id", Text, primary_key=True),
    _column("settings_version"),  # each change of the settings adds one
    _column("settings", Text),  # `policy.Settings` as JSON: what a newer release adds stays in it
)
"""What organisations have set. One that has set nothing has no row."""

node = Table(
    "node",
    metadata,
    _column("id", Text, primary_key=True),
    _column("beats"),
    _column("about", Text, server_default=""),  # a release that does not know of it beats too
)

node_agent = Table(
    "node_agent",
    metadata,
    _column("node", Text, primary_key=True),
    _column("organisation", Text, primary_key=True),
    _column("agent", Text, primary_key=True),
    Index("node_agent_agent", "organisation", "agent"),
)
"""The agents who have a session with a node. Not bound to `node`: what a node says of itself needs no order."""
