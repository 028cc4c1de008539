"""The log on SQLite. Its statements are in `append.py`, its threads in `database.py` and `writer.py`."""

from collections.abc import Callable, Mapping, Sequence
from sqlite3 import Connection

from intervene.adapters.sql import beside, identities, queries
from intervene.adapters.sql.contacts import known_contact
from intervene.adapters.sqlite.append import (
    MOST_HANDLES,
    Handles,
    append,
    append_all,
    create,
    handle_of,
    known,
    versions,
)
from intervene.adapters.sqlite.database import SqliteDatabase, run
from intervene.adapters.sqlite.writer import Group, Job, Result
from intervene.core.events import Event
from intervene.core.ids import ChannelId, ConversationId, Key
from intervene.ports.log import Ahead, CommandKey, Commit, IdentityKey, Locked, Opening, Range, Snapshot, Verdict


class SqliteLog:
    """`ports.Log`. The writer's lock is the row's lock: there is one transaction at a time."""

    is_ours = True

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._handles: Handles = {}  # the writer's thread alone touches it

    # -- writing -------------------------------------------------------------------------------------------------------

    def append(self, commits: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        self._database.writer.put(Group(commits, self._write, done))

    def _write(self, connection: Connection, commits: Sequence[Commit]) -> list[Verdict]:
        if len(self._handles) > MOST_HANDLES:
            self._handles.clear()
        if append_all(connection, commits, self._handles):
            return [Verdict.WON] * len(commits)
        connection.execute("ROLLBACK")
        connection.execute("BEGIN IMMEDIATE")
        return append(connection, commits, self._handles)

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
        def work(connection: Connection) -> Snapshot | None:
            if ahead is not None and self._write_one(connection, ahead.commit):
                return Snapshot(state=ahead.before)
            held = run(connection, identities.opens(identity, lock=False)) if identity else None
            row = run(connection, queries.find(key))
            if row is None:
                return None
            snapshot = run(connection, queries.snapshot(row, queries.NOTHING, since))
            named = run(connection, queries.named(row, numbers)) if numbers else {}
            locked = Locked(snapshot, known(connection, row.handle, commands), named, held)
            commit = decide(locked)
            if commit is not None and not self._write_one(connection, commit):
                raise AssertionError("what is decided under the lock is made for this row and this log")
            return locked.snapshot

        def settle(result: Result) -> None:
            done(result.value, result.verdict)

        self._database.writer.put(Job(work, settle))

    def _write_one(self, connection: Connection, commit: Commit) -> bool:
        """With what it writes beside. False: it does not win, and nothing was written."""
        is_won = append(connection, [commit], self._handles) == [Verdict.WON]
        if is_won and beside.has_some(commit):
            run(connection, beside.written(commit))
        return is_won

    async def open(
        self,
        address: ChannelId,
        conversation: ConversationId,
        begin: Callable[[Opening], Commit | None],
        *,
        is_vouched: bool = False,
    ) -> tuple[Opening, Commit | None]:
        def work(connection: Connection) -> tuple[Opening, Commit | None]:
            opening = run(connection, identities.open_under(address, conversation, lock=False))
            commit = begin(opening)
            if commit is not None:
                create(connection, commit)
                run(connection, identities.name(address, opening, conversation, is_vouched=is_vouched))
                run(connection, known_contact(address.organisation, commit.state.contact))
            return opening, commit

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
