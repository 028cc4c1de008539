"""The log and the directory in SQL.

`schema.py` says what is stored. For SQLite: `database.py` holds the file, `writer.py` is its one thread that writes,
`rows.py` the statements, `sqlite.py` the log and `directory.py` what stands beside it.
"""
