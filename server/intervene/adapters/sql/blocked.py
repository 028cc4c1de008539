"""Until when a customer is blocked, as it is asked where other rows are locked.

Text and no expressions: it is part of a statement that locks a row (docs/decisions/0005).
"""

from intervene.adapters.sql.database import AskText, Query
from intervene.core.blocks import FOR_GOOD
from intervene.core.ids import ChannelId

ADDRESSES = """
    mine AS (
        SELECT coalesce((
            SELECT CASE WHEN identity = '' THEN address ELSE identity END FROM channel_id
            WHERE organisation = ? AND channel = ? AND address = ?
        ), ?) AS identity
    ), whole AS (
        SELECT other.address FROM mine JOIN channel_id AS other
        ON other.organisation = ? AND other.channel = ? AND other.identity = mine.identity AND other.identity <> ''
        UNION SELECT mine.identity FROM mine WHERE NOT EXISTS (
            SELECT 1 FROM channel_id AS own WHERE own.organisation = ? AND own.channel = ?
            AND own.address = mine.identity AND own.identity NOT IN ('', mine.identity)
        )
        UNION SELECT CAST(? AS TEXT)
    )
"""
"""All addresses of an identity, by one of them or by its id, which is one of them unless that went to another."""

UNTIL = f"""
    coalesce((
        WITH {ADDRESSES} SELECT CASE WHEN block.until = 0 THEN {FOR_GOOD} ELSE block.until END AS until
        FROM whole JOIN block
        ON block.organisation = ? AND block.channel IN ('', ?) AND block.address = whole.address
        ORDER BY until DESC LIMIT 1
    ), 0)
"""
"""When the last of its blocks ends, as a time that can be compared; it may be over. 0: there is none."""

_UNTIL = f"SELECT {UNTIL}"


def named(at: ChannelId) -> tuple[str, ...]:
    """The values of `ADDRESSES`."""
    organisation, channel, address = at
    return (*at, address, organisation, channel, organisation, channel, address)


def counted(at: ChannelId) -> tuple[str, ...]:
    """The values of `UNTIL`."""
    return (*named(at), at.organisation, at.channel)


def blocked_until(at: ChannelId) -> Query[int]:
    ((until,),) = yield AskText(_UNTIL, counted(at))
    return int(until)
