"""When an address was given up, so that its tokens are refused."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("channel_id", sa.Column("spent", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    condition = sa.text("spent > 0")
    op.create_index("channel_id_spent", "channel_id", ["spent"], sqlite_where=condition, postgresql_where=condition)
