"""What organisations have set for themselves. Without a row all is as the settings of the server say, as it was before:
nodes of the release before, which do not read the table, go on so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.Text, nullable=False, primary_key=True),
        sa.Column("settings_version", sa.BigInteger, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
    )
