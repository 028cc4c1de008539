"""The log, the directory and the nodes in SQL.

`schema.py` says what is stored, `queries.py` what is asked of either engine, `values.py` what an item is in columns;
`directory.py` and `nodes.py` run on both. For SQLite: `database.py` holds the file, `writer.py` is its one thread that
writes, `rows.py` the statements, `sqlite.py` the log. For PostgreSQL: `connections.py` bounds every wait,
`postgres_database.py` says what each connection is kept for, `postgres.py` is the log.
"""
