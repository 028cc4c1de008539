"""The log, what stands beside it, and the second wall.

The wall asks the log and not the row: a takeover moves the row first and then writes the bot's last words and its own
event, in one commit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_HANDLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_SQLITE_WALL = (
    # Nothing of a bot after a control event of a higher epoch.
    """
    CREATE TRIGGER event_after_takeover BEFORE INSERT ON event WHEN NEW.author LIKE 'bot:%' BEGIN
        SELECT RAISE(ABORT, 'wall: a bot''s event after a control event of a higher epoch')
        WHERE EXISTS (
            SELECT 1 FROM event
            WHERE conversation = NEW.conversation AND kind = 'control' AND epoch > NEW.epoch AND seq < NEW.seq
        );
    END
    """,
    # A piece only into a stream that is open. Within one commit pieces are inserted after the events, so what ends
    # the stream in that very commit does not count.
    """
    CREATE TRIGGER piece_without_stream BEFORE INSERT ON piece BEGIN
        SELECT RAISE(ABORT, 'wall: a piece of a message that is not being streamed')
        WHERE NOT EXISTS (
            SELECT 1 FROM event AS started
            WHERE conversation = NEW.conversation AND message = NEW.message AND kind = 'message_started' AND turn > 0
            AND NOT EXISTS (
                SELECT 1 FROM event
                WHERE conversation = NEW.conversation AND kind = 'control' AND epoch > started.epoch
                AND version < NEW.version
            )
        ) OR EXISTS (
            SELECT 1 FROM event
            WHERE conversation = NEW.conversation AND message = NEW.message AND kind = 'message' AND turn > 0
            AND version < NEW.version
        );
    END
    """,
    # An event that was sent is never changed; erasing empties it.
    """
    CREATE TRIGGER event_is_kept BEFORE UPDATE ON event
    WHEN length(NEW.data) > 0
    OR (NEW.conversation, NEW.seq, NEW.pub, NEW.version, NEW.epoch, NEW.kind, NEW.id, NEW.author, NEW.command, NEW.turn,
        NEW.message, NEW.at)
    IS NOT (OLD.conversation, OLD.seq, OLD.pub, OLD.version, OLD.epoch, OLD.kind, OLD.id, OLD.author, OLD.command,
        OLD.turn, OLD.message, OLD.at)
    BEGIN
        SELECT RAISE(ABORT, 'wall: an event is never changed, only emptied');
    END
    """,
)

_POSTGRES_WALL = (
    """
    CREATE FUNCTION wall_event_after_takeover() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (
            SELECT FROM event
            WHERE conversation = NEW.conversation AND kind = 'control' AND epoch > NEW.epoch AND seq < NEW.seq
        ) THEN
            RAISE EXCEPTION 'wall: a bot''s event after a control event of a higher epoch';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER event_after_takeover BEFORE INSERT ON event FOR EACH ROW WHEN (NEW.author LIKE 'bot:%')
    EXECUTE FUNCTION wall_event_after_takeover()
    """,
    """
    CREATE FUNCTION wall_piece_without_stream() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NOT EXISTS (
            SELECT FROM event AS started
            WHERE conversation = NEW.conversation AND message = NEW.message AND kind = 'message_started' AND turn > 0
            AND NOT EXISTS (
                SELECT FROM event
                WHERE conversation = NEW.conversation AND kind = 'control' AND epoch > started.epoch
                AND version < NEW.version
            )
        ) OR EXISTS (
            SELECT FROM event
            WHERE conversation = NEW.conversation AND message = NEW.message AND kind = 'message' AND turn > 0
            AND version < NEW.version
        ) THEN
            RAISE EXCEPTION 'wall: a piece of a message that is not being streamed';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER piece_without_stream BEFORE INSERT ON piece FOR EACH ROW
    EXECUTE FUNCTION wall_piece_without_stream()
    """,
    """
    CREATE FUNCTION wall_event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'wall: an event is never changed, only emptied';
    END $$
    """,
    """
    CREATE TRIGGER event_is_kept BEFORE UPDATE ON event FOR EACH ROW
    WHEN (length(NEW.data) > 0
    OR (NEW.conversation, NEW.seq, NEW.pub, NEW.version, NEW.epoch, NEW.kind, NEW.id, NEW.author, NEW.command, NEW.turn,
        NEW.message, NEW.at)
    IS DISTINCT FROM (OLD.conversation, OLD.seq, OLD.pub, OLD.version, OLD.epoch, OLD.kind, OLD.id, OLD.author,
        OLD.command, OLD.turn, OLD.message, OLD.at))
    EXECUTE FUNCTION wall_event_is_kept()
    """,
)

# What is over 2 KB is compressed; lz4 takes a third of the time, where the server was built with it.
_COMPRESSION = """
    DO $$ BEGIN
        ALTER TABLE conversation ALTER COLUMN state SET COMPRESSION lz4;
        ALTER TABLE event ALTER COLUMN data SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported THEN
        NULL;
    END $$
"""


def upgrade() -> None:
    is_postgres = op.get_context().dialect.name == "postgresql"
    op.create_table(
        "conversation",
        sa.Column("handle", _HANDLE, nullable=False, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("pub", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("runner", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("format", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        postgresql_with={"fillfactor": 50},  # every commit writes the row again, and wants room on its page
    )
    op.create_index("conversation_id", "conversation", ["organisation", "id"], unique=True)
    op.create_index("conversation_changed", "conversation", ["organisation", "changed_at"])
    _partial_index("conversation_runner", "conversation", ["runner"], "runner <> ''")
    _partial_index("conversation_due", "conversation", ["due"], "due > 0")
    op.create_table(
        "event",
        sa.Column("conversation", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("pub", sa.BigInteger, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("command", sa.Text),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    _partial_index("event_command", "event", ["conversation", "author", "command"], "command IS NOT NULL", unique=True)
    _partial_index("event_control", "event", ["conversation", "epoch"], "kind = 'control'", unique=True)
    _partial_index("event_reply", "event", ["conversation", "message", "kind"], "turn > 0", unique=True)
    op.create_table(
        "piece",
        sa.Column("conversation", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("message", sa.Text, nullable=False, primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "channel_id",
        sa.Column("organisation", sa.Text, nullable=False, primary_key=True),
        sa.Column("channel", sa.Text, nullable=False, primary_key=True),
        sa.Column("address", sa.Text, nullable=False, primary_key=True),
        sa.Column("conversation", sa.Text, nullable=False),
    )
    op.create_table(
        "takeover",
        sa.Column("conversation", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("epoch", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("committed_ms", sa.Float, nullable=False),
        sa.Column("written", sa.BigInteger, nullable=False),
        sa.Column("written_ms", sa.Float, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("seen_ms", sa.Float, nullable=False),
        sa.Column("bot_stopped_ms", sa.Float, nullable=False),
    )
    op.create_table(
        "read_position",
        sa.Column("conversation", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("reader", sa.Text, nullable=False, primary_key=True),
        sa.Column("n", sa.BigInteger, nullable=False),
    )
    for statement in (*_POSTGRES_WALL, _COMPRESSION) if is_postgres else _SQLITE_WALL:
        op.execute(statement)


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
