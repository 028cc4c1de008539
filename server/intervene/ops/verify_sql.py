"""What `verify` looks for with SQL: conditions that hold only where a promise was broken.

Some conversations at a time are laid out in temporary tables, each event and each piece beside what it depends on.
Every condition then speaks of one row, and the work grows with the log, not with its square.
"""

from collections.abc import Iterable, Iterator
from sqlite3 import Connection
from typing import NamedTuple, get_args

from intervene.core.events import Body

MOST_OF_A_KIND = 100  # in one lot of conversations


class Check(NamedTuple):
    """`facts` go into the sentence, which begins with the event whose number is `seq`, or with the conversation."""

    promise: str
    sentence: str
    facts: str
    where: str
    seq: str = "seq"


class Finding(NamedTuple):
    conversation: int
    promise: str
    seq: int
    sentence: str


# `lot`: each conversation with the version of its row and the message that its state says is being streamed.
_LAY_OUT = (
    """
    CREATE TEMP TABLE log AS SELECT event.*, lot.version AS reached, lot.open,
        row_number() OVER so_far AS place,
        sum(pub > 0) OVER so_far AS publics,
        sum(kind = 'control') OVER so_far AS controls,
        max(event.version) FILTER (WHERE kind = 'control') OVER so_far AS ruled_since,
        lag(at) OVER so_far AS at_before,
        lag(event.version) OVER so_far AS version_before,
        min(seq) OVER (PARTITION BY event.conversation, id) AS first_of_id,
        min(seq) OVER (PARTITION BY event.conversation, author, command) AS first_of_command,
        max(turn) OVER (PARTITION BY event.conversation, epoch ORDER BY seq) AS latest_turn,
        min(seq) FILTER (WHERE kind = 'message_started') OVER same_message AS began,
        min(epoch) FILTER (WHERE kind = 'message_started') OVER same_message AS began_in,
        min(seq) FILTER (WHERE kind = 'message') OVER same_message AS ended
    FROM lot CROSS JOIN event ON event.conversation = lot.conversation
    WINDOW so_far AS (PARTITION BY event.conversation ORDER BY seq),
        same_message AS (PARTITION BY event.conversation, message)
    """,
    """
    CREATE TEMP TABLE part AS SELECT piece.*, lot.version AS reached,
        row_number() OVER (PARTITION BY piece.conversation, piece.message ORDER BY n) AS place,
        began.seq AS began, began.version AS began_version,
        ended.seq AS ended, ended.version AS ended_version,
        cut.seq AS cut, cut.version AS cut_version
    FROM lot CROSS JOIN piece ON piece.conversation = lot.conversation
    LEFT JOIN event AS began ON began.conversation = piece.conversation
        AND began.message = piece.message AND began.kind = 'message_started' AND began.turn > 0
    LEFT JOIN event AS ended ON ended.conversation = piece.conversation
        AND ended.message = piece.message AND ended.kind = 'message' AND ended.turn > 0
    LEFT JOIN event AS cut ON cut.conversation = piece.conversation
        AND cut.kind = 'control' AND cut.epoch = began.epoch + 1
    """,
)

_private = ", ".join(f"'{body.__struct_config__.tag}'" for body in get_args(Body) if not body.is_public)
PRIVATE = f"({_private})"

ABOUT_EVENTS = (
    Check("P5", "stands where number {} should", "place", "seq <> place"),
    Check("P5", "has the public number {} where {} should be", "pub, publics", "pub > 0 AND pub <> publics"),
    Check("P5", "is public and has no public number", "", f"pub = 0 AND kind NOT IN {PRIVATE}"),
    Check("P6", "is private and has a public number", "", f"pub > 0 AND kind IN {PRIVATE}"),
    Check("P5", "is older than the event before it", "", "at < at_before"),
    Check(
        "P5",
        "is of version {}, the event before it of version {}",
        "version, version_before",
        "version < version_before",
    ),
    Check("P5", "is of version {}, which its row has not reached", "version", "version > reached"),
    Check("P5", "has the same id as event {}", "first_of_id", "seq <> first_of_id"),
    Check(
        "P3",
        "does again what command {} had done in event {}",
        "command, first_of_command",
        "command IS NOT NULL AND seq <> first_of_command",
    ),
    Check(
        "P3",
        "begins epoch {} where epoch {} should begin",
        "epoch, controls",
        "kind = 'control' AND epoch <> controls",
    ),
    Check(
        "P1",
        "was made in epoch {} and stands in epoch {}",
        "epoch, controls",
        "kind <> 'control' AND epoch <> controls",
    ),
    Check("P1", "is a bot's and of no turn", "", "turn = 0 AND author LIKE 'bot:%' AND kind <> 'control'"),
    Check("P1", "is of a turn and not a bot's", "", "turn > 0 AND author NOT LIKE 'bot:%'"),
    Check(
        "P1",
        "is of turn {}, which is none of its epoch",
        "turn",
        "turn > 0 AND NOT coalesce(turn BETWEEN ruled_since AND version, false)",
    ),
    Check("P1", "is of turn {} and comes after turn {} spoke", "turn, latest_turn", "turn > 0 AND turn < latest_turn"),
    Check("P2", "begins a message that event {} began", "began", "kind = 'message_started' AND seq <> began"),
    Check("P2", "ends a message that event {} ended", "ended", "kind = 'message' AND message <> '' AND seq <> ended"),
    Check("P2", "ends a message that event {} begins later", "began", "kind = 'message' AND seq < began"),
    Check(
        "P2",
        "began a message that was never ended",
        "",
        "kind = 'message_started' AND ended IS NULL AND message <> open",
    ),
    Check(
        "P1",
        "ends in epoch {} what event {} began in epoch {}",
        "controls, began, began_in",
        "kind = 'message' AND began_in <> controls",
    ),
)

ABOUT_PIECES = (
    Check("P2", "has piece {} of message {}, which never began", "n, message", "began IS NULL", "0"),
    Check("P5", "has piece {} of message {} where piece {} should be", "n, message, place", "n <> place", "0"),
    Check(
        "P5",
        "has piece {} of message {} and version {}, which its row has not reached",
        "n, message, version",
        "version > reached",
        "0",
    ),
    Check("P2", "was preceded by piece {} of the message that it begins", "n", "version < began_version", "began"),
    Check("P2", "was followed by piece {} of the message that it ends", "n", "version > ended_version", "ended"),
    Check("P1", "was followed by piece {} of the stream that it cut", "n", "version > cut_version", "cut"),
)

STRAYS = (
    ("events", "SELECT DISTINCT conversation FROM event WHERE conversation NOT IN (SELECT handle FROM conversation)"),
    ("pieces", "SELECT DISTINCT conversation FROM piece WHERE conversation NOT IN (SELECT handle FROM conversation)"),
    (
        "a channel id",
        "SELECT conversation FROM channel_id"
        " WHERE conversation <> '' AND (organisation, conversation) NOT IN (SELECT organisation, id FROM conversation)",
    ),
)
"""What belongs to no conversation."""

STRAY_TIMERS = (
    ("timers", "SELECT DISTINCT conversation FROM timer WHERE conversation NOT IN (SELECT handle FROM conversation)"),
)


def has_timers(connection: Connection) -> bool:
    """Whether the database is of a release that keeps them in rows."""
    return bool(connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'timer'").fetchone()[0])


def columns(connection: Connection) -> frozenset[str]:
    """Of conversations: those of later releases may be missing."""
    return frozenset(name for _, name, *_ in connection.execute("PRAGMA table_info(conversation)"))


def find(connection: Connection, lot: Iterable[tuple[int, int, str]]) -> Iterator[Finding]:
    """What is wrong with some conversations: their numbers, versions and open messages."""
    connection.execute("CREATE TEMP TABLE lot (conversation INTEGER PRIMARY KEY, version INTEGER, open TEXT)")
    connection.executemany("INSERT INTO lot VALUES (?, ?, ?)", lot)
    for statement in _LAY_OUT:
        connection.execute(statement)
    for table, checks in (("log", ABOUT_EVENTS), ("part", ABOUT_PIECES)):
        for check in checks:
            columns = ", ".join(filter(None, ("conversation", check.seq, check.facts)))
            found = connection.execute(f"SELECT {columns} FROM {table} WHERE {check.where} LIMIT {MOST_OF_A_KIND}")
            for conversation, seq, *facts in found:
                yield Finding(conversation, check.promise, seq, check.sentence.format(*facts))
    for table in ("part", "log", "lot"):
        connection.execute(f"DROP TABLE temp.{table}")
