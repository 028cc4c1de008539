"""Timers as rows, so that a conversation may have several, the column of the inbox's card, and that of what
only moves of control change (format 2).

Nodes of the release before go on beside this schema. They keep the bot's timer in `conversation.due`, and a trigger
carries what they write there to its row. The release after may drop the column, its index and the trigger.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BACKFILL = """
    INSERT INTO timer (conversation, kind, due, epoch) SELECT handle, 'wait', due, epoch FROM conversation WHERE due > 0
"""

_POSTGRES_TRIGGER = (
    """
    CREATE FUNCTION timer_from_due() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.due > 0 THEN
            INSERT INTO timer (conversation, kind, due, epoch) VALUES (NEW.handle, 'wait', NEW.due, NEW.epoch)
            ON CONFLICT (conversation, kind) DO UPDATE SET due = excluded.due, epoch = excluded.epoch
            WHERE (timer.due, timer.epoch) <> (excluded.due, excluded.epoch);
        ELSE
            DELETE FROM timer WHERE conversation = NEW.handle AND kind = 'wait';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER conversation_due AFTER UPDATE OF due ON conversation FOR EACH ROW
    WHEN (OLD.due <> NEW.due OR NEW.due > 0 AND OLD.epoch <> NEW.epoch)
    EXECUTE FUNCTION timer_from_due()
    """,
)


def upgrade() -> None:
    # First, so that no node writes to the table between the backfill and the trigger.
    op.add_column("conversation", sa.Column("base", sa.LargeBinary, nullable=True))
    op.add_column("conversation", sa.Column("card", sa.LargeBinary, nullable=True))
    op.create_table(
        "timer",
        sa.Column("conversation", sa.BigInteger, nullable=False, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False, primary_key=True),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
    )
    op.create_index("timer_due", "timer", ["kind", "due"])
    op.execute(_BACKFILL)
    if op.get_context().dialect.name == "postgresql":  # nobody writes beside this process to a file of SQLite
        for statement in _POSTGRES_TRIGGER:
            op.execute(statement)
