"""What organisations set in rows. Nodes of the release before do not read these tables."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KINDS = ("queue", "status", "canned_reply", "channel", "hours", "field", "reason")


def _key(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, primary_key=True)


def upgrade() -> None:
    for kind in _KINDS:
        op.create_table(
            kind,
            _key("organisation"),
            _key("id"),
            sa.Column("version", sa.BigInteger, nullable=False),
            sa.Column("archived", sa.BigInteger, nullable=False, server_default=sa.text("0")),
            sa.Column("request", sa.Text, nullable=False, server_default=""),
            sa.Column("data", sa.Text, nullable=False),
        )
    once = sa.text("id <> 'webchat'")
    op.create_index("channel_once", "channel", ["id"], unique=True, sqlite_where=once, postgresql_where=once)
    op.create_table("queue_member", _key("organisation"), _key("queue"), _key("person"))
