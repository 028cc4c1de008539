"""What `verify` looks for with SQL: a table of statements, each of which finds what breaks a promise."""

from typing import NamedTuple


class Check(NamedTuple):
    """`sql` answers (seq, ...) for each event that breaks the promise; what follows seq goes into the sentence."""

    promise: str
    sentence: str
    sql: str


LOG = """
    WITH log AS (
        SELECT *, row_number() OVER so_far AS place, sum(pub > 0) OVER so_far AS publics,
            sum(kind = 'control') OVER so_far AS controls,
            lag(at) OVER so_far AS at_before, lag(version) OVER so_far AS version_before
        FROM event WHERE conversation = :handle WINDOW so_far AS (ORDER BY seq)
    ),
    started AS (SELECT * FROM log WHERE kind = 'message_started'),
    ended AS (SELECT * FROM log WHERE kind = 'message'),
    control AS (SELECT * FROM log WHERE kind = 'control'),
    part AS (SELECT *, row_number() OVER (PARTITION BY message ORDER BY n) AS place FROM piece
        WHERE conversation = :handle)
"""

CHECKS = (
    # Numbers and order.
    Check("P5", "stands where number {} should", "SELECT seq, place FROM log WHERE seq <> place"),
    Check(
        "P5",
        "has the public number {} where {} should be",
        "SELECT seq, pub, publics FROM log WHERE pub > 0 AND pub <> publics",
    ),
    Check(
        "P5",
        "is public and has no public number",
        "SELECT seq FROM log WHERE pub = 0 AND kind NOT IN ('opened', 'note')",
    ),
    Check(
        "P6", "is private and has a public number", "SELECT seq FROM log WHERE pub > 0 AND kind IN ('opened', 'note')"
    ),
    Check("P5", "is older than the event before it", "SELECT seq FROM log WHERE at < at_before"),
    Check(
        "P5",
        "is of version {}, the event before it of {}",
        "SELECT seq, version, version_before FROM log WHERE version < version_before",
    ),
    Check(
        "P5",
        "has the same id as event {}",
        "SELECT seq, first FROM (SELECT seq, min(seq) OVER (PARTITION BY id) AS first FROM log) WHERE seq <> first",
    ),
    Check(
        "P3",
        "does again what command {} had done in event {}",
        "SELECT seq, command, first FROM (SELECT seq, command, min(seq) OVER (PARTITION BY author, command) AS first"
        " FROM log WHERE command IS NOT NULL) WHERE seq <> first",
    ),
    # Control.
    Check(
        "P3",
        "begins epoch {} where epoch {} should begin",
        "SELECT seq, epoch, controls FROM control WHERE epoch <> controls",
    ),
    Check(
        "P1",
        "was made in epoch {} and stands in epoch {}",
        "SELECT seq, epoch, controls FROM log WHERE kind <> 'control' AND epoch <> controls",
    ),
    Check(
        "P1",
        "is a bot's and of no turn",
        "SELECT seq FROM log WHERE turn = 0 AND author LIKE 'bot:%' AND kind <> 'control'",
    ),
    Check("P1", "is of a turn and not a bot's", "SELECT seq FROM log WHERE turn > 0 AND author NOT LIKE 'bot:%'"),
    Check(
        "P1",
        "is of turn {}, which is none of its epoch",
        "SELECT log.seq, log.turn FROM log LEFT JOIN control ON control.epoch = log.epoch"
        " WHERE log.turn > 0 AND NOT coalesce(log.turn BETWEEN control.version AND log.version, false)",
    ),
    Check(
        "P1",
        "is of turn {} and comes after turn {} spoke",
        "SELECT seq, turn, latest FROM (SELECT seq, turn, max(turn) OVER (PARTITION BY epoch ORDER BY seq) AS latest"
        " FROM log WHERE turn > 0) WHERE turn < latest",
    ),
    Check(
        "P5", "is of version {}, which its row has not reached", "SELECT seq, version FROM log WHERE version > :version"
    ),
    # Streams.
    Check(
        "P2",
        "is a message that event {} began before",
        "SELECT seq, first FROM (SELECT seq, min(seq) OVER (PARTITION BY message) AS first FROM started)"
        " WHERE seq <> first",
    ),
    Check(
        "P2",
        "ends a message that event {} had ended",
        "SELECT seq, first FROM (SELECT seq, min(seq) OVER (PARTITION BY message) AS first FROM ended)"
        " WHERE seq <> first",
    ),
    Check(
        "P2",
        "ends a message that event {} begins later",
        "SELECT ended.seq, started.seq FROM ended JOIN started USING (message) WHERE ended.seq < started.seq",
    ),
    Check(
        "P2",
        "began a message that was never ended",
        "SELECT seq FROM started WHERE message NOT IN (SELECT message FROM ended) AND message <> :open",
    ),
    Check(
        "P1",
        "takes control over the stream that event {} began",
        "SELECT control.seq, started.seq FROM started JOIN control ON control.seq > started.seq"
        " WHERE NOT EXISTS (SELECT 1 FROM ended WHERE message = started.message AND seq < control.seq)",
    ),
    Check(
        "P1",
        "was followed by piece {} of message {}, whose stream it had cut",
        "SELECT control.seq, n, part.message FROM part JOIN started USING (message)"
        " JOIN control ON control.seq > started.seq AND control.version < part.version",
    ),
    Check(
        "P2",
        "was followed by piece {} of the message that it ends",
        "SELECT ended.seq, n FROM part JOIN ended USING (message) WHERE ended.version < part.version",
    ),
    Check(
        "P2",
        "was preceded by piece {} of the message that it begins",
        "SELECT started.seq, n FROM part JOIN started USING (message) WHERE started.version > part.version",
    ),
    Check(
        "P2",
        "has piece {} of message {}, which never began",
        "SELECT 0, n, message FROM part WHERE message NOT IN (SELECT message FROM started)",
    ),
    Check(
        "P2",
        "streams message {}, which is not open in its log",
        "SELECT 0, :open WHERE :open <> '' AND (SELECT count(*) FROM started WHERE message = :open)"
        " <> 1 + (SELECT count(*) FROM ended WHERE message = :open)",
    ),
    Check(
        "P5",
        "has piece {} of message {} and version {}, which its row has not reached",
        "SELECT 0, n, message, version FROM part WHERE version > :version",
    ),
    Check(
        "P5",
        "has piece {} of message {} where piece {} should be",
        "SELECT 0, n, message, place FROM part WHERE n <> place",
    ),
)

STRAYS = (
    ("events", "SELECT DISTINCT conversation FROM event WHERE conversation NOT IN (SELECT handle FROM conversation)"),
    ("pieces", "SELECT DISTINCT conversation FROM piece WHERE conversation NOT IN (SELECT handle FROM conversation)"),
    (
        "a channel id",
        "SELECT conversation FROM channel_id"
        " WHERE (organisation, conversation) NOT IN (SELECT organisation, id FROM conversation)",
    ),
)
"""What belongs to no conversation."""
