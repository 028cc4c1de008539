"""Which contacts were named before there were contacts, with letters beyond ASCII: their names are to be folded again.

Migration 0010 folded names as the database lowers letters, which differs from how names are searched. Housekeeping
folds them, some at a time, and takes them off this list.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_IS_BEYOND = {
    "postgresql": "octet_length(name) > char_length(name)",
    "sqlite": "length(CAST(name AS BLOB)) > length(name)",
}


def upgrade() -> None:
    op.create_table(
        "unfolded",
        sa.Column("organisation", sa.Text, nullable=False, primary_key=True),
        sa.Column("contact", sa.Text, nullable=False, primary_key=True),
    )
    op.execute(
        "INSERT INTO unfolded (organisation, contact) SELECT organisation, id FROM contact WHERE "
        + _IS_BEYOND[op.get_context().dialect.name]
    )
