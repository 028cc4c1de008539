"""When people were active last at a node, and what agents hold by holder.

Nodes of the release before go on beside this schema: they leave both columns NULL, and who has a session with one of
them counts as active. On PostgreSQL the index is built by a second step (`migrations.INDEXES`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("node", sa.Column("agents_beat", sa.BigInteger, nullable=True))
    op.add_column("node_agent", sa.Column("active_beat", sa.BigInteger, nullable=True))
    if op.get_context().dialect.name == "sqlite":
        held = sa.text("holder <> ''")
        op.create_index("conversation_holder", "conversation", ["holder", "handle"], sqlite_where=held)
