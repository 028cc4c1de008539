"""SQLite, embedded: one file, held by this process alone.

log           the port `Log`: its rows are written in one transaction at a time
database      the writer, the readers, how durable a commit is
file          the files before anything opens them: lock, write-ahead log, whether they are whole
writer        the one thread that writes
rows          the statements that are SQLite's own
checkpoints   what moves the write-ahead log into the database file
health        whether the database takes writes and answers reads
"""
