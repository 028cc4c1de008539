"""The nodes that share the database, and which agents have a session with each."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "node",
        sa.Column("id", sa.Text, nullable=False, primary_key=True),
        sa.Column("beats", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "node_agent",
        sa.Column("node", sa.Text, nullable=False, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False, primary_key=True),
        sa.Column("agent", sa.Text, nullable=False, primary_key=True),
    )
    op.create_index("node_agent_agent", "node_agent", ["organisation", "agent"])
