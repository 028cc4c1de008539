"""Contacts, their identities and attributes, which identity an address belongs to, blocked addresses, and joins.

Nodes of the release before go on beside this schema: they write `channel_id` by its first four columns, and an empty
`id` or `identity` means the same as the address. On PostgreSQL the index over conversations is built by a second step
(`migrations.INDEXES`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_PACKED = {
    "postgresql": "convert_from(CASE WHEN format = 1 THEN state ELSE base END, 'UTF8')::jsonb->'contact'->>'name'",
    "sqlite": "json_extract(CAST(CASE WHEN format = 1 THEN state ELSE base END AS TEXT), '$.contact.name')",
}
_FOLDED = {"postgresql": "convert_to(lower(name), 'UTF8')", "sqlite": "CAST(lower(name) AS BLOB)"}

# Of those who have written before there were contacts: named as in their conversation. How a database lowers letters
# beyond ASCII is its own affair: these are found again once they are renamed.
_BACKFILL = """
    INSERT INTO contact (organisation, id, name, folded, version, created_at)
    SELECT organisation, address, name, {folded}, 1, at FROM (
        SELECT at.organisation, at.address, coalesce({name}, '') AS name, row.changed_at AS at
        FROM channel_id AS at JOIN conversation AS row ON row.organisation = at.organisation
        AND row.id = at.conversation WHERE row.state <> {empty}
    ) AS found WHERE true ON CONFLICT DO NOTHING
"""


def _text(name: str, **options: object) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, **options)  # type: ignore[arg-type]


def _number(name: str, **options: object) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False, **options)  # type: ignore[arg-type]


def _key(name: str) -> "sa.Column[str]":
    return _text(name, primary_key=True)


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _addresses()
    _contacts()
    _work()
    dialect = op.get_context().dialect.name
    if dialect == "sqlite":
        op.create_index("conversation_contact", "conversation", ["organisation", "contact", "handle"])
    empty = "''::bytea" if dialect == "postgresql" else "x''"
    op.execute(_BACKFILL.format(name=_PACKED[dialect], folded=_FOLDED[dialect], empty=empty))


def _addresses() -> None:
    for name in ("id", "identity", "kind"):
        op.add_column("channel_id", _text(name, server_default=""))
    for name in ("vouched", "moved"):
        op.add_column("channel_id", _number(name, server_default=sa.text("0")))
    op.create_index("channel_id_address", "channel_id", ["organisation", "address"])
    _partial_index("channel_id_identity", "channel_id", ["organisation", "channel", "identity"], "identity <> ''")
    _partial_index("channel_id_moved", "channel_id", ["moved"], "moved > 0")


def _contacts() -> None:
    op.create_table(
        "contact",
        _key("organisation"),
        _key("id"),
        _text("name"),
        sa.Column("folded", sa.LargeBinary, nullable=False),
        _text("merged_into", server_default=""),
        _number("version"),
        _number("created_at"),
    )
    op.create_index("contact_folded", "contact", ["organisation", "folded", "id"])
    _partial_index("contact_merged_into", "contact", ["organisation", "merged_into"], "merged_into <> ''")
    op.create_table(
        "attribute",
        _key("organisation"),
        _key("contact"),
        _key("name"),
        _key("source"),
        _text("value"),
        _text("by"),
        _number("at"),
    )
    op.create_table(
        "identity",
        _key("organisation"),
        _key("channel"),
        _key("id"),
        _text("contact"),
        _text("conversation"),
        _text("joined_to", server_default=""),
    )
    op.create_index("identity_contact", "identity", ["organisation", "contact"])


def _work() -> None:
    op.create_table(
        "block",
        _key("organisation"),
        _key("channel"),
        _key("address"),
        _number("until"),
        _text("by"),
        _text("why"),
        _number("at"),
    )
    op.create_table(
        "join_job",
        _key("id"),
        _text("organisation"),
        _text("channel"),
        _text("loser"),
        _text("winner"),
        _text("kept"),
        _text("dropped"),
        _number("step"),
        _number("at"),
    )
    op.create_index("join_job_at", "join_job", ["at"])
