"""Requests that are carried out once. Nodes of the release before do not read this table."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "request",
        sa.Column("person", sa.Text, nullable=False, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("made", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("request_at", "request", ["at"])
