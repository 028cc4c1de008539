"""The columns by which conversations are listed, and `conversation.card` is used from now on (format 3).

Nodes of the release before go on beside this schema: as long as one of them lives, all write a format before 3, for
which a trigger fills the columns in. On PostgreSQL the index over them is built by a second step, because appends go on
meanwhile (`migrations.INDEXES`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_POSTGRES_TRIGGER = (
    """
    CREATE FUNCTION conversation_columns() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE
        it jsonb := convert_from(CASE WHEN NEW.format = 1 THEN NEW.state ELSE NEW.base END, 'UTF8')::jsonb;
    BEGIN
        NEW.place := CASE WHEN it->>'is_open' = 'false' THEN 3 WHEN it->'holder'->>'type' = 'agent' THEN 1
            WHEN it->'holder'->>'type' = 'bot' THEN 2 ELSE 0 END;
        NEW.since := CASE WHEN NEW.place IN (0, 3) THEN coalesce((it->>'held_since')::bigint, 0)
            ELSE NEW.changed_at - NEW.changed_at % 900000 END;
        NEW.holder := CASE WHEN NEW.place = 1 THEN it->'holder'->>'id' ELSE '' END;
        NEW.contact := it->'contact'->>'id';
        NEW.queue := 'default';
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER conversation_columns BEFORE UPDATE ON conversation FOR EACH ROW
    WHEN (NEW.format < 3 AND NEW.version <> OLD.version) EXECUTE FUNCTION conversation_columns()
    """,
)


def upgrade() -> None:
    op.add_column("conversation", sa.Column("place", sa.BigInteger, nullable=True))
    op.add_column("conversation", sa.Column("since", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    for name in ("holder", "contact", "queue", "status"):
        op.add_column("conversation", sa.Column(name, sa.Text, nullable=False, server_default=""))
    if op.get_context().dialect.name == "postgresql":  # nobody writes beside this process to a file of SQLite
        for statement in _POSTGRES_TRIGGER:
            op.execute(statement)
    else:
        op.create_index("conversation_place", "conversation", ["organisation", "place", "since"])
