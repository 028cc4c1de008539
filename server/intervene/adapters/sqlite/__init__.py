"""SQLite, embedded: one file, held by this process alone. The first three modules have the names of PostgreSQL's.

log           the port `Log`: its rows are written in one transaction at a time
append        the statements of a group
database      the writer, the readers, how durable a commit is; runs the queries of `sql/`

file          the files before anything opens them: lock, write-ahead log, whether they are whole
writer        the one thread that writes
checkpoints   what moves the write-ahead log into the database file
health        whether the database takes writes and answers reads
"""
