"""The log on PostgreSQL. A group is one statement, so nothing of ours runs between lock and commit."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from weakref import WeakSet

import structlog

from intervene.adapters.postgres.append import APPEND, ARRAYS, append, columns
from intervene.adapters.postgres.connections import Connection, describe, is_bad_data, transaction
from intervene.adapters.postgres.database import PostgresDatabase, run
from intervene.adapters.sql import beside, identities, queries
from intervene.adapters.sql.contacts import known_contact
from intervene.core.events import Event
from intervene.core.ids import ChannelId, ConversationId, Key
from intervene.guard import guarded
from intervene.ports.log import Ahead, CommandKey, Commit, IdentityKey, Locked, Opening, Range, Snapshot, Verdict

log_ = structlog.get_logger(__name__)

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

TRIES = 3  # of what met a join of identities

_ADD_CONVERSATION = """
    INSERT INTO conversation (organisation, id, version, seq, pub, epoch, runner, due, format, changed_at, state)
    VALUES ($1, $2, 0, 0, 0, 0, '', 0, 0, 0, '')
"""

_KNOWN = """
    SELECT asked.author, asked.command, found.data
    FROM conversation AS row CROSS JOIN unnest($3::text[], $4::text[]) AS asked (author, command)
    CROSS JOIN LATERAL (
        SELECT data FROM event
        WHERE conversation = row.handle AND author = asked.author AND command = asked.command OFFSET 0
    ) AS found
    WHERE row.organisation = $1 AND row.id = $2
"""
_VERSIONS = """
    SELECT organisation, id, row.version FROM unnest($1::text[], $2::text[]) AS wanted (organisation, id)
    CROSS JOIN LATERAL (
        SELECT version FROM conversation WHERE organisation = wanted.organisation AND id = wanted.id OFFSET 0
    ) AS row
"""


class PostgresLog:
    """`ports.Log`. A decision under the lock waits for the row's lock only, never for a group of this node."""

    is_ours = False

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._rehearsed: WeakSet[Connection] = WeakSet()

    # -- writing -------------------------------------------------------------------------------------------------------

    def append(self, commits: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        history = self._database.history

        async def write() -> None:
            verdicts = await self._verdicts(commits, history)
            guarded(done, verdicts)

        self._database.spawn(write())

    async def _verdicts(self, commits: Sequence[Commit], history: int) -> list[Verdict]:
        """Only bad data splits a group: a slow disk would be slower still if each commit came alone."""

        async def work(connection: Connection) -> list[Verdict]:
            if self._database.history != history:  # its versions may be those of rows with another content
                return [Verdict.CONFLICT] * len(commits)
            return await append(connection, commits)

        try:
            return await self._database.group.run(work)
        except Exception as problem:
            if not is_bad_data(problem):
                self._database.complain("an append failed", problem)
                return [Verdict.UNKNOWN] * len(commits)
            if len(commits) > 1:
                middle = len(commits) // 2
                return await self._verdicts(commits[:middle], history) + await self._verdicts(commits[middle:], history)
            log_.error("a commit was refused", conversation=commits[0].key.conversation, problem=describe(problem))
            return [Verdict.REFUSED]

    def decide_locked(
        self,
        key: Key,
        since: int | None,
        commands: Sequence[CommandKey],
        decide: Callable[[Locked], Commit | None],
        done: Callable[[Snapshot | None, Verdict], None],
        numbers: Sequence[int] = (),
        identity: IdentityKey | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        async def work(connection: Connection) -> Snapshot | None:
            await self._rehearse(connection)
            async with transaction(connection):
                held = await run(connection, identities.opens(identity, lock=True)) if identity else None
                row = await run(connection, queries.find(key, lock=True))
                if row is None:
                    return None
                # From here on each statement sees all that was committed before the lock was ours.
                snapshot = await run(connection, queries.snapshot(row, queries.NOTHING, since))
                known = await connection.fetch(_KNOWN, *key, *columns(commands, 2)) if commands else ()
                named = await run(connection, queries.named(row, numbers))
                commit = decide(Locked(snapshot, queries.known(known), named, held))
                if commit is not None and await append(connection, [commit]) != [Verdict.WON]:
                    raise AssertionError("what is decided under the lock is made for this row and this log")
                if commit is not None and beside.has_some(commit):
                    await run(connection, beside.written(commit))
                return snapshot

        async def write() -> None:
            snapshot, verdict = None, Verdict.WON
            try:
                snapshot = await _anew(self._database.lock.run, work)
            except Exception as problem:
                verdict = Verdict.REFUSED if is_bad_data(problem) else Verdict.UNKNOWN
                self._database.complain("a decision failed", problem, conversation=key.conversation)
            guarded(done, snapshot, verdict)

        self._database.spawn(write())

    async def _rehearse(self, connection: Connection) -> None:
        """Between preparing a statement and executing it, none of the server's timeouts counts (asyncpg sends Flush,
        and no Sync): a node that freezes there would keep the row's lock. So nothing is prepared while a row is
        locked."""
        if connection not in self._rehearsed:
            await run(connection, queries.rehearse())
            await run(connection, identities.rehearse())
            await run(connection, beside.rehearse())
            await connection.fetch(_KNOWN, "", "", (), ())
            await connection.fetch(APPEND, *[()] * ARRAYS)
            self._rehearsed.add(connection)

    async def open(
        self,
        address: ChannelId,
        conversation: ConversationId,
        begin: Callable[[Opening], Commit | None],
        *,
        is_vouched: bool = False,
    ) -> tuple[Opening, Commit | None]:
        async def work(connection: Connection) -> tuple[Opening, Commit | None]:
            opening = await run(connection, identities.open_under(address, conversation, lock=True))
            commit = begin(opening)
            if commit is not None:
                await connection.execute(_ADD_CONVERSATION, *commit.key)
                if await append(connection, [commit]) != [Verdict.WON]:
                    raise AssertionError("no other transaction can see this conversation")
                await run(connection, identities.name(address, opening, conversation, is_vouched=is_vouched))
                await run(connection, known_contact(address.organisation, commit.state.contact))
            return opening, commit

        return await _anew(self._database.write, work)

    # -- reading -------------------------------------------------------------------------------------------------------

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        return await self._database.ask(queries.read(key, range, since))

    async def known(self, key: Key, commands: Sequence[CommandKey]) -> Mapping[CommandKey, Event]:
        return queries.known(await self._database.fetch(_KNOWN, *key, *columns(commands, 2)))

    async def versions(self, keys: Sequence[Key]) -> Mapping[Key, int]:
        return queries.versions(await self._database.fetch(_VERSIONS, *columns(keys, 2)))


async def _anew(run_in: Callable[[Work[T]], Awaitable[T]], work: Work[T]) -> T:
    """What `work` answers; it begins anew where identities were joined between two of its statements."""
    for _ in range(TRIES - 1):
        try:
            return await run_in(work)
        except identities.Moved:
            pass
    return await run_in(work)
