"""The log on SQLite. Its statements are in `append.py`, its threads in `database.py` and `writer.py`."""

from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection

from intervene.adapters.sql import queries
from intervene.adapters.sqlite.append import Handles, append, create, handle_of, known, versions
from intervene.adapters.sqlite.database import SqliteDatabase, run
from intervene.adapters.sqlite.writer import Group, Job, Result
from intervene.core.conversation.moves import Open
from intervene.core.events import Event
from intervene.core.ids import ConversationId, Key, OrganisationId
from intervene.ports.log import CommandKey, Commit, Locked, Range, Snapshot, Verdict


class SqliteLog:
    """`ports.Log`. The writer's lock is the row's lock: there is one transaction at a time."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._handles: Handles = {}  # the writer's thread alone touches it

    # -- writing -------------------------------------------------------------------------------------------------------

    def append(self, commits: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        self._database.writer.put(Group(commits, self._write, done))

    def _write(self, connection: Connection, commits: Sequence[Commit]) -> list[Verdict]:
        return append(connection, commits, self._handles)

    def decide_locked(
        self,
        key: Key,
        since: int | None,
        commands: Sequence[CommandKey],
        decide: Callable[[Locked], Commit | None],
        done: Callable[[Snapshot | None, Verdict], None],
        numbers: Sequence[int] = (),
    ) -> None:
        def work(connection: Connection) -> Snapshot | None:
            row = run(connection, queries.find(key))
            if row is None:
                return None
            snapshot = run(connection, queries.snapshot(row, queries.NOTHING, since))
            named = run(connection, queries.named(row, numbers))
            locked = Locked(snapshot, known(connection, row.handle, commands), named)
            commit = decide(locked)
            if commit is not None and append(connection, [commit], self._handles) != [Verdict.WON]:
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
            if found := run(connection, queries.conversation_of(channel_id)):
                return found, None
            commit = begin()
            create(connection, commit)
            connection.execute(
                "INSERT INTO channel_id (organisation, channel, address, conversation) VALUES (?, ?, ?, ?)",
                (*channel_id, commit.state.id),
            )
            return commit.state.id, commit

        # A visitor who comes back does not wait for the writer.
        if found := await self._database.ask(queries.conversation_of(channel_id)):
            return found, None
        return await self._database.writer.run(work)

    # -- reading -------------------------------------------------------------------------------------------------------

    async def read(self, key: Key, range: Range, since: int | None = None) -> Snapshot | None:
        return await self._database.ask(queries.read(key, range, since))

    async def known(self, key: Key, commands: Sequence[CommandKey]) -> Mapping[CommandKey, Event]:
        def query(connection: Connection) -> Mapping[CommandKey, Event]:
            handle = handle_of(connection, key)
            return known(connection, handle, commands) if handle else {}

        return await self._database.read(query)

    async def versions(self, keys: Sequence[Key]) -> Mapping[Key, int]:
        return await self._database.read(lambda connection: versions(connection, keys))
