"""The oracle of the database alone: what a log says of itself, whatever anybody asked for or was shown.

`is_sound` asks `intervene verify`, which reads the whole database. `judge_log` reads one log as JSON and knows nothing
of the product's code; it reads a node's pages as well.
"""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from intervene.ops.verify import check_in_thread
from tests.kit.limits import WAIT
from tests.kit.oracles.findings import Counts, Findings, Log, Problem, StoredPiece
from tests.kit.oracles.history import Author, Frame

MADE_IN = re.compile(r"⟦(\d+)\.(\d+)⟧")
"""What hostile bots mark their words with: the epoch and the turn that they were made in."""

SPEECH = ("message_started", "message")  # by a bot or an agent: the holder's alone


async def is_sound(database: Path | str) -> None:
    """`intervene verify` finds nothing in it, also beside running servers: a file of SQLite, or a URL of PostgreSQL."""
    report = await check_in_thread(database)
    assert not report.problems, "\n".join(map(str, report.problems))


def judge_log(conversation: str, log: Log) -> Findings:
    """[P1, P2, P3, P5] Numbers, epochs, who spoke while who held control, and what became of pieces."""
    checker = _LogChecker(conversation, log)
    checker.check_numbers()
    checker.check_control()
    checker.check_pieces()
    return checker.found


class _LogChecker:
    def __init__(self, conversation: str, log: Log) -> None:
        self.found = Findings(Counts())
        self._conversation = conversation
        self._log = log
        self._events = log.events
        self._control = changes_of_control(log.events)

    def _complain(self, promise: str, sentence: str) -> None:
        self.found.problems.append(Problem(promise, self._conversation, sentence))

    def check_numbers(self) -> None:
        pub = at = 0
        places = by_command(self._events)
        ids: set[str] = set()
        for number, event in enumerate(self._events, start=1):
            if event["seq"] != number:
                self._complain("P5", f"event {event['seq']} is in place {number}")
            if event.get("pub"):
                pub += 1
                if event["pub"] != pub:
                    self._complain("P5", f"event {number} is public as {event['pub']}, not {pub}")
            if event["id"] in ids:
                self._complain("P5", f"event {number} has an id that another has")
            if event["at"] < at:
                self._complain("P5", f"event {number} is earlier than the one before it")
            ids.add(event["id"])
            at = event["at"]
            first = places.get((author(event), event.get("command", "")), event)
            if first is not event:
                self.found.counts.doubled += 1
                self._complain("P5", f"{event['command']} is in the log at {first['seq']} and at {number}")

    def check_control(self) -> None:
        """[P1, P3] One change of control an epoch; between two of them speaks who holds it and nobody else."""
        epoch, holder, stream = 0, "nobody:", ""
        for event in self._events:
            seq, body = event["seq"], event["body"]
            if body["kind"] == "control":
                if event["epoch"] != epoch + 1:
                    self._complain("P3", f"event {seq} begins epoch {event['epoch']} after epoch {epoch}")
                if stream:
                    self._complain("P2", f"event {seq} changes control inside message {stream}")
                if body.get("reply_enabled", False) != (body["holder"]["type"] == "agent"):
                    self._complain("P3", f"event {seq} says that replies are enabled: {body.get('reply_enabled')}")
                self.found.counts.takeovers += body["move"] == "intervene"
                epoch, holder, stream = event["epoch"], name_of(body["holder"]), ""
                continue
            if not self._is_fenced(event, epoch, holder):
                self.found.counts.bot_events_after += event["author"]["type"] == "bot"
                made = f"of {author(event)} in epoch {event['epoch']}"
                self._complain("P1", f"event {seq}, {made}, stands in epoch {epoch}, which {holder} holds")
            if body["kind"] == "message_started":
                if stream:
                    self._complain("P2", f"event {seq} begins a message inside message {stream}")
                stream = body["message"]
            elif body["kind"] == "message" and stream and event["author"]["type"] == "bot":
                if body["message"] != stream:
                    self._complain("P2", f"event {seq} is a message inside message {stream}")
                stream = ""

            if event["author"]["type"] == "bot":
                self._check_turn(event)

    def _check_turn(self, event: Frame) -> None:
        """[P1] A bot's words are of the turn that they stand under; a turn's number is the version of its claim."""
        epoch, turn = event["epoch"], event.get("turn", 0)
        made_in = {(int(found[0]), int(found[1])) for found in MADE_IN.findall(event["body"].get("text", ""))}
        if strange := made_in - {(epoch, turn)}:
            self.found.counts.bot_events_after += 1
            self._complain("P1", f"event {event['seq']}, of turn {(epoch, turn)}, has words of {sorted(strange)}")
        if self._log.versions and turn and epoch in self._control:
            claimed = self._log.versions[self._control[epoch]["seq"]]
            if turn < claimed:
                self.found.counts.bot_events_after += 1
                self._complain("P1", f"event {event['seq']} is of turn {turn}, which epoch {epoch} ended at {claimed}")

    def _is_fenced(self, event: Frame, epoch: int, holder: Author) -> bool:
        by = event["author"]["type"]
        by_control = by == "bot" or (by == "agent" and event["body"]["kind"] in SPEECH)
        return event["epoch"] == epoch and (not by_control or author(event) == holder)

    def check_pieces(self) -> None:
        """[P1, P2] A message is the join of its pieces, and none was committed after it."""
        ends: dict[str, Frame] = {
            event["body"]["message"]: event for event in self._events if event["body"]["kind"] == "message"
        }
        begun = {event["body"]["message"] for event in self._events if event["body"]["kind"] == "message_started"}
        texts: dict[str, list[str]] = {}
        for piece in sorted(self._log.pieces):
            kept = texts.setdefault(piece.message, [])
            kept.append(piece.text)
            if piece.n != len(kept):
                self._complain("P2", f"piece {piece.n} of {piece.message} is in place {len(kept)}")
            end = ends.get(piece.message)
            if end and piece.version > self._log.versions[end["seq"]]:
                self.found.counts.pieces_after += end["body"].get("interrupted", False)
                promise = "P1" if end["body"].get("interrupted") else "P2"
                self._complain(promise, f"piece {piece.n} of {piece.message} came after its end at {end['seq']}")
        for message, parts in texts.items():
            if message not in begun:
                self._complain("P2", f"{message} has pieces and never began")
            if message in ends and "".join(parts) != ends[message]["body"]["text"]:
                self._complain("P2", f"{message}, event {ends[message]['seq']}, is not the join of its pieces")


# -- what all oracles read in a log ------------------------------------------------------------------------------------


def changes_of_control(events: Iterable[Frame]) -> dict[int, Frame]:
    """Control events, by the epoch that each began."""
    found: dict[int, Frame] = {}
    for event in events:
        if event["body"]["kind"] == "control":
            found.setdefault(event["epoch"], event)
    return found


def by_command(events: Iterable[Frame]) -> dict[tuple[Author, str], Frame]:
    """Events, by the command that made them."""
    found: dict[tuple[Author, str], Frame] = {}
    for event in events:
        if event.get("command"):
            found.setdefault((author(event), event["command"]), event)
    return found


def author(event: Frame) -> Author:
    return name_of(event["author"])


def name_of(actor: Frame) -> Author:
    return f"{actor.get('type', '')}:{actor.get('id', '')}"


def compare(conversation: str, there: Log, here: Log) -> list[Problem]:
    """[P5] What a node shows is what the database has, or had when it was read."""
    wrong = [
        Problem("P5", conversation, f"a node shows {mine} and the database has {theirs}")
        for theirs, mine in zip(there.events, here.events, strict=False)
        if theirs != mine
    ]
    if len(there.events) > len(here.events):
        sizes = f"a node shows {len(here.events)} events and the database has {len(there.events)}"
        wrong.append(Problem("P5", conversation, sizes))
    return wrong


# -- reading -----------------------------------------------------------------------------------------------------------

_EVENTS = """
    SELECT conversation.id, event.seq, event.version, event.data
    FROM event JOIN conversation ON conversation.handle = event.conversation ORDER BY event.conversation, event.seq
"""
_PIECES = """
    SELECT conversation.id, piece.message, piece.n, piece.version, piece.text
    FROM piece JOIN conversation ON conversation.handle = piece.conversation
"""


async def logs_in(url: str) -> Mapping[str, Log]:
    """Of all conversations, at one moment, straight from the tables of PostgreSQL."""
    connection = await asyncpg.connect(url, timeout=WAIT)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            events, pieces = await connection.fetch(_EVENTS), await connection.fetch(_PIECES)
    finally:
        await connection.close()
    return _put_together(events, pieces)


def read_log(connection: sqlite3.Connection, organisation: str, conversation: str) -> Log:
    """One, at this moment, straight from the tables of SQLite."""
    one = "WHERE conversation.organisation = ? AND conversation.id = ?"
    with closing(connection.cursor()) as cursor:
        events = cursor.execute(_EVENTS.replace("ORDER BY", f"{one} ORDER BY"), (organisation, conversation)).fetchall()
        pieces = cursor.execute(_PIECES + one, (organisation, conversation)).fetchall()
    return _put_together(events, pieces)[conversation]


def _put_together(events: list[Any], pieces: list[Any]) -> Mapping[str, Log]:
    found: dict[str, tuple[list[Any], dict[int, int], list[StoredPiece]]] = {}
    for id, seq, version, data in events:
        kept, versions, _ = found.setdefault(id, ([], {}, []))
        kept.append(msgspec.json.decode(data))
        versions[seq] = version
    for id, *piece in pieces:
        found[id][2].append(StoredPiece(*piece))
    return {id: Log(kept, stored, versions) for id, (kept, versions, stored) in found.items()}
