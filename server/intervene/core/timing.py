"""How long a server waits: one value, given to every part that waits, and scaled as a whole.

Every field is a duration in seconds, and the comment beside it says what happens when it is over. `Timing()` is
production. A test suite runs its servers at `Timing().scaled(factor)`: everything is quicker by one factor, so what is
longer than something else stays longer. All nodes of a cluster must have the same timing: a node that sends
heartbeats every 2 s is dead for one that waits 2 s.

What a client may rely on, and limits that are no wait, are in `limits`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

import msgspec
from msgspec import Struct

SMALLEST_FACTOR, LARGEST_FACTOR = 0.05, 1.0  # by which timing may be scaled; production is the largest


class Timing(Struct, frozen=True, kw_only=True):
    # -- cluster: heartbeats, the failure detector, comparing versions with the log ------------------------------------

    heartbeat: float = 2.0  # between two heartbeats of a node, in SQL and on the hub
    heartbeat_rest: float = 0.1  # between two heartbeats at least, however much is lost
    dead_after: float = 8.0  # without a heartbeat, while the reader's own were written; its turns are taken up
    forget_node_after: float = 3600.0  # dead; then the rows of a node are deleted
    forget_node_retry: float = 60.0  # after rows of dead nodes could not be deleted
    hub_silent_after: float = 3.0  # without a heartbeat of a node on the hub; versions are compared with each heartbeat
    unwritten_after: float = 3.0  # without a heartbeat written; the node reports that it has no database
    not_ready_after: float = 6.0  # the same; then /readyz answers 503
    cut_off_after: float = 7.5  # the same, while a peer writes; longer than a peer takes to report its own outage
    stranded_after: float = 15.0  # without the database and without the hub; then sessions are sent away
    cut_off_check: float = 0.5  # between two looks whether the node is cut off or stranded
    away: float = 2.0  # over which a node that drains or is cut off sends its sessions away
    stranded_away: float = 10.0  # the same, of a node that may have nowhere to send them
    compare: float = 15.0  # between two comparisons of all versions with the log, when nothing seems amiss
    gap: float = 0.05  # for which conversations are gathered whose versions are to be compared

    rows: float = 0.25  # for which changes in lists of conversations are gathered, between nodes and for sessions
    counts: float = 1.0  # between two sums that one session is sent
    rows_again: float = 2.0  # after the last rows of an organisation; then their number is published once more
    boards: float = 60.0  # between two comparisons of a board with the log, when nothing seems amiss
    boards_polled: float = 2.0  # the same, while rows of other nodes may not come
    boards_kept: float = 60.0  # that a board is kept which nobody views

    places: float = 5.0  # between two looks at who waits, for customers who are shown their place in line
    policies: float = 2.0  # between two comparisons of the settings that a node acts on with the database

    # -- housekeeping --------------------------------------------------------------------------------------------------

    due_rest: float = 0.02  # at least, between two readings of what is due: clocks differ a little
    due_retry: float = 1.0  # after the first failure of a conversation's due work; longer after each
    due_retry_longest: float = 15.0
    retention: float = 3600.0  # between two sweeps of old pieces
    retention_retry: float = 1.0  # after the first sweep that failed; longer after each
    retention_retry_longest: float = 600.0
    pieces_kept: float = 24 * 3600.0  # after their message

    # -- feeds ---------------------------------------------------------------------------------------------------------

    feed_gap: float = 0.05  # for which a feed waits for a late envelope; then it reads the log
    feed_retry: float = 0.5  # after a read of the log that failed

    # -- answers, whatever they wait for -------------------------------------------------------------------------------

    answered: float = 9.0  # from a command or read to its answer; then `unavailable`
    group: float = 0.001  # for which commits of many conversations are gathered, while they do not come one by one
    commit_retried: float = 5.0  # since a command came; then a commit of unknown outcome is not tried again
    answered_check: float = 0.5  # between two looks for commands that are late
    outage_calm: float = 5.0  # without a failure; then an outage is over, and what comes and goes has one
    outage_reminder: float = 30.0  # between two log lines about an outage that goes on

    # -- PostgreSQL. The server's three are unequal on purpose: adapters/postgres/connections.py -----------------------

    postgres_frozen: float = 1.0  # between two statements of a transaction; the server ends it, and its locks
    postgres_lock: float = 4.0  # for a lock; the server ends the statement
    postgres_statement: float = 5.0  # for a statement; the server ends it
    postgres_answer: float = 6.0  # for all that is done with a connection at a time; the node ends the connection
    postgres_last_look: float = 0.5  # the last of them: a loop that was blocked reads what has come meanwhile
    postgres_free: float = 5.0  # for a connection to be free; `unavailable`
    postgres_connect: float = 2.0  # to connect, and again to recognise the database; `unavailable`
    postgres_retry: float = 0.1  # of a pool after it could not connect; longer after each failure
    postgres_retry_longest: float = 2.0
    postgres_reserve: float = 2.0  # between two looks whether the advisory lock is still held

    # -- SQLite --------------------------------------------------------------------------------------------------------

    sqlite_check: float = 1.0  # between two looks whether the database is up, on average
    sqlite_busy: float = 5.0  # for a lock of another program; `unavailable`

    # -- Redis: hub and leases -----------------------------------------------------------------------------------------

    redis_connect: float = 2.0  # to connect and authenticate, asking Sentinels included
    redis_sentinel: float = 0.5  # for one Sentinel to answer; then the next is asked
    redis_unacknowledged: float = 5.0  # without an acknowledgement of data; the kernel ends the connection
    redis_retry: float = 0.05  # after a connection ended; longer after each, with full jitter
    redis_retry_longest: float = 1.0
    redis_steady: float = 5.0  # that a connection lasts; then the next rest is short again
    redis_answer: float = 2.0  # for Redis to answer a pipeline; the connection is replaced
    redis_send: float = 2.0  # for Redis to take a command of the listener; the same
    redis_ping: float = 1.0  # between two pings of the listener
    redis_shards: float = 10.0  # between two looks which part of a cluster has what, when nothing seems amiss
    redis_linger: float = 5.0  # that a channel outlives its last follower
    redis_ask: float = 1.0  # between two requests to all nodes to compare versions
    lease: float = 10.0  # that a lease holds
    lease_answer: float = 0.25  # for Redis to answer for a lease; there is none then
    lease_skip: float = 10.0  # that Redis is asked for no lease after it was late

    def scaled(self, factor: float) -> Self:
        """The same timing, `factor` times as long. Waits for a machine are not scaled below `LEAST`."""
        scaled = {name: factor * seconds for name, seconds in msgspec.structs.asdict(self).items()}
        least = {name: min(getattr(self, name), LEAST[name]) for name in LEAST}
        return type(self)(**{name: max(seconds, least.get(name, seconds)) for name, seconds in scaled.items()})


LEAST: Mapping[str, float] = MappingProxyType(
    {
        "postgres_frozen": 1.0,
        "postgres_lock": 2.0,
        "postgres_statement": 2.5,
        "postgres_answer": 3.5,
        "postgres_free": 2.0,
        "postgres_connect": 2.0,
        "answered": 4.5,
        "commit_retried": 3.0,
        "redis_connect": 1.0,
        "redis_answer": 1.0,
        "redis_send": 1.0,
        "lease_answer": 0.1,
    }
)
"""What a busy machine takes even when nothing is wrong: a scaled wait of less would fail for no reason."""

PRODUCTION = Timing()
