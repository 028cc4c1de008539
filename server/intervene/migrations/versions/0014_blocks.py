"""By when addresses were blocked: other nodes look for what is new."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("block_at", "block", ["at"])
