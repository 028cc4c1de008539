"""The load, from Python: `load.c` as a library, compiled when it is first needed. A `Load` is the sessions at one
server, in rooms.
"""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tests.bench.peers import building

TEXT_BYTES = 100
PLACES = 4
NUMBER = b"########"
"""In a frame: where the number of the message is written."""
LATE_SECONDS = 10.0  # for the last deliveries of a window
TALK_SECONDS = 60.0
AT_ONCE = 16  # that talk at once: Intervene takes 20 of one address before their hello
_BUCKETS = 1024


def text(room: int) -> bytes:
    """Of a message in this room: 100 bytes that the load knows again."""
    marker = b"~%s.%06d~" % (NUMBER, room)
    return marker + _filler().ljust(TEXT_BYTES - len(marker), b".")[: TEXT_BYTES - len(marker)]


def _filler() -> bytes:
    return b"I have read the letter, and I would like to know whether I could pay the rest in three parts, please."


class Failed(Exception):
    """A message was lost, came twice, out of order or changed; or a server refused something."""


class _Result(ctypes.Structure):
    _fields_ = (
        ("seconds", ctypes.c_double), ("cpu", ctypes.c_double),
        ("sent", ctypes.c_uint64), ("delivered", ctypes.c_uint64), ("bytes", ctypes.c_uint64),
        ("pieces", ctypes.c_uint64),
        ("acks", ctypes.c_uint64 * _BUCKETS), ("deliveries", ctypes.c_uint64 * _BUCKETS),
    )  # fmt: skip


class Times(NamedTuple):
    """Milliseconds. Exact to 3 %."""

    p50: float
    p99: float


class Window(NamedTuple):
    """What came of some seconds of messages."""

    seconds: float
    busy: float
    """Share of its core that the load itself used."""
    sent: int
    delivered: int
    bytes: int
    """That the server sent."""
    pieces: int
    """Of streamed replies."""
    acks: Times
    deliveries: Times


class Talk(NamedTuple):
    """Seconds until half, 95 % and all were through."""

    half: float
    most: float
    whole: float


class Load:
    """Sessions 0 to `count`-1. `depth`: messages that may be under way in one room."""

    def __init__(self, port: int, count: int, rooms: int, depth: int, *, acked: bool) -> None:
        self.count = count
        self.rooms = rooms
        filler = text(0)[len(NUMBER) + 9 :]
        self._library = _library()
        self._load = self._library.load_new(port, count, rooms, depth, acked, filler)
        self._kept: list[object] = []
        """What C points to."""

    def member(self, session: int, room: int, frame: bytes) -> None:
        """`frame`: what it sends to say something, or nothing if it never does."""
        self._library.load_member(self._load, session, room)
        if frame:
            places = [at for at in range(len(frame)) if frame.startswith(NUMBER, at)]
            assert len(places) <= PLACES, "no more places are kept"
            row = (ctypes.c_int * PLACES)(*places, *[-1] * (PLACES - len(places)))
            self._kept.append(frame)
            self._library.load_frame(self._load, session, frame, len(frame), row)

    def speakers(self, room: int, sessions: Sequence[int]) -> None:
        """Those who speak there, in turn."""
        row = (ctypes.c_int * len(sessions))(*sessions)
        self._kept.append(row)
        self._library.load_speakers(self._load, room, row, len(sessions))

    def talk(
        self, first: int, sends: Sequence[Sequence[bytes]], expects: Sequence[bytes], at_once: int = AT_ONCE
    ) -> Talk:
        """Sessions from `first` on each send theirs, one after the other, each when a payload with what is expected
        has come. Who is not connected yet is connected, and its first answer is the upgrade."""
        flat = [*chain(*sends)]
        assert len(flat) == len(sends) * len(expects), "one answer for each"
        rows = (ctypes.c_char_p * len(flat))(*flat)
        sizes = (ctypes.c_size_t * len(flat))(*map(len, flat))
        awaited = (ctypes.c_char_p * len(expects))(*expects)
        halves = (ctypes.c_double * 2)()
        whole = self._library.load_talk(
            self._load, first, len(sends), len(expects), rows, sizes, awaited, at_once, TALK_SECONDS, halves
        )
        self._check(whole < 0)
        return Talk(halves[0], halves[1], whole)

    def answer(self, session: int) -> bytes:
        """The last one of its talk."""
        return bytes(self._library.load_answer(self._load, session))

    def run(self, seconds: float, outstanding: int = 0, rate: float = 0.0) -> Window:
        """So many messages under way, or so many a second, each timed from when it was due."""
        result = _Result()
        address = ctypes.byref(result)
        self._check(self._library.load_run(self._load, seconds, outstanding, rate, LATE_SECONDS, address))
        return _window(result)

    def rest(self, seconds: float) -> None:
        """Read what comes, and answer heartbeats."""
        self._check(self._library.load_rest(self._load, seconds, None))

    def watch(self, seconds: float) -> Window:
        """The same; `pieces` are counted, and `deliveries` are the times that their words took, on all screens."""
        result = _Result()
        self._check(self._library.load_rest(self._load, seconds, ctypes.byref(result)))
        return _window(result)

    def hang_up(self, port: int) -> None:
        """All sessions are cut off; they connect to this port next."""
        self._library.load_hang_up(self._load, port)

    def close(self) -> None:
        self._library.load_free(self._load)

    def _check(self, failed: int | bool) -> None:
        if failed:
            raise Failed(self._library.load_error(self._load).decode(errors="replace"))


@contextmanager
def sessions(port: int, count: int, rooms: int, depth: int, *, acked: bool) -> Iterator[Load]:
    load = Load(port, count, rooms, depth, acked=acked)
    try:
        yield load
    finally:
        load.close()


def _window(result: _Result) -> Window:
    return Window(
        result.seconds, result.cpu / result.seconds, result.sent, result.delivered, result.bytes, result.pieces,
        _times(result.acks), _times(result.deliveries),
    )  # fmt: skip


def _times(counts: Sequence[int]) -> Times:
    total = sum(counts)
    return Times(_rank(counts, total * 0.5), _rank(counts, total * 0.99)) if total else Times(0.0, 0.0)


def _rank(counts: Sequence[int], least: float) -> float:
    seen = 0
    for at, count in enumerate(counts):
        seen += count
        if seen >= least:
            return _us(at) / 1000
    raise AssertionError("the last bucket ends the count")


def _us(at: int) -> float:
    """The middle of a bucket of `load.c`."""
    shift = at // 32 - 1
    return float(at) if at < 64 else ((32 + at % 32) + 0.5) * 2**shift


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(building.library(Path(__file__).with_name("load.c"))))
    library.load_new.restype = ctypes.c_void_p
    library.load_new.argtypes = [*[ctypes.c_int] * 4, ctypes.c_bool, ctypes.c_char_p]
    library.load_error.restype = library.load_answer.restype = ctypes.c_char_p
    library.load_talk.restype = ctypes.c_double
    for name, *rest in (
        ("load_free",), ("load_error",), ("load_answer", ctypes.c_int), ("load_hang_up", ctypes.c_int),
        ("load_member", ctypes.c_int, ctypes.c_uint),
        ("load_frame", ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p),
        ("load_speakers", ctypes.c_uint, ctypes.c_void_p, ctypes.c_uint),
        ("load_talk", *[ctypes.c_int] * 3, *[ctypes.c_void_p] * 3, ctypes.c_int, ctypes.c_double, ctypes.c_void_p),
        ("load_run", ctypes.c_double, ctypes.c_int, ctypes.c_double, ctypes.c_double, ctypes.c_void_p),
        ("load_rest", ctypes.c_double, ctypes.c_void_p),
    ):  # fmt: skip
        getattr(library, str(name)).argtypes = [ctypes.c_void_p, *rest]
    return library
