"""The log's largest tables in partitions, of a PostgreSQL database that is made so.

Events and pieces are divided by the hash of their conversation's handle. All their unique keys begin with it, as those
of a partitioned table must contain what divides it; so nothing else is different, neither keys nor statements. The hash
of an organisation would make the partition of the largest one as large as it is.
"""

import re

TABLES = ("event", "piece")


class NotEmpty(Exception):
    """The database has its tables already."""


def partitioned(sql: str, partitions: int) -> str:
    """What makes a database, with `TABLES` in so many partitions."""
    for table in TABLES:
        parts = "\n\n".join(
            f"CREATE TABLE {table}_{number} PARTITION OF {table} "
            f"FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number});"
            for number in range(partitions)
        )
        sql, count = re.subn(
            rf"(CREATE TABLE {table} \(.*?\n\));", rf"\1 PARTITION BY HASH (conversation);\n\n{parts}", sql, flags=re.S
        )
        assert count == 1, f"the migrations make {table} once"
    return sql


def concurrently(name: str, of: str, partitions: list[str]) -> list[str]:
    """Statements that build an index without keeping others from writing. On a partitioned table PostgreSQL cannot: it
    is built on each partition, and then the index of the whole takes these for its own."""
    if not partitions:
        return [f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE INDEX CONCURRENTLY {name} ON {of}"]
    statements = [f"DROP INDEX IF EXISTS {name}"]
    for partition in partitions:
        part = f"{name}_{partition.rpartition('_')[2]}"
        statements += [
            f"DROP INDEX CONCURRENTLY IF EXISTS {part}",
            f"CREATE INDEX CONCURRENTLY {part} ON {partition} {of.partition(' ')[2]}",
        ]
    return [*statements, f"CREATE INDEX {name} ON {of}"]
