"""What a node says of itself: for `doctor`, and for people who look at the table."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("node", sa.Column("about", sa.Text, nullable=False, server_default=""))
