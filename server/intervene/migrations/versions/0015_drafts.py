"""What people have typed and not sent. Nodes of the release before do not read this table."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("person", sa.Text, nullable=False, primary_key=True),
        sa.Column("organisation", sa.Text, nullable=False, primary_key=True),
        sa.Column("conversation", sa.Text, nullable=False, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("draft_at", "draft", ["at"])
