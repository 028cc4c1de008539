"""No index is moved by every message any more: lists are read by place, and takeovers by their time.

Nodes of the release before go on beside this schema. What they list by the last change, they sort.
"""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.drop_index("conversation_changed", "conversation")
    if op.get_context().dialect.name != "postgresql":  # there it is built afterwards (`migrations.INDEXES`)
        op.create_index("takeover_at", "takeover", ["at", "conversation", "epoch"])
