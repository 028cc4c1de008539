"""The tables of what organisations set in rows. All have the same columns but `queue_member`: what a row says is JSON,
so that a newer release adds a member without a migration, and a node of this one keeps it.
"""

from sqlalchemy import Index, Table, Text, text

from intervene.adapters.sql.schema import column, index, metadata
from intervene.core.settings import Kind

__all__ = ["metadata"]  # with these tables in it


def _rows(kind: Kind, *indexes: Index) -> Table:
    return Table(
        kind.value,
        metadata,
        column("organisation", Text, primary_key=True),
        column("id", Text, primary_key=True),
        column("version"),
        column("archived", server_default=text("0")),  # 1: it is
        column("request", Text, server_default=""),  # what made it, so that a repeat is known
        column("data", Text),  # `settings.Values` as JSON
        *indexes,
    )


tables: dict[Kind, Table] = {kind: _rows(kind) for kind in Kind if kind is not Kind.CHANNEL}
tables[Kind.CHANNEL] = _rows(Kind.CHANNEL, index("channel_once", "id", where="id <> 'webchat'", unique=True))

queue_member = Table(
    "queue_member",
    metadata,
    column("organisation", Text, primary_key=True),
    column("queue", Text, primary_key=True),
    column("person", Text, primary_key=True),
)
