"""The log on SQLite. Its rows and rules are in `rows.py`, its threads in `database.py` and `writer.py`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from sqlite3 import Connection

from intervene.adapters.sql import queries
from intervene.adapters.sqlite import rows
from intervene.adapters.sqlite.database import SqliteDatabase
from intervene.adapters.sqlite.writer import Group, Job, Result
from intervene.core.conversation.moves import Open
from intervene.core.conversation.state import Conversation
from intervene.core.events import Event
from intervene.core.ids import ChannelId, ConversationId, Key, MessageId, NodeId, OrganisationId
from intervene.ports.log import CommandKey, Commit, Locked, Range, Snapshot, Verdict
from intervene.ports.schedule import Pending, Work

PURGED_AT_ONCE = 200  # messages whose pieces go in one transaction: a takeover waits no longer than for these


class SqliteLog:
    """`ports.Log`. The writer's lock is the row's lock: there is one transaction at a time."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._handles: rows.Handles = {}  # the writer's thread alone touches it

    # -- writing -------------------------------------------------------------------------------------------------------

    def append(self, commits: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        self._database.writer.put(Group(commits, self._write, done))

    def _write(self, connection: Connection, commits: Sequence[Commit]) -> list[Verdict]:
        return rows.write(connection, commits, self._handles)

    def decide_locked(
        self,
        key: Key,
        since: int | None,
        commands: Sequence[CommandKey],
        decide: Callable[[Locked], Commit | None],
        done: Callable[[Snapshot | None, Verdict], None],
    ) -> None:
        def work(connection: Connection) -> Snapshot | None:
            row = rows.run(connection, queries.find(key))
            if row is None:
                return None
            snapshot = rows.run(connection, queries.snapshot(row, queries.NOTHING, since))
            locked = Locked(snapshot, rows.known(connection, row.handle, commands))
            commit = decide(locked)
            if commit is not None and rows.write(connection, [commit], self._handles) != [Verdict.WON]:
                raise AssertionError("what is decided under the lock is made for this row and this log")
            return locked.snapshot

        def settle(result: Result) -> None:
            done(result.value, result.verdict)

        self._database.writer.put(Job(work, settle))

    async def open(
        self, organisation: OrganisationId, command: Open, begin: Callable[[], Commit]
    ) -> tuple[ConversationId, Commit | None]:
        channel_id = command.address.within(organisation)

        def work(connection: Connection) -> tuple[ConversationId, Commit | None]:
            if found := rows.run(connection, queries.conversation_of(channel_id)):
                return found, None
            commit = begin()
            rows.create(connection, commit)
            connection.execute(
                "INSERT INTO channel_id (organisation, channel, address, conversation) VALUES (?, ?, ?, ?)",
                (*channel_id, commit.state.id),
            )
            return commit.state.id, commit

        # A visitor who comes back does not wait for the writer.
        if found := await self._database.ask(queries.conversation_of(channel_id)):
            return found, None
        return await self._database.writer.run(work)

    async def spend(self, channel_id: ChannelId) -> None:
        await self._database.writer.run(lambda connection: rows.spend(connection, channel_id))

    async def drop_pieces(self, before: int) -> int:
        """By message, not by row number: SQLite gives the number of a deleted last row to the next one."""
        dropped = 0
        while messages := await self._database.read(lambda connection: _old_streams(connection, before)):
            dropped += await self._database.writer.run(lambda connection: _drop(connection, messages))
        return dropped

    # -- reading -------------------------------------------------------------------------------------------------------

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        return await self._database.ask(queries.read(key, range, since))

    async def known(self, key: Key, commands: Sequence[CommandKey]) -> Mapping[CommandKey, Event]:
        def query(connection: Connection) -> Mapping[CommandKey, Event]:
            handle = rows.handle_of(connection, key)
            return rows.known(connection, handle, commands) if handle else {}

        return await self._database.read(query)

    async def versions(self, keys: Sequence[Key]) -> Mapping[Key, int]:
        return await self._database.read(lambda connection: rows.versions(connection, keys))

    async def work(self, now: int, node: NodeId, others: Collection[NodeId]) -> Sequence[Work]:
        return await self._database.ask(queries.work(now, node, others))

    async def timers(self, after: int, limit: int) -> Sequence[Pending]:
        return await self._database.ask(queries.timers(after, limit))

    async def now(self) -> int:
        return await self._database.read(rows.now)

    async def is_spent(self, channel_id: ChannelId) -> bool:
        return await self._database.ask(queries.is_spent(channel_id))

    async def spent_since(self, at: int, limit: int) -> Sequence[tuple[int, ChannelId]]:
        return await self._database.ask(queries.spent_since(at, limit))

    async def recent(self, organisation: OrganisationId, limit: int) -> Sequence[Conversation]:
        return await self._database.ask(queries.recent(organisation, limit))


def _old_streams(connection: Connection, before: int) -> list[tuple[int, MessageId]]:
    return connection.execute(
        """
        SELECT conversation, message FROM piece WHERE n = 1 AND EXISTS (
            SELECT 1 FROM event
            WHERE conversation = piece.conversation AND message = piece.message AND kind = 'message' AND turn > 0
            AND at < ?
        ) LIMIT ?
        """,
        (before, PURGED_AT_ONCE),
    ).fetchall()


def _drop(connection: Connection, messages: Sequence[tuple[int, MessageId]]) -> int:
    return connection.executemany("DELETE FROM piece WHERE conversation = ? AND message = ?", messages).rowcount
