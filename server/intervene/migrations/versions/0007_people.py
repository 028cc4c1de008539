"""Organisations as a tree, the people who work for them, how they sign in, and the record of what was changed.

Nodes of the release before go on beside this schema: they read and write two columns of `organisation` alone, and the
others have defaults.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_SQLITE_TRIGGERS = (
    "CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    "CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
)
_POSTGRES_TRIGGERS = (
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'audit is append-only';
    END $$
    """,
    """
    CREATE TRIGGER audit_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
)


def _text(name: str, **options: object) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False, **options)  # type: ignore[arg-type]


def _number(name: str, **options: object) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger, nullable=False, **options)  # type: ignore[arg-type]


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _organisations()
    _people()
    _sign_in()
    _audit()


def _organisations() -> None:
    op.add_column("organisation", _text("parent", server_default=""))
    op.add_column("organisation", _text("name", server_default=""))
    op.add_column("organisation", _number("archived", server_default=sa.text("0")))
    op.add_column("organisation", _number("version", server_default=sa.text("0")))
    _partial_index("organisation_parent", "organisation", ["parent"], "parent <> ''")
    op.create_table("revision", _text("name", primary_key=True), _number("version"))


def _people() -> None:
    op.create_table(
        "person",
        _text("id", primary_key=True),
        _text("organisation"),
        _text("role"),
        _text("name"),
        _text("email"),
        _text("password"),
        _number("version"),
        _number("tokens_from"),
        _number("available"),
        _number("disabled"),
        _number("created_at"),
    )
    op.create_index("person_organisation", "person", ["organisation", "id"])
    _partial_index("person_email", "person", ["email"], "email <> ''", unique=True)
    op.create_table(
        "subject", _text("organisation", primary_key=True), _text("subject", primary_key=True), _text("person")
    )
    op.create_index("subject_person", "subject", ["person"])


def _sign_in() -> None:
    op.create_table(
        "device",
        _text("id", primary_key=True),
        _text("organisation"),
        _text("person"),
        _text("label"),
        _number("n"),
        _number("issued_at"),
        _number("first_used_at"),
        _number("created_at"),
    )
    op.create_index("device_person", "device", ["person"])
    op.create_table(
        "link",
        _text("hash", primary_key=True),
        _text("organisation"),
        _text("person"),
        _text("purpose"),
        _number("expires"),
    )
    op.create_index("link_person", "link", ["person"])
    op.create_index("link_expires", "link", ["expires"])
    op.create_table(
        "signing_key",
        _text("kid", primary_key=True),
        _text("organisation"),
        _text("name"),
        _text("purpose"),
        _text("role"),
        _text("algorithm"),
        _text("key"),
        _number("lifetime"),
        _number("version"),
        _number("archived"),
    )
    op.create_index("signing_key_organisation", "signing_key", ["organisation", "kid"])
    op.create_table(
        "sign_in_attempt", _text("whose", primary_key=True), _number("period", primary_key=True), _number("count")
    )
    op.create_index("sign_in_attempt_period", "sign_in_attempt", ["period"])


def _audit() -> None:
    handle = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit",
        sa.Column("handle", handle, nullable=False, primary_key=True),
        _text("organisation"),
        _number("at"),
        _text("person"),
        _text("action"),
        _text("subject"),
        _text("before"),
        _text("after"),
        _text("network"),
        _text("once"),
    )
    op.create_index("audit_organisation", "audit", ["organisation", "handle"])
    _partial_index("audit_once", "audit", ["organisation", "once"], "once <> ''", unique=True)
    is_postgres = op.get_context().dialect.name == "postgresql"
    for statement in _POSTGRES_TRIGGERS if is_postgres else _SQLITE_TRIGGERS:
        op.execute(statement)
