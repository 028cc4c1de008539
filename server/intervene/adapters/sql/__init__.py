"""The log, and what stands beside it, in SQL. `schema.py` says what is stored.

For SQLite: `sqlite.py` is the log and `directory.py` what stands beside it; `rows.py` has their statements. Under them
`database.py` holds the file, `writer.py` is the one thread that writes, `checkpoints.py` keeps its log short.
"""
