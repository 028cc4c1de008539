"""Alembic runs this: the migrations, on the connection that `upgrade` was given, or written down for PostgreSQL."""

from alembic import context

if context.is_offline_mode():
    # `upgrade_postgres` has begun the transaction; "named" leaves a percent sign as it is.
    context.configure(dialect_name="postgresql", dialect_opts={"paramstyle": "named"}, transactional_ddl=False)
else:
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
