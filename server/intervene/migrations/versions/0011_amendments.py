"""The index by which the amendments of a message are found. PostgreSQL builds it by a second step
(`migrations.INDEXES`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        amending = sa.text("kind IN ('edited', 'deleted')")
        op.create_index("event_amendment", "event", ["conversation", "message", "seq"], sqlite_where=amending)
