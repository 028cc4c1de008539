"""By which words of their names contacts are found, beside the first.

Nodes of the release before go on beside this schema: what they write has no `worded`, or that of the former name, and
housekeeping of this release does those rows, as it does those that were there, some at a time. On
PostgreSQL the index by which it finds them is built by a second step (`migrations.INDEXES`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "contact_word",
        sa.Column("organisation", sa.Text, nullable=False, primary_key=True),
        sa.Column("word", sa.LargeBinary, nullable=False, primary_key=True),
        sa.Column("contact", sa.Text, nullable=False, primary_key=True),
    )
    op.create_index("contact_word_contact", "contact_word", ["organisation", "contact", "word"])
    op.add_column("contact", sa.Column("worded", sa.LargeBinary, nullable=True))
    if op.get_context().dialect.name != "postgresql":
        unworded = sa.text("worded IS NULL OR worded <> folded")
        op.create_index("contact_unworded", "contact", ["organisation", "id"], sqlite_where=unworded)
