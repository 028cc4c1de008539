"""Checks from the database alone that the promises were kept. It shares no statement with the server.

SQLite checks its pages, `verify_sql.py` finds what breaks a promise, and each log is folded again and must give the row
it belongs to. A SQLite file is read as it is, also beside a running server. But for the pages that happens in short
transactions of some conversations each: a long one keeps the server's write-ahead log from beginning anew. Of a
PostgreSQL database, a copy is checked.
"""

import asyncio
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from intervene.core.actors import Agent, Bot, Contact, Role, System
from intervene.core.control import Move, check_move, party_of, place_of
from intervene.core.conversation.columns import Columns
from intervene.core.conversation.lapses import Why
from intervene.core.conversation.packing import FORMAT, INBOX_FORMAT, Row, unpack
from intervene.core.conversation.state import Conversation, Running, evolve
from intervene.core.conversation.timers import timers_set
from intervene.core.errors import CorruptLog, Refusal
from intervene.core.events import ControlChanged, Deleted, Edited, Event, Message, MessageStarted, Rated, author_key
from intervene.core.limits import AMEND_SECONDS
from intervene.ops import copy_postgres, verify_sql
from intervene.ops.backup import how_to_read
from intervene.terminal import say

MOST_OF_PAGES = 100  # problems with pages
AT_ONCE = 100  # conversations in one read transaction
MOST_PROBLEMS = 1000  # then it stops looking


class Problem(Struct, frozen=True, kw_only=True):
    """`seq` 0: not about one event."""

    promise: str
    organisation: str
    conversation: str
    seq: int
    sentence: str

    def __str__(self) -> str:
        if not self.conversation:
            return f"[{self.promise}] {self.sentence}"
        where = f"event {self.seq} of {self.conversation}" if self.seq else self.conversation
        return f"[{self.promise}] {self.organisation}: {where} {self.sentence}"


class Report(Struct):
    conversations: int = 0
    events: int = 0
    pieces: int = 0
    problems: list[Problem] = []

    def add(self, promise: str, organisation: str, conversation: str, seq: int, sentence: str) -> None:
        if not self.is_full:
            self.problems.append(
                Problem(
                    promise=promise, organisation=organisation, conversation=conversation, seq=seq, sentence=sentence
                )
            )

    @property
    def is_full(self) -> bool:
        return len(self.problems) >= MOST_PROBLEMS


class Unreadable(Exception):
    """What was given is not a database of this server, or of a newer one, or it cannot be reached."""


_ROWS = """
    SELECT handle, due, {listed}, organisation, id, version, seq, pub, epoch, runner, format, changed_at, state, {base},
    {card} FROM conversation WHERE handle > ? ORDER BY handle LIMIT ?
"""
_COLUMNS = ("seq", "pub", "epoch", "kind", "id", "author", "command", "turn", "message", "at")
_EVENTS = f"SELECT {', '.join(_COLUMNS)}, data FROM event WHERE conversation = ? ORDER BY seq"

_decode_event = msgspec.json.Decoder(Event).decode


class _Found(NamedTuple):
    handle: int
    due: int
    listed: tuple[object, ...]
    """Its columns as `Columns` has them; empty where the database has none."""
    row: Row


def run(database: Path | str, as_json: bool) -> int:
    """0: nothing is wrong; 1: something is; 2: the database could not be read. A `str` is the URL of a PostgreSQL
    database."""
    try:
        report = _check_either(database)
    except Unreadable as problem:
        say(problem, is_error=True, lines=True)
        return 2
    if as_json:
        say(json.dumps(msgspec.to_builtins(report)))
        return 1 if report.problems else 0
    for found in report.problems:
        say(found)
    counts = f"{report.conversations} conversations, {report.events} events, {report.pieces} pieces"
    if not report.problems:
        say(f"{counts}: nothing is wrong.")
        return 0
    more = "; it looked no further" if report.is_full else ""
    say(f"{counts}: {len(report.problems)} problems{more}.")
    return 1


async def check_in_thread(database: Path | str) -> Report:
    """As `check`, or with a URL as `check_postgres`, while the caller's loop goes on."""
    return await asyncio.to_thread(_check_either, database)


def _check_either(database: Path | str) -> Report:
    return check(database) if isinstance(database, Path) else check_postgres(database)


def check_postgres(url: str) -> Report:
    """As `check`, on a copy of one moment; it is made in the directory for temporary files, and removed. Not for a
    thread that has an event loop. Raises `Unreadable`, without the URL."""
    with TemporaryDirectory(prefix="intervene-verify-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            asyncio.run(copy_postgres.copy(url, copy))
        except copy_postgres.CannotCopy as problem:
            raise Unreadable(str(problem)) from None
        return check(copy)


def check(path: Path) -> Report:
    """Of a SQLite file. Raises `Unreadable`."""
    report = Report()
    if path.exists() and not path.is_file():  # SQLite would wait for the writer of a pipe
        raise Unreadable(f"{path} is not a file.")
    try:
        with closing(
            sqlite3.connect(f"file:{quote(os.fsencode(path))}?{how_to_read(path)}", uri=True, isolation_level=None)
        ) as connection:
            for (found,) in connection.execute(f"PRAGMA integrity_check({MOST_OF_PAGES})"):
                if found != "ok":
                    report.add("P5", "", "", 0, f"SQLite says of its pages: {' '.join(found.split())}")
            last: int | None = 0
            while last is not None and not report.is_full:
                connection.execute("BEGIN")
                last = _check_some(connection, last, report)
                connection.execute("ROLLBACK")
            strays = (*verify_sql.STRAYS, *(verify_sql.STRAY_TIMERS if verify_sql.has_timers(connection) else ()))
            for what, sql in strays:
                for (owner,) in connection.execute(sql):
                    report.add("P5", "", str(owner), 0, f"is no conversation and has {what}")
    except sqlite3.Error as problem:
        raise Unreadable(f"{path} cannot be read as a database of Intervene: {problem}.") from problem
    return report


def _check_some(connection: Connection, after: int, report: Report) -> int | None:
    """The next lot of conversations. Answers the last one's handle, None when there were no more."""
    columns = verify_sql.columns(connection)
    names = Columns._fields if {*Columns._fields} <= columns else ()
    newer = {name: name if name in columns else "NULL" for name in ("base", "card")}
    sql = _ROWS.format(listed=", ".join(names) or "0", **newer)
    width = len(names) or 1
    found = [
        _Found(handle, due, tuple(rest[:width]) if names else (), Row(*rest[width:]))
        for handle, due, *rest in connection.execute(sql, (after, AT_ONCE))
    ]
    checkers = {each.handle: _Checker(connection, each, report) for each in found}
    lot = [(each.handle, each.row.version, checkers[each.handle].open_message) for each in found]
    for finding in verify_sql.find(connection, lot):
        checkers[finding.conversation].complain(finding.promise, finding.seq, finding.sentence)
    for checker in checkers.values():
        checker.check()
    return max(checkers, default=None)


class _Checker:
    """One conversation."""

    def __init__(self, connection: Connection, found: _Found, report: Report) -> None:
        row = found.row
        if row.format > FORMAT:
            raise Unreadable(f"{row.id} was written by a newer release: verify it with that one.")
        self._connection = connection
        self._handle, self._due, self._listed, self._row = found.handle, found.due, found.listed, row
        self._report = report
        self._state: Conversation | None = None
        try:
            self._state = unpack(row)
        except msgspec.MsgspecError as problem:
            self.complain("P5", 0, f"has a state that cannot be decoded: {problem}")

    @property
    def open_message(self) -> str:
        """What is being streamed, as the state says."""
        stream = self._state.stream if self._state else None
        return stream.message if stream else ""

    def complain(self, promise: str, seq: int, sentence: str) -> None:
        self._report.add(promise, self._row.organisation, self._row.id, seq, sentence)

    def check(self) -> None:
        self._report.conversations += 1
        pieces = self._connection.execute("SELECT count(*) FROM piece WHERE conversation = ?", (self._handle,))
        self._report.pieces += pieces.fetchone()[0]
        if self._state is not None:
            self._check_row(self._state)
            self._check_timers(self._state)
            self._check_fold(self._state)

    # -- the row -------------------------------------------------------------------------------------------------------

    def _check_row(self, state: Conversation) -> None:
        row, run = self._row, state.run
        due = run.due if run else 0
        for name in ("organisation", "id", "version", "seq", "pub", "epoch", "runner"):
            if getattr(state, name) != getattr(row, name):
                has, says = getattr(row, name), getattr(state, name)
                self.complain("P5", 0, f"has {name} {has!r} in its row and {says!r} in its state")
        if isinstance(state.turn, Running) and state.runner in ("", "owed"):
            self.complain("P5", 0, "has a turn that no node runs")
        if due != self._due:
            self.complain("P5", 0, f"has due {self._due!r} in its row and {due!r} in its state")
        if (run is None) == isinstance(state.holder, Bot):
            self.complain("P1", 0, "has a run exactly while no bot holds control")
        if run is not None and state.asked > run.answered and not state.runner:
            self.complain("P5", state.asked, "is a customer's message that nobody answers")
        self._check_columns(state)
        if stream := state.stream:
            pieces = self._pieces_of(stream.message)
            kept = len(pieces), len("".join(pieces).encode())
            if kept != (stream.pieces, stream.size):
                says = f"{stream.pieces} pieces of {stream.size} bytes"
                self.complain("P2", 0, f"streams {says} and kept {kept[0]} pieces of {kept[1]} bytes")

    def _check_columns(self, state: Conversation) -> None:
        """Those of a row in a former format are filled in sooner or later, and say less."""
        if not self._listed or state.format < INBOX_FORMAT:
            return
        for name, has, says in zip(Columns._fields, self._listed, Columns.of(state), strict=True):
            if has != says:
                self.complain("P5", 0, f"has {name} {has!r} in its row and {says!r} in its state")

    def _check_timers(self, state: Conversation) -> None:
        if not verify_sql.has_timers(self._connection):
            return
        sql = "SELECT kind, due, epoch FROM timer WHERE conversation = ? ORDER BY kind"
        kept = self._connection.execute(sql, (self._handle,)).fetchall()
        due = [(timer.kind.value, timer.due, timer.epoch) for timer in timers_set(None, state)]
        if kept != due:
            self.complain("P5", 0, f"has the timers {kept} and its state says {due}")

    # -- the log -------------------------------------------------------------------------------------------------------

    def _check_fold(self, state: Conversation) -> None:
        folded = Conversation(
            organisation=state.organisation, id=state.id, contact=state.contact, channel=state.channel
        )
        open_message = ""
        said: dict[str, Event] = {}
        for *columns, data in self._connection.execute(_EVENTS, (self._handle,)):
            self._report.events += 1
            seq = columns[0]
            try:
                event = _decode_event(data)
                self._check_event(folded, event, columns)
                folded = evolve(folded, event)
            except msgspec.MsgspecError as problem:
                return self.complain("P5", seq, f"cannot be decoded: {problem}")
            except CorruptLog as problem:
                return self.complain("P5", seq, f"cannot follow the event before it: {problem}")
            match event.body:
                case MessageStarted(message=message):
                    open_message = message
                case Message(message=message):
                    open_message = "" if message == open_message else open_message
                    if isinstance(event.author, Agent):
                        said[message] = event
                case Edited() | Deleted():
                    self._check_amendment(event, event.body, said)
                case _:
                    pass
        if open_message != self.open_message:
            self.complain("P2", 0, f"streams message {self.open_message!r} and its log says {open_message!r}")
        stored = asdict(state.control) | asdict(state.counters)
        expected = asdict(folded.control) | asdict(folded.counters) | {"version": state.version}
        # A node of a release that does not know `wants_person` drops it from the rows that it writes.
        expected["wants_person"] = state.wants_person
        if not state.epoch and not state.held_since:  # of a release that did not keep when it began
            expected["held_since"] = 0
        if state.format < INBOX_FORMAT:
            expected["unanswered_since"] = 0
        else:
            stored |= {"last": state.last, "card": state.card, "lineage": state.lineage}
            expected |= {"last": folded.last, "card": folded.card, "lineage": folded.lineage}
        if wrong := [name for name in stored if stored[name] != expected[name]]:
            self.complain("P5", 0, f"is not the fold of its log: look at {', '.join(wrong)}")

    def _check_event(self, state: Conversation, event: Event, columns: list[object]) -> None:
        """An event beside its columns, and in the `state` that it came to."""
        body = event.body
        says = (
            event.seq, event.pub, event.epoch, body.__struct_config__.tag, event.id, author_key(event.author),
            event.command or None, event.turn, getattr(body, "message", None), event.at,
        )  # fmt: skip
        for name, column, said in zip(_COLUMNS, columns, says, strict=True):
            if column != said:
                self.complain("P5", event.seq, f"has {name} {column!r} in its row and says {said!r}")
        match body:
            case Message() | MessageStarted() | Edited() | Deleted():
                self._check_speaker(state, event)
            case ControlChanged(move=move, holder=holder, is_open=is_open, reply_enabled=reply_enabled):
                try:
                    # Who was a supervisor is not in the log, so all count as one.
                    parties = party_of(event.author, state.holder, Role.SUPERVISOR)
                    check_move(state.place, move, place_of(holder, is_open), parties)
                except Refusal as problem:
                    self.complain("P3", event.seq, f"is no legal change of control: {problem}")
                if move is Move.LAPSE and not _is_due(state, body):
                    self.complain("P5", event.seq, "lapsed, and nothing was owed for which it could")
                if bool(body.queue) is not (move is Move.TRANSFER):
                    self.complain("P5", event.seq, f"is the move {move} and names the queue {body.queue!r}")
                if reply_enabled != isinstance(holder, Agent):
                    self.complain("P3", event.seq, f"says that replies are enabled: {reply_enabled}")
            case Rated() if state.is_open:
                self.complain("P5", event.seq, "rates a conversation that is open")
            case _ if isinstance(event.author, Bot):
                self._check_speaker(state, event)
            case _:
                pass  # anybody may have done it, at any time
        if isinstance(body, Message) and (pieces := self._pieces_of(body.message)) and "".join(pieces) != body.text:
            self.complain("P2", event.seq, "has a text that is not the join of its pieces")

    def _check_speaker(self, state: Conversation, event: Event) -> None:
        author, holder = event.author, state.holder
        match author:
            case Bot() | Agent() if isinstance(holder, type(author)) and holder.id == author.id:
                pass
            case Contact() if state.is_open:
                pass
            case System() if state.is_open and isinstance(event.body, Message) and event.body.reason:
                pass
            case _:
                held = getattr(holder, "id", "nobody")
                self.complain("P1", event.seq, f"is of {author_key(author)}, while {held} held control")

    def _check_amendment(self, event: Event, body: Edited | Deleted, said: dict[str, Event]) -> None:
        """Of a message that its author wrote before, in time, and has not deleted. `said`: the agents' messages."""
        written = said.get(body.message)
        if written is None or (written.seq, written.author) != (body.n, event.author):
            self.complain("P1", event.seq, f"changes event {body.n}, which is no message of its author")
        elif event.at - written.at > AMEND_SECONDS * 1000:
            self.complain("P1", event.seq, f"changes event {body.n} too late")
        if isinstance(body, Deleted):
            said.pop(body.message, None)

    def _pieces_of(self, message: str) -> list[str]:
        """None for a message that was not streamed, or so long ago that they were dropped."""
        pieces = self._connection.execute(
            "SELECT text FROM piece WHERE conversation = ? AND message = ? ORDER BY n", (self._handle, message)
        )
        return [text for (text,) in pieces]


def _is_due(state: Conversation, lapse: ControlChanged) -> bool:
    """Whether the control of `state` could lapse for the reason that the event has."""
    return lapse.reason == Why.DISABLED or (
        lapse.reason in (Why.ABSENT, Why.SILENT) and state.counters.unanswered_since > 0
    )
